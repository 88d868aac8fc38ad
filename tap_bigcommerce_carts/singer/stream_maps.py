"""Stream maps are for the streams that are selected, and for streams that there are.

The SDK would try each of them also on a stream that is not selected, and stumble over columns
that it takes for missing there. And it passes over a name it does not know: what the map was to
mask would be loaded.
"""

from __future__ import annotations

import difflib
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.mapper import MAPPER_SOURCE_OPTION, NULL_STRING, SameRecordTransform

from tap_bigcommerce_carts.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from singer_sdk import Stream
    from singer_sdk.mapper import PluginMapper

_NOTHING = (None, NULL_STRING)


def map_selected(
    mapper: PluginMapper,
    streams: Mapping[str, Stream],
    known: Collection[str],
) -> None:
    """Register the maps of the streams that are selected; the others are taken as they are.

    A map for several streams, such as `*`, is for those of them that are selected.

    Args:
        mapper: holds the maps.
        streams: the streams that can be read.
        known: all streams this tap has, also those that this store has not.

    Raises:
        SettingsError: a map names a stream that there is not, or that is not selected, or leaves
            out a column that there is not.
    """
    maps = mapper.stream_maps_dict
    if problems := [_unknown(name, known) for name in _sources(maps) if not _fits(name, known)]:
        raise SettingsError(" ".join(problems))
    selected = {name: stream for name, stream in streams.items() if stream.selected}
    others = {name: stream for name, stream in streams.items() if not stream.selected}
    unread = set(others) | (set(known) - set(streams))
    if missed := sorted(_named(maps) & unread):
        raise SettingsError(
            f"`stream_maps` has a map for {', '.join(missed)}, not selected in this run: select "
            "it, or take the map out."
        )
    if problems := list(_missing_columns(maps, streams)):
        raise SettingsError(" ".join(problems))
    for name, stream in selected.items():
        # Not the catalog's, which the SDK keeps without the precision and scale of decimals.
        schema = get_selected_schema(name, stream.schema, stream.mask)
        mapper.register_raw_stream_schema(name, schema, stream.primary_keys)
    for name, stream in others.items():
        mapper.stream_maps[name] = [
            SameRecordTransform(name, stream.schema, stream.primary_keys, flattening_options=None)
        ]


def map_of(stream: str, maps: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a stream's own table; {} if it is taken as it is, or left out.

    Args:
        stream: the stream's name.
        maps: the setting `stream_maps`.
    """
    own: Any = {}
    for name, given in maps.items():
        is_copy = isinstance(given, dict) and MAPPER_SOURCE_OPTION in given
        if fnmatch(stream, name) and not is_copy:
            # Of several the last counts.
            own = given
    return own if isinstance(own, dict) else {}


def _source(name: str, given: Any) -> str:
    """Return which stream, or pattern of streams, a map is for."""
    return str(given.get(MAPPER_SOURCE_OPTION, name)) if isinstance(given, dict) else name


def _sources(maps: Mapping[str, Any]) -> list[str]:
    return [_source(name, given) for name, given in maps.items()]


def _fits(source: str, streams: Collection[str]) -> bool:
    return any(name == source or fnmatch(name, source) for name in streams)


def _unknown(source: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(source.lower(), known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(sorted(known))}."
    return f"`stream_maps` has a map for `{source}`, which is no stream; {hint}"


def _named(maps: Mapping[str, Any]) -> set[str]:
    """Return the streams with a map that would do something: null only leaves them out."""
    return {_source(name, given) for name, given in maps.items() if given not in _NOTHING}


def _missing_columns(maps: Mapping[str, Any], streams: Mapping[str, Stream]) -> Iterator[str]:
    """Yield a sentence for each column that is to be left out of a stream, and is not in it."""
    for name, given in maps.items():
        source = _source(name, given)
        columns = {
            column
            for stream in streams.values()
            if _fits(source, [stream.name])
            for column in stream.schema["properties"]
        }
        for column, value in given.items() if columns and isinstance(given, dict) else ():
            if value in _NOTHING and column not in columns and not column.startswith("__"):
                close = difflib.get_close_matches(column, columns, n=1)
                hint = f"; did you mean `{close[0]}`?" if close else "."
                yield (
                    f"`stream_maps` leaves `{column}` out of {source}, which has no such column"
                    f"{hint}"
                )
