"""The catalog given from outside: whether it can be read, and asks for what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Catalog

from tap_bigcommerce_carts.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from singer_sdk import Stream


def catalog_of(given: Any) -> Catalog | None:
    """Return the catalog in decoded JSON, or None if there is none.

    Raises:
        CatalogError: it is no Singer catalog.
    """
    if given is None:
        return None
    try:
        if not isinstance(given["streams"], list):
            raise TypeError("streams")  # noqa: TRY301 - caught below, as all that is no catalog
        return Catalog.from_dict(given)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CatalogError(
            "The file given with --catalog is not a Singer catalog. Make one with --discover."
        ) from None


def check_catalog(
    catalog: Catalog, streams: Mapping[str, Stream], known: Collection[str], missing: str
) -> None:
    """Check that a catalog selects streams that there are, by the bookmarks they have.

    Args:
        catalog: as given, before the SDK applies it.
        streams: the streams that can be read, by name.
        known: names of all streams this tap has, also those that this run cannot read.
        missing: how a sentence ends that names such streams.

    Raises:
        CatalogError: names the streams.
    """
    selected = {
        entry.tap_stream_id for entry in catalog.streams if entry.metadata.root.selected
    } - set(streams)
    if missed := sorted(selected.intersection(known)):
        raise CatalogError(f"The catalog selects {', '.join(missed)}, {missing}")
    if unknown := sorted(selected):
        raise CatalogError(
            f"The catalog selects {', '.join(unknown)}, which this tap does not have. It has "
            f"{', '.join(sorted(streams))}."
        )
    for stream in streams.values():
        own = vars(type(stream)).get("replication_key")
        if stream.selected and stream.replication_key not in {None, own}:
            raise CatalogError(
                f"The catalog sets the replication key of {stream.name} to "
                f"{stream.replication_key}; it can only be read by {own or 'full table'}."
            )
