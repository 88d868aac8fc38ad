"""Turns a document into a row: every column read by its type, personal data treated.

A value of the wrong type is coerced when that loses nothing. Else the column is null and
the loss is counted, so that it can be told once at the end and never in silence.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.errors import StoreError
from tap_bigcommerce_carts.streams.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from tap_bigcommerce_carts.personal_data import Personal

    Treat = Callable[[Any, Personal], Any]
    Read = Callable[[Any], Any]
    Guard = Callable[[Read, str, str], Read]


class UnreadableRowError(StoreError):
    """A row without its key could neither be kept nor left out."""


class RowBuilder:
    """Builds the rows of one stream.

    Args:
        fields: the stream's columns.
        treat: what happens to personal data; None to keep it all as it is.
        constants: columns whose value is the same in all rows, such as the store's name.
    """

    def __init__(
        self,
        fields: tuple[Field, ...],
        treat: Treat | None = None,
        constants: dict[str, Any] | None = None,
    ) -> None:
        self.losses: Counter[tuple[str, str]] = Counter()
        self._treat = treat
        self._fields = fields
        self._constants = constants or {}
        # Nearly all documents are as they should be: those are read without looking twice.
        self._plainly = self._columns(_as_it_is)
        self._carefully = self._columns(self._or_null)

    def build(self, document: dict[str, Any]) -> dict[str, Any]:
        """Build the row of one document."""
        get = document.get
        try:
            return {name: read(get(key)) for name, key, read in self._plainly}
        except ValueError:
            return {name: read(get(key)) for name, key, read in self._carefully}

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

        def guarded(value: Any) -> Any:
            try:
                return read(value)
            except ValueError:
                self.losses[path, kind] += 1
                return None

        return guarded

    def _columns(self, guard: Guard) -> list[tuple[str, str, Read]]:
        """List each column's name, its first key in the document, and its reader."""
        return [
            (field.name, field.path[0], _always(self._constants[field.name]))
            if field.name in self._constants
            else (field.name, field.path[0], self._deep_reader(field, guard))
            for field in self._fields
        ]

    def _deep_reader(self, field: Field, guard: Guard) -> Read:
        """Make the function that reads a column from what stands under its first key."""
        read = self._reader(field, field.name, guard)
        for key in reversed(field.path[1:]):
            read = guard(_below(key, read), field.name, field.kind.name)
        return read

    def _reader(self, field: Field, path: str, guard: Guard) -> Read:
        """Make the function that reads a column's raw value and treats it if it is personal."""
        if field.kind is OBJECT:
            read = self._object_reader(field, path, guard)
        elif field.kind is LIST:
            read = self._list_reader(field, path, guard)
        else:
            read = field.kind.read
        read = guard(read, path, field.kind.name)
        treat, mark = self._treat, field.personal
        if mark is None or treat is None:
            return read
        return lambda value: treat(read(value), mark)

    def _object_reader(self, field: Field, path: str, guard: Guard) -> Read:
        inner = [
            (each.name, each.path[0], self._reader(each, f"{path}.{each.name}", guard))
            for each in field.fields
        ]

        def read(value: Any) -> dict[str, Any] | None:
            if isinstance(value, dict):
                get = value.get
                return {name: of(get(key)) for name, key, of in inner}
            if value in (None, "", []):
                # PHP writes an empty object as [].
                return None
            raise ValueError("not an object")

        return read

    def _list_reader(self, field: Field, path: str, guard: Guard) -> Read:
        if field.items:
            read_item = guard(field.items.read, path, field.items.name)
        else:
            read_item = guard(
                _never_empty(self._object_reader(field, path, guard)), path, OBJECT.name
            )

        def read(value: Any) -> list[Any] | None:
            if isinstance(value, dict) and not field.items:
                value = [value]
            if isinstance(value, list):
                return [item for each in value if (item := read_item(each)) is not None]
            if value in (None, ""):
                return None
            raise ValueError("not a list")

        return read


def _as_it_is(read: Read, _path: str, _kind: str) -> Read:
    return read


def _always(value: Any) -> Read:
    return lambda _value: value


def _never_empty(read: Read) -> Read:
    """Take no "nothing" for an item of a list."""

    def never_empty(value: Any) -> Any:
        if isinstance(value, dict):
            return read(value)
        raise ValueError("not an object")

    return never_empty


def _below(key: str, read: Read) -> Read:
    """Read what stands under `key` of an object; nothing if there is no object."""

    def below(value: Any) -> Any:
        if isinstance(value, dict):
            return read(value.get(key))
        if value in (None, "", []):
            return None
        raise ValueError("not an object")

    return below
