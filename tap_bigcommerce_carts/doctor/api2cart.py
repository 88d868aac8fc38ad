"""Are API2Cart's keys right, is the store connected, and are there abandoned carts?

https://docs.api2cart.com, methods `cart.info` and `order.abandoned.list`
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.api2cart.abandoned_list import METHOD
from tap_bigcommerce_carts.api2cart.session import Api2CartSession
from tap_bigcommerce_carts.doctor.answers import check_clock
from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.doctor.session import brief

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.model import Api2CartConnection

# An answer takes as long as the shop takes.
_TIMEOUT = 60.0
_IDS = "{return_code,return_message,pagination,result{order{id}}}"


def check_api2cart(connection: Api2CartConnection, page_size: int) -> Iterator[Finding]:
    """Yield whether the keys are right, what of carts there is, and the clock; two requests.

    Args:
        connection: which store, by whose account.
        page_size: how many carts a page asks for.

    Raises:
        StoreError: API2Cart does not say.
    """
    limits = brief(connection.limits)
    patient = replace(limits, timeout=min(connection.limits.timeout, _TIMEOUT))
    with closing(Api2CartSession(replace(connection, limits=patient))) as session:
        before = datetime.now(UTC)
        session.store()
        after = datetime.now(UTC)
        yield Finding.fine(
            "API2Cart keys",
            "API2Cart knows both, and the store is connected. Its limits are the account's plan, "
            "which no answer tells.",
        )
        if session.clock and session.tells_time:
            yield check_clock(before, session.clock, after)
        yield _carts(session, page_size)


def _carts(session: Api2CartSession, page_size: int) -> Finding:
    asked: dict[str, str | int] = {"count": page_size, "response_fields": _IDS}
    document, following = session.call(METHOD, asked)
    orders = document.get("order")
    count = len(orders) if isinstance(orders, list) else 0
    if not count:
        return Finding.note(
            "abandoned carts",
            "API2Cart lists none: none was left, or the shop's platform does not tell of any.",
        )
    least = "at least " if following or count >= page_size else ""
    return Finding.fine("abandoned carts", f"API2Cart lists {least}{count:,}.")
