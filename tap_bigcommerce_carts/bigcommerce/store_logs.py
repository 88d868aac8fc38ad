"""The store's own log: what failed in the shop, such as shipping quotes and payments.

https://developer.bigcommerce.com/docs/rest-management/store-logs
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.pagination import v3_page
from tap_bigcommerce_carts.bigcommerce.scopes import LOGS
from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_PATH = "/v3/store/systemlogs"
# More than a page of 50 is not documented.
_PAGE = 50


def log_pages(session: StoreSession, after: int) -> Iterator[list[Any]]:
    """Yield pages of the log, newest entry first, down to a page of which all is known.

    Entries that come meanwhile push others to later pages, and old ones leave at the end: read
    from the newest on, nothing is moved out of sight. What is pushed comes twice.

    Args:
        session: the conversation with the store.
        after: the id up to which all entries are known; 0 for none. If the newest entry has a
            lower one, the log was begun anew, and is read to its end.

    Raises:
        StoreError: the order is another, or the list does not end.
    """
    known: int | None = None
    before: list[int | None] = []
    for number in count(1):
        query: dict[str, str | int] = {
            "sort": "date_created",
            "direction": "desc",
            "limit": _PAGE,
            "page": number,
        }
        page = v3_page(session.get(_PATH, query, scope=LOGS), _PATH)
        entries = page.documents
        if not entries:
            return
        _check_order(entries)
        ids = list(map(entry_id, entries))
        if ids == before:
            raise StoreError(
                f"{_PATH} gives the same page for every number; it cannot be read to its end."
            )
        before = ids
        newest = max((each for each in ids if each is not None), default=0)
        if known is None:
            known = after if newest >= after else 0
        yield entries
        if newest <= known or page.more is False:
            return


def entry_id(entry: Any) -> int | None:
    """Return the id of an entry, or None if it has no readable one."""
    return integer_or_none(value_of(entry, "id"))


def _check_order(entries: list[Any]) -> None:
    """Check that a page begins with its newest entry.

    Raises:
        StoreError: it does not.
    """
    first, last = (value_of(each, "date_created") for each in (entries[0], entries[-1]))
    try:
        is_right = moment(first) >= moment(last)
    except (TypeError, ValueError, OverflowError):
        # An entry without a readable date says nothing of the order.
        return
    if not is_right:
        raise StoreError(
            f"{_PATH} is not in the order asked for, newest first; entries would be missed."
        )
