"""Turns documents into rows: every column read by its type, personal data treated.

Rows are built a page at a time, column after column. A value of the wrong type is coerced
when that loses nothing. Else the column is null and the loss is counted, so that it can be
told once at the end and never in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain, compress, islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import defstruct
from msgspec.structs import asdict, astuple

from tap_bigcommerce_carts.rows.columns import below, is_object
from tap_bigcommerce_carts.rows.documents import document
from tap_bigcommerce_carts.rows.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping, Sequence

    from tap_bigcommerce_carts.rows.columns import Column, Read
    from tap_bigcommerce_carts.rows.documents import Document, Struct
    from tap_bigcommerce_carts.rows.personal_data import Personal

    Logger = logging.Logger | logging.LoggerAdapter[Any]
    Treat = Callable[[Any, Personal], Any]


# A row has its columns as attributes.
Row = Any


class RowBuilder:
    """Builds the rows of one stream.

    Args:
        fields: the stream's columns.
        treat: what happens to personal data; None to keep it all as it is.
        constants: columns whose value is the same in all rows, such as the store's name.

    Attributes:
        document: what is read of a document.
        losses: how often a column's value could not be read, by column and type.
    """

    def __init__(
        self,
        fields: tuple[Field, ...],
        treat: Treat | None = None,
        constants: dict[str, Any] | None = None,
    ) -> None:
        self.losses: Counter[tuple[str, str]] = Counter()
        self._treat = treat
        self._constants = constants or {}
        self.document = document_of(fields)
        self._level = _Level(fields, self._deep, treat)

    def build(self, documents: Sequence[Document], **known: Column) -> list[Row]:
        """Build the rows of some documents, in the same order.

        Args:
            documents: as the store gave them: structs of this builder's `document`, or dicts.
            known: columns that do not stand in the documents, by name.

        Returns:
            Structs with the columns as attributes.
        """
        for name, value in self._constants.items():
            known[name] = [value] * len(documents)
        return self._level.build(documents, known)

    def tell_losses(self, stream: str, logger: Logger) -> None:
        """Log how many values of each column could not be read, then start counting anew."""
        for (column, kind), count in sorted(self.losses.items()):
            logger.warning(
                "%s.%s: %d value(s) could not be read as %s and were set to null.",
                stream,
                column,
                count,
                kind,
            )
        self.losses.clear()

    def _or_null(self, read: Read, path: str, kind: str) -> Read:
        """Guard a reader: what it cannot read is counted and becomes null."""

        def read_one(value: Any, times: int = 1) -> list[Any]:
            try:
                return read([value]) * times
            except ValueError:
                self.losses[path, kind] += times
                return [None] * times

        def guarded(values: Column) -> list[Any]:
            if _is_constant(values):
                return read_one(values[0], len(values))
            try:
                return read(values)
            except ValueError:
                return list(chain.from_iterable(map(read_one, values)))

        return guarded

    def _deep(self, field: Field) -> Read:
        """Make the function that reads a column from what stands under its first key."""
        read = self._reader(field, field.name)
        for key in reversed(field.path[1:]):
            read = self._below(key, read, field)
        return read

    def _below(self, key: str, read: Read, field: Field) -> Read:
        step = self._or_null(lambda objects: below(key, objects), field.name, field.kind.name)
        return lambda objects: read(step(objects))

    def _reader(self, field: Field, path: str) -> Read:
        """Make the function that reads a column's raw values and treats them if personal."""
        if field.kind is OBJECT:
            read = self._objects(field, path)
        elif field.kind is LIST:
            read = self._lists(field, path)
        else:
            read = field.kind.read
        read = self._or_null(read, path, field.kind.name)
        treat, mark = self._treat, field.personal
        if mark is None or treat is None or field.unless:
            return read
        return lambda values: [treat(value, mark) for value in read(values)]

    def _objects(self, field: Field, path: str) -> Read:
        level = _Level(
            field.fields, lambda each: self._reader(each, f"{path}.{each.name}"), self._treat
        )

        def read(values: Column) -> list[Any]:
            """Read objects; what is inside never fails, so it is looked at once."""
            there = list(map(is_object, values))
            built = iter(level.build(list(compress(values, there)), {}))
            return [next(built) if each else None for each in there]

        return read

    def _lists(self, field: Field, path: str) -> Read:
        if field.items:
            read_items = self._or_null(field.items.read, path, field.items.name)
        else:
            objects = self._objects(field, path)
            read_items = self._or_null(
                lambda values: objects(_all_objects(values)), path, OBJECT.name
            )

        def read(values: Column) -> list[Any]:
            """Read lists; the items of all of them are read at once."""
            lists = [as_list(value, lone=not field.items) for value in values]
            items = iter(read_items(list(chain.from_iterable(filter(None, lists)))))
            return [
                each and [item for item in islice(items, len(each)) if item is not None]
                for each in lists
            ]

        return read


