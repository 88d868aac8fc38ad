"""Builds rows from documents: each column parsed by its type, personal data masked.

Rows are built a page at a time, column after column. A value of the wrong type is coerced
when that loses nothing. Else the column is null and the loss is counted, to be logged once
at the end and never in silence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain, compress, islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import defstruct
from msgspec.structs import asdict, astuple

from tap_bigcommerce_carts.rows.columns import as_list, child, is_object
from tap_bigcommerce_carts.rows.documents import document
from tap_bigcommerce_carts.rows.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping, Sequence

    from tap_bigcommerce_carts.model import Document
    from tap_bigcommerce_carts.rows.columns import Column, Read
    from tap_bigcommerce_carts.rows.documents import Struct
    from tap_bigcommerce_carts.rows.personal_data import Mask

    Logger = logging.Logger | logging.LoggerAdapter[Any]


# A row has its columns as attributes.
Row = Any


class RowBuilder:
    """Builds the rows of one stream.

    Args:
        fields: the stream's columns.
        mask: masks personal data; None to keep it all as it is.
        constants: columns whose value is the same in all rows, such as the store's name.

    Attributes:
        document: the struct that documents are decoded into.
        losses: how often a column's value could not be read, by column and type.
    """

    def __init__(
        self,
        fields: tuple[Field, ...],
        mask: Mask | None = None,
        constants: dict[str, Any] | None = None,
    ) -> None:
        self.losses: Counter[tuple[str, str]] = Counter()
        self._mask = mask
        self._constants = constants or {}
        self.document = document_of(fields)
        self._structs = _StructBuilder(fields, self._reader_at_path, mask)

    def build(self, documents: Sequence[Document], **computed: Column) -> list[Row]:
        """Build the rows of some documents.

        Args:
            documents: as the store gave them: structs of this builder's `document`, or dicts.
            computed: columns that are not read from the documents, by name.

        Returns:
            Structs with the columns as attributes, in the documents' order.
        """
        for name, value in self._constants.items():
            computed[name] = [value] * len(documents)
        return self._structs.build(documents, computed)

    def _or_null(self, read: Read, path: str, kind: str) -> Read:
        """Return a reader that counts what `read` cannot read, and returns null for it."""

        def read_one(value: Any) -> Any:
            try:
                return read([value])[0]
            except ValueError:
                self.losses[path, kind] += 1
                return None

        def read_all(values: Column) -> list[Any]:
            try:
                return read(values)
            except ValueError:
                return list(map(read_one, values))

        return read_all

    def _reader_at_path(self, field: Field) -> Read:
        """Return the reader of a column from what stands under the first key of its path."""
        read = self._reader(field, field.name)
        for key in reversed(field.path[1:]):
            read = self._reader_below(key, read, field)
        return read

    def _reader_below(self, key: str, read: Read, field: Field) -> Read:
        step = self._or_null(lambda objects: child(key, objects), field.name, field.kind.name)
        return lambda objects: read(step(objects))

    def _reader(self, field: Field, path: str) -> Read:
        """Return the reader of a column's raw values, which masks them if they are personal."""
        if field.kind is OBJECT:
            read = self._objects(field, path)
        elif field.kind is LIST:
            read = self._lists(field, path)
        else:
            read = field.kind.read
        read = self._or_null(read, path, field.kind.name)
        mask, mark = self._mask, field.personal
        if mark is None or mask is None or field.exempt:
            return read
        return lambda values: [mask(value, mark) for value in read(values)]

    def _objects(self, field: Field, path: str) -> Read:
        structs = _StructBuilder(
            field.fields, lambda each: self._reader(each, f"{path}.{each.name}"), self._mask
        )

        def read(values: Column) -> list[Any]:
            """Read objects; what is inside never fails, so it is read once."""
            there = list(map(is_object, values))
            built = iter(structs.build(list(compress(values, there)), {}))
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


def log_losses(losses: Counter[tuple[str, str]], stream: str, logger: Logger) -> None:
    """Log how many values of each column could not be read, then count anew.

    Args:
        losses: how many, by column and type.
        stream: the stream's name, for the message.
        logger: where it is logged, as warnings.
    """
    for (column, kind), count in sorted(losses.items()):
        logger.warning(
            "%s.%s: %d value(s) could not be read as %s and were set to null.",
            stream,
            column,
            count,
            kind,
        )
    losses.clear()


class _StructBuilder:
    """Builds a struct of each object, column after column.

    Args:
        fields: what is read of an object.
        reader: returns the reader of what stands under a field's first key.
        mask: masks personal data that other columns may exempt.
    """

    def __init__(
        self, fields: tuple[Field, ...], reader: Callable[[Field], Read], mask: Mask | None
    ) -> None:
        # Made and written several times as fast as a dict.
        self._struct = defstruct("Row", [field.name for field in fields], gc=False)
        self._keys = tuple(dict.fromkeys(field.path[0] for field in fields))
        self._columns = {
            field.name: (self._keys.index(field.path[0]), reader(field)) for field in fields
        }
        self._mask = mask
        self._exemptible = [
            (place, field.personal, field.exempt)
            for place, field in enumerate(fields)
            if field.personal and field.exempt
        ]

    def build(self, documents: Sequence[Document], computed: Mapping[str, Column]) -> list[Any]:
        """Build a struct of each document; `computed` columns are not read."""
        if not documents:
            return []
        values = [
            tuple(map(each.get, self._keys)) if isinstance(each, dict) else astuple(each)
            for each in documents
        ]
        # A struct may hold more, behind what is read here.
        raw = list(zip(*values, strict=False))
        columns = [
            computed[name] if name in computed else read(raw[place])
            for name, (place, read) in self._columns.items()
        ]
        if self._mask:
            for place, mark, exempt in self._exemptible:
                deciding = [raw[self._columns[name][0]] for name in exempt.columns]
                columns[place] = [
                    value if exempt.applies(*beside) else self._mask(value, mark)
                    for value, *beside in zip(columns[place], *deciding, strict=True)
                ]
        return list(map(self._struct, *columns))


def document_of(fields: tuple[Field, ...]) -> Struct:
    """Return the struct that documents are decoded into, with structs inside.

    What stands in place of an object or a list to say "nothing" fits as well.
    """
    uses: dict[str, list[Field]] = {}
    for field in fields:
        uses.setdefault(field.path[0], []).append(field)
    return document("Document", {key: _type(of) for key, of in uses.items()})


def _type(uses: list[Field]) -> Any:
    """Return the type that is decoded under a key, by the columns that are read from it."""
    deeper = [replace(use, source=use.path[1:]) for use in uses if use.path[1:]]
    whole = [use for use in uses if not use.path[1:]]
    if len(whole) != 1 or not whole[0].fields:
        return object
    inside: Any = document_of((*whole[0].fields, *deeper))
    if whole[0].kind is LIST:
        return list[inside] | dict | str | None
    return inside | list | str | None


def as_dict(row: Row) -> dict[str, Any]:
    """Return a row as a dict of plain values: what stream maps and files need."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return as_dict(value)
    return list(map(_plain, value)) if isinstance(value, list) else value


def _all_objects(values: Column) -> Column:
    """Return the items of a list, of which none may be "nothing"."""
    if all(map(is_object, values)):
        return values
    raise ValueError("not an object")
