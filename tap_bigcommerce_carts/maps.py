"""Stream maps are for the streams that are selected.

The SDK would try each of them also on a stream that is not, and stumble over columns that it
takes for missing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.mapper import MAPPER_SOURCE_OPTION, NULL_STRING, SameRecordTransform
from singer_sdk.singerlib import Catalog

from tap_bigcommerce_carts.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk import Stream
    from singer_sdk.mapper import PluginMapper


def map_selected(mapper: PluginMapper, streams: Mapping[str, Stream], catalog: Catalog) -> None:
    """Register the maps of the streams that are selected; the others are taken as they are.

    A map for several streams, such as `*`, is for those of them that are selected.

    Raises:
        SettingsError: a map names a stream that is not selected.
    """
    others = {name: stream for name, stream in streams.items() if not stream.selected}
    if missed := sorted(_named(mapper) & set(others)):
        raise SettingsError(
            f"`stream_maps` has a map for {', '.join(missed)}, not selected in this run: select "
            "it, or take the map out."
        )
    mapper.register_raw_streams_from_catalog(
        Catalog({name: entry for name, entry in catalog.items() if name not in others})
    )
    for name, stream in others.items():
        mapper.stream_maps[name] = [
            SameRecordTransform(name, stream.schema, stream.primary_keys, flattening_options=None)
        ]


def _named(mapper: PluginMapper) -> set[str]:
    """Tell which streams have a map that would do something: null only leaves them out."""
    return {
        given.get(MAPPER_SOURCE_OPTION, name) if isinstance(given, dict) else name
        for name, given in mapper.stream_maps_dict.items()
        if given not in (None, NULL_STRING)
    }