class _Level:
    """Turns objects of one kind into structs, column after column.

    Args:
        fields: what is read of an object.
        reader: makes the function that reads what stands under a field's first key.
        treat: what happens to personal data that is only so unless other columns say otherwise.
    """

    def __init__(
        self, fields: tuple[Field, ...], reader: Callable[[Field], Read], treat: Treat | None
    ) -> None:
        # Made and written several times as fast as a dict.
        self._made = defstruct("Row", [field.name for field in fields], gc=False)
        self._keys = tuple(dict.fromkeys(field.path[0] for field in fields))
        self._columns = {
            field.name: (self._keys.index(field.path[0]), reader(field)) for field in fields
        }
        self._doubtful = {
            turn: _doubtful(field, treat, [self._columns[name][0] for name in field.unless.columns])
            for turn, field in enumerate(fields)
            if field.unless and treat
        }

    def build(self, documents: Sequence[Document], known: Mapping[str, Column]) -> list[Any]:
        """Build a struct of each document; columns that are `known` are not read."""
        if not documents:
            return []
        values = [
            tuple(map(each.get, self._keys)) if isinstance(each, dict) else astuple(each)
            for each in documents
        ]
        # A struct may hold more, behind what is read here.
        raw = list(zip(*values, strict=False))
        columns = [
            known[name] if name in known else read(raw[turn])
            for name, (turn, read) in self._columns.items()
        ]
        for place, treated in self._doubtful.items():
            columns[place] = treated(columns[place], raw)
        return list(map(self._made, *columns))


def _doubtful(
    field: Field, treat: Treat, deciding: list[int]
) -> Callable[[Sequence[Any], Sequence[Column]], Column]:
    """Make the function that treats a column's values where other columns do not prevent it.

    Args:
        field: the column.
        treat: what happens to personal data.
        deciding: which of the raw columns decide.
    """
    mark, unless = field.personal, field.unless
    if mark is None or unless is None:
        raise ValueError(f"{field.name} is not marked")
    holds = unless.holds

    def treated(values: Sequence[Any], raw: Sequence[Column]) -> Column:
        said = zip(*(raw[turn] for turn in deciding), strict=True)
        return [
            value if holds(*each) else treat(value, mark)
            for value, each in zip(values, said, strict=True)
        ]

    return treated


def document_of(fields: tuple[Field, ...]) -> Struct:
    """Make the struct that documents are decoded into, with structs inside.

    What stands in place of an object or a list to say "nothing" fits as well.
    """
    uses: dict[str, list[Field]] = {}
    for field in fields:
        uses.setdefault(field.path[0], []).append(field)
    return document("Document", {key: _kind(of) for key, of in uses.items()})


def _kind(uses: list[Field]) -> Any:
    """Tell what is decoded under a key, by the columns that are read from it."""
    deeper = [replace(use, source=use.path[1:]) for use in uses if use.path[1:]]
    whole = [use for use in uses if not use.path[1:]]
    if len(whole) != 1 or not whole[0].fields:
        return object
    inside: Any = document_of((*whole[0].fields, *deeper))
    if whole[0].kind is LIST:
        return list[inside] | dict | str | None
    return inside | list | str | None


def as_dict(row: Row) -> dict[str, Any]:
    """Take a row apart, down to plain values: what stream maps and files need."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return as_dict(value)
    return list(map(_plain, value)) if isinstance(value, list) else value


def _is_constant(values: Column) -> bool:
    """Tell whether a column holds one text, or nothing, many times: such a one is read once."""
    if not values or not (values[0] is None or type(values[0]) is str):
        return False
    # Text equals nothing but text.
    return values[0] == values[-1] and values.count(values[0]) == len(values)


def _all_objects(values: Column) -> Column:
    """Take no "nothing" for an item of a list."""
    if all(map(is_object, values)):
        return values
    raise ValueError("not an object")


def as_list(value: Any, *, lone: bool) -> list[Any] | None:
    """Read a list; None if there is nothing. With `lone`, one bare object is a list of one."""
    if isinstance(value, list):
        return value
    if value == {}:
        # PHP writes an empty list so at times.
        return []
    if lone and isinstance(value, dict):
        return [value]
    if value in (None, ""):
        return None
    raise ValueError("not a list")
