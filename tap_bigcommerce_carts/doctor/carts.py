"""How many abandoned carts are there, and since when?

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.order_counts import count_incomplete
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE, PATH
from tap_bigcommerce_carts.bigcommerce.pagination import v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.rows.values import moment
from tap_bigcommerce_carts.singer.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_ASKED = "abandoned carts"
_OLDEST: dict[str, str | int] = {"status_id": INCOMPLETE, "sort": "date_created:asc", "limit": 1}


def check_carts(session: StoreSession) -> Iterator[Finding]:
    """Yield how many orders in status Incomplete there are, and since when; two requests.

    The count is a hint: there is a report that it differs from the list.

    Args:
        session: the conversation with the store.

    Raises:
        StoreError: the store does not say.
    """
    count = count_incomplete(session)
    page = v2_page(session.get(PATH, _OLDEST, scope=ORDERS, brief=True), PATH)
    oldest = next(iter(page.documents), None)
    if oldest is None and not count:
        yield Finding.note(
            _ASKED,
            "The store has no order in status Incomplete: none was left at payment, or they were "
            "deleted.",
        )
    elif oldest is None or not count:
        yield Finding.note(
            _ASKED,
            f"BigCommerce counts {counted(count, 'order')} in status Incomplete, but lists "
            f"{'some' if count == 0 else 'none'}: the tap goes by the list.",
        )
    else:
        yield Finding.fine(
            _ASKED,
            f"BigCommerce counts {counted(count, 'order')} in status Incomplete{_since(oldest)}; a "
            "hint, since the list, which the tap reads, may differ.",
        )


def _since(order: Any) -> str:
    with suppress(AttributeError, TypeError, ValueError):
        return f", the oldest of {moment(order.get('date_created')):%Y-%m-%d}"
    return ""
