"""Turns documents into rows: every column read by its type, personal data treated.

Rows are built a page at a time, column after column. A value of the wrong type is coerced
when that loses nothing. Else the column is null and the loss is counted, so that it can be
told once at the end and never in silence.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import defstruct
from msgspec.structs import astuple

from tap_bigcommerce_carts.platform.documents import document
from tap_bigcommerce_carts.platform.errors import StoreError
from tap_bigcommerce_carts.streams.columns import below, is_object
from tap_bigcommerce_carts.streams.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Sequence

    from tap_bigcommerce_carts.personal_data import Personal
    from tap_bigcommerce_carts.platform.documents import Document
    from tap_bigcommerce_carts.streams.columns import Column, Read

    Treat = Callable[[Any, Personal], Any]


# A row has its columns as attributes.
Row = Any


class UnreadableRowError(StoreError):
    """A row without its key could neither be kept nor left out."""


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
        # Made and written several times as fast as a dict.
        self._row = defstruct("Row", [field.name for field in fields], gc=False)
        self.document = document("Document", [field.path[0] for field in fields])
        turns = self.document.__struct_fields__
        self._columns = {
            field.name: (turns.index(field.path[0]), self._deep(field)) for field in fields
        }

    def build(self, documents: Sequence[Document], **known: Column) -> list[Row]:
        """Build the rows of some documents, in the same order.

        Args:
            documents: as the store gave them: structs of this builder's `document`, or dicts.
            known: columns that do not stand in the documents, by name.

        Returns:
            Structs with the columns as attributes.
        """
        if not documents:
            return []
        for name, value in self._constants.items():
            known[name] = [value] * len(documents)
        # The store's structs may hold more, behind what is read here.
        raw = list(zip(*map(astuple, map(self._struct, documents)), strict=False))
        columns = [
            known[name] if name in known else read(raw[turn])
            for name, (turn, read) in self._columns.items()
        ]
        return list(map(self._row, *columns))

    def _struct(self, document: Document) -> msgspec.Struct:
        if isinstance(document, self.document):
            return document
        return msgspec.convert(document, self.document)

    def tell_losses(self, stream: str, logger: logging.Logger) -> None:
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

        def read_one(value: Any) -> Any:
            try:
                return read([value])[0]
            except ValueError:
                self.losses[path, kind] += 1
                return None

        def guarded(values: Column) -> list[Any]:
            try:
                return read(values)
            except ValueError:
                return [read_one(value) for value in values]

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
        if mark is None or treat is None:
            return read
        return lambda values: [treat(value, mark) for value in read(values)]

    def _objects(self, field: Field, path: str) -> Read:
        names = tuple(each.name for each in field.fields)
        inner = [(each.path[0], self._reader(each, f"{path}.{each.name}")) for each in field.fields]

        def read(values: Column) -> list[Any]:
            """Read objects; what is inside never fails, so it is looked at once."""
            there = [value for value in values if is_object(value)]
            columns = [of([each.get(key) for each in there]) for key, of in inner]
            built = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
            return [next(built) if isinstance(value, dict) else None for value in values]

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
            lists = [_as_list(value, lone=not field.items) for value in values]
            items = iter(read_items(list(chain.from_iterable(filter(None, lists)))))
            return [
                each and [item for item in islice(items, len(each)) if item is not None]
                for each in lists
            ]

        return read


def _all_objects(values: Column) -> Column:
    """Take no "nothing" for an item of a list."""
    if all(isinstance(value, dict) for value in values):
        return values
    raise ValueError("not an object")


def _as_list(value: Any, *, lone: bool) -> list[Any] | None:
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
