"""Does Meltano keep the STATE of a load, and how far does it reach?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.state import bookmarks_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_bigcommerce_carts.doctor.stores import Looked

_ASKED = "Meltano"


def check_state(store: Looked) -> Iterator[Finding]:
    """Yield whether there is a STATE, and up to which dates it reaches.

    Args:
        store: the store.

    Raises:
        TapError: Meltano, which should have it, does not say.
    """
    if store.project is None:
        yield Finding.left_out(
            _ASKED, "It is not asked with --config, nor where no project has the tap installed."
        )
        return
    if not store.configured.loader:
        yield Finding.left_out(
            _ASKED, "It keeps a STATE for each loader: say which with --loader, or --warehouse."
        )
        return
    state = store.configured.last_state
    if not state:
        yield Finding.note(_ASKED, "It answers, and keeps no STATE: no load has ended yet.")
        return
    yield Finding.fine(_ASKED, f"It keeps a STATE{_reached(state)}.")


def _reached(state: Mapping[str, object]) -> str:
    found = bookmarks_in(state, TapBigCommerceCarts.known_streams)
    dates = [f"`{name}` up to {each.reached:%Y-%m-%dT%H:%MZ}" for name, each in found.items()]
    return f": {', '.join(dates)}" if dates else ", without dates"
