"""What is written of a row: less what the catalog deselects, as the stream maps ask for it."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.mapper import SameRecordTransform

from tap_bigcommerce_carts.rows.builder import as_dict
from tap_bigcommerce_carts.rows.fields import decimal_text_kind
from tap_bigcommerce_carts.rows.values import DecimalText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk import Stream
    from singer_sdk.helpers.types import Record
    from singer_sdk.mapper import StreamMap

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.rows.fields import Kind

# ("properties", column): what is longer lies inside a column.
_COLUMN_BREADCRUMB = 2


class Records:
    """Makes the records of one stream's rows.

    Rows have the schema's columns and types: without a map or a deselected column the SDK's walk
    over every value would find nothing to do, and they are written as they are.

    Args:
        stream: with its catalog entry and its stream maps applied.

    Attributes:
        losses: how often what a map made did not fit in its column, by column and type.
    """

    def __init__(self, stream: Stream) -> None:
        self.losses: Counter[tuple[str, str]] = Counter()
        self._name = stream.name
        self._schema = stream.schema
        self._mask = stream.mask
        # Those that are deselected, or unknown to the catalog given, as to an older one.
        known = stream.effective_schema.get("properties", {})
        self._left_out = [
            column
            for column in stream.schema["properties"]
            if column not in known or not stream.mask["properties", column]
        ]
        self._picks_inside = any(
            not chosen and len(breadcrumb) > _COLUMN_BREADCRUMB
            for breadcrumb, chosen in stream.mask.items()
        )
        self._filter = stream.stream_maps[0]
        self._maps = [(each.stream_alias, _at_work(each)) for each in stream.stream_maps]

    def by_name(self, rows: list[Row]) -> Iterator[tuple[str, list[Any]]]:
        """Yield the records of some rows, dicts or rows, with each name they are written under.

        Raises:
            MapExpressionError: a stream map does not fit a row.
        """
        records = self._selected(rows)
        for name, stream_map in self._maps:
            mapped = (self._mapped(stream_map, each) for each in records) if stream_map else records
            yield name, [record for record in mapped if record is not None]

    def each(self, rows: list[Row]) -> Iterator[tuple[Row, Any]]:
        """Yield each row with its record, a dict or the row; None if a map leaves it out.

        Raises:
            MapExpressionError: a stream map does not fit a row, or copies the stream.
        """
        [(_, stream_map), *others] = self._maps
        if others:
            raise MapExpressionError(
                f"A stream map copies {self._name}, which cannot be had together with "
                "`batch_config`. Take one of them out."
            )
        for row, record in zip(rows, self._selected(rows), strict=True):
            yield row, self._mapped(stream_map, record) if stream_map else record

    def keeps(self, row: Row) -> bool:
        """Whether the stream's map keeps a row, if there is one."""
        if isinstance(self._filter, SameRecordTransform):
            return True
        with self._fitting():
            return bool(self._filter.get_filter_result(as_dict(row)))

    def _selected(self, rows: list[Row]) -> list[Any]:
        """Leave out what is deselected; returns dicts if that or a stream map needs them."""
        if not (self._left_out or self._picks_inside or any(each for _, each in self._maps)):
            return rows
        records = list(map(as_dict, rows))
        for record in records:
            for column in self._left_out:
                del record[column]
            if self._picks_inside:
                # Private, but what the SDK does itself with each record.
                pop_deselected_record_properties(record, self._schema, self._mask)
        return records

    def _mapped(self, stream_map: StreamMap, record: Record) -> Record | None:
        with self._fitting():
            mapped = stream_map.transform(record)
        if mapped is None:
            return None
        columns = stream_map.transformed_schema["properties"]
        for name, value in mapped.items():
            if value is record.get(name):
                continue
            schema = columns.get(name, {})
            if kind := decimal_text_kind(schema):
                mapped[name] = self._fitted(value, name, kind)
            elif type(value) is Decimal and "string" in schema.get("type", ()):
                mapped[name] = DecimalText(value)
        if not stream_map.flattening_enabled:
            return mapped
        # An object that is null has no properties to flatten; its columns are null.
        return {name: mapped.get(name) for name in columns}

    def _fitted(self, value: Any, column: str, kind: Kind) -> Any:
        """Return what a map made as its column of exact decimals takes it; null is counted."""
        try:
            return kind.read([Decimal(repr(value)) if type(value) is float else value])[0]
        except ValueError:
            self.losses[column, kind.name] += 1
            return None

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """Guard the use of a stream map: what a user wrote in it may not fit the row.

        Raises:
            MapExpressionError: names the stream; never holds a value of the row.
        """
        try:
            yield
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise MapExpressionError(
                f"A stream map of {self._name} does not fit a row ({type(error).__name__}). "
                "Amounts are exact decimals: write `float(total_inc_tax) * 1.5`."
            ) from None


def _at_work(stream_map: StreamMap) -> StreamMap | None:
    """Return a stream map, or None if it takes records as they are."""
    same = isinstance(stream_map, SameRecordTransform) and not stream_map.flattening_enabled
    return None if same else stream_map
