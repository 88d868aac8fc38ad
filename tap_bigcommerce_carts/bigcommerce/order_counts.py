"""How many orders a store counts, by status.

https://developer.bigcommerce.com/docs/rest-management/orders (Get a Count of Orders)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.errors import UnexpectedResponseError
from tap_bigcommerce_carts.rows.values import integer_or_none, iso

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.model import Window

PATH = "/v2/orders/count"


def count_orders(
    session: StoreSession, window: Window, channel_ids: Collection[int] = ()
) -> Counter[int]:
    """Return how many orders were modified within some dates, by status.

    Args:
        session: the conversation with the store.
        window: the dates, both included.
        channel_ids: only orders of these storefronts; empty for all.

    Raises:
        StoreError: the store does not say.
    """
    dates = {
        "min_date_modified": iso(window.lower),
        "max_date_modified": iso(window.upper),
    }
    found: Counter[int] = Counter()
    # The count can be filtered by one channel.
    for channel in channel_ids or (None,):
        asked: dict[str, str | int] = {**dates}
        if channel is not None:
            asked["channel_id"] = channel
        counted = _statuses(session.get(PATH, asked, scope=ORDERS))
        # Whether those in status 0 are counted unless they are asked for is not documented.
        asked["status_id"] = INCOMPLETE
        counted[INCOMPLETE] = _statuses(session.get(PATH, asked, scope=ORDERS))[INCOMPLETE]
        found += counted
    return found


def count_incomplete(session: StoreSession) -> int:
    """Return how many orders in status 0 (Incomplete) the store counts, of all storefronts.

    Args:
        session: the conversation with the store.

    Raises:
        StoreError: the store does not say.
    """
    asked: dict[str, str | int] = {"status_id": INCOMPLETE}
    return _statuses(session.get(PATH, asked, scope=ORDERS, brief=True))[INCOMPLETE]


def _statuses(body: Any) -> Counter[int]:
    """Read the counts out of a response: `{"statuses": [{"id": 0, "count": 15}, …]}`."""
    rows = body.get("statuses") if isinstance(body, dict) else None
    found: Counter[int] = Counter()
    for row in rows if isinstance(rows, list) else [None]:
        status, count = (
            integer_or_none(row.get(each)) if isinstance(row, dict) else None
            for each in ("id", "count")
        )
        if status is None or count is None:
            raise UnexpectedResponseError(f"{PATH} answered without counts. Check `api_url`.")
        found[status] += count
    return found
