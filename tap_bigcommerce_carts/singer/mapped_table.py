"""What the stream maps make of one stream: its table's name, its columns, which rows it has."""

from __future__ import annotations

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigurationError, MapExpressionError, MappingError
from singer_sdk.mapper import (
    MAPPER_ELSE_OPTION,
    CustomStreamMap,
    PluginMapper,
    RemoveRecordTransform,
)

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.rows.builder import as_dict
from tap_bigcommerce_carts.rows.fields import schema_of
from tap_bigcommerce_carts.singer.stream_maps import map_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.mapper import StreamMap

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.rows.fields import Field

_FILTER = "__filter__"
logger = logging.getLogger(__name__)


class MappedTable:
    """What becomes of a stream's rows on their way into its table.

    Args:
        config: the settings, with those of the SDK.
        stream: the stream's name.
        fields: its columns.
        key: its primary key.

    Attributes:
        name: the table's name, as the loader is told it.
        is_written: whether there is a table at all.
        altered: columns that are not written as they were read.
        filters: whether it leaves out rows.

    Raises:
        SettingsError: the maps cannot be used.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        stream: str,
        fields: tuple[Field, ...],
        key: tuple[str, ...],
    ) -> None:
        self._stream = stream
        given = deepcopy(dict(config))
        given["stream_maps"] = given.get("stream_maps") or {}
        given["stream_map_config"] = given.get("stream_map_config") or {}
        try:
            mapper = PluginMapper(given, logger)
            mapper.register_raw_stream_schema(stream, schema_of(fields), key)
        # What the SDK says of a map that it does not take, the last of an unknown `__else__`.
        except (ConfigurationError, MappingError, NotImplementedError) as error:
            raise SettingsError(f"`stream_maps`: {error}") from None
        self._map: StreamMap = mapper.stream_maps[stream][0]
        own = map_of(stream, config.get("stream_maps") or {}) if self._is_custom else {}
        columns = {each.name for each in fields}
        written = set(self._map.transformed_schema.get("properties", {}))
        if MAPPER_ELSE_OPTION in own:
            written &= {*own, *key}
        changed = {column for column, value in own.items() if value != column}
        self.name = self._map.stream_alias
        self.is_written = not isinstance(self._map, RemoveRecordTransform)
        self.altered = frozenset((columns - written) | (columns & changed))
        self.filters = own.get(_FILTER) is not None

    @property
    def _is_custom(self) -> bool:
        return isinstance(self._map, CustomStreamMap)

    def keeps(self, row: Row) -> bool:
        """Whether a row is written.

        Raises:
            SettingsError: the map does not fit the row; never holds a value of it.
        """
        if not self.filters:
            return True
        try:
            return bool(self._map.get_filter_result(as_dict(row)))
        except (ArithmeticError, LookupError, TypeError, ValueError, MapExpressionError) as error:
            raise SettingsError(
                f"The filter in `stream_maps` of {self._stream} does not fit a row "
                f"({type(error).__name__})."
            ) from None
