"""Turns a document into a row: every column read by its type, personal data treated.

A value of the wrong type is coerced when that loses nothing. Else the column is null and
the loss is counted, so that it can be told once at the end and never in silence.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.streams.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from tap_bigcommerce_carts.personal_data import Personal


class RowBuilder:
    """Builds the rows of one stream.

    Args:
        fields: the stream's columns.
        treat: what happens to personal data.
        constants: columns whose value is the same in all rows, such as the store's name.
    """

    def __init__(
        self,
        fields: tuple[Field, ...],
        treat: Callable[[Any, Personal], Any],
        constants: dict[str, Any],
    ) -> None:
        self.losses: Counter[tuple[str, str]] = Counter()
        self._constants = constants
        self._columns = [
            (field.name, field.path, self._reader(field, field.name, treat))
            for field in fields
            if field.name not in constants
        ]

    def build(self, document: dict[str, Any]) -> dict[str, Any]:
        """Build the row of one document."""
        row = dict(self._constants)
        for name, path, read in self._columns:
            value: Any = document
            for key in path:
                value = value.get(key) if isinstance(value, dict) else None
            row[name] = None if value is None else read(value)
        return row

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

    def _reader(
        self, field: Field, path: str, treat: Callable[[Any, Personal], Any]
    ) -> Callable[[Any], Any]:
        """Make the function that reads a column's raw value."""
        if field.kind is OBJECT:
            return self._object_reader(field, path, treat)
        if field.kind is LIST:
            return self._list_reader(field, path, treat)
        parse, mark, kind = field.kind.read, field.personal, field.kind.name

        def read(value: Any) -> Any:
            try:
                return parse(value)
            except ValueError:
                self.losses[path, kind] += 1
                return None

        if mark is None:
            return read
        return lambda value: treat(read(value), mark)

    def _object_reader(
        self, field: Field, path: str, treat: Callable[[Any, Personal], Any]
    ) -> Callable[[Any], Any]:
        inner = [
            (each.name, each.path[-1], self._reader(each, f"{path}.{each.name}", treat))
            for each in field.fields
        ]

        def read(value: Any) -> dict[str, Any] | None:
            if isinstance(value, dict):
                return {
                    name: None if (found := value.get(key)) is None else of(found)
                    for name, key, of in inner
                }
            if value not in ("", []):
                # PHP writes an empty object as []; anything else is lost.
                self.losses[path, field.kind.name] += 1
            return None

        return read

    def _list_reader(
        self, field: Field, path: str, treat: Callable[[Any, Personal], Any]
    ) -> Callable[[Any], Any]:
        if field.items:
            read_item = self._reader(Field(field.name, field.items, ""), path, treat)
        else:
            read_item = self._object_reader(field, path, treat)

        def read(value: Any) -> list[Any] | None:
            if isinstance(value, dict) and not field.items:
                value = [value]
            if isinstance(value, list):
                return [item for each in value if (item := read_item(each)) is not None]
            if value != "":
                self.losses[path, field.kind.name] += 1
            return None

        return read
