"""Where the documents of a list stand in an answer, and whether more of them follow.

A page with fewer rows than asked for need not be the last: whoever stands between us and the
store, or the store itself, may give fewer at once. V3 says how many there are; V2 does not.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.platform.errors import StoreError
from tap_bigcommerce_carts.platform.values import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_PAGE = 250
# Who gives fewer rows than asked for gives no fewer than these, and a large number of them is
# a round one. Else each short list would cost one more request, to see that nothing follows.
_LEAST_CUT, _ANY_CUT, _ROUND = 10, 100, 5


class Page(NamedTuple):
    """Some documents of a list.

    Attributes:
        documents: as the store wrote them.
        more: whether the store says that others follow; None if it does not say.
    """

    documents: list[Any]
    more: bool | None = None


def bare_list(body: Any, path: str) -> list[Any]:
    """Read a V2 list; None is the 204 that stands for an empty one."""
    if body is None:
        return []
    if isinstance(body, list):
        return body
    raise StoreError(f"{path} answered with something other than a list. Check `api_url`.")


def wrapped_list(body: Any, path: str) -> list[Any]:
    """Read the list under `data` of a V3 answer."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return data
    if body is None:
        return []
    raise StoreError(f"{path} answered without the `data` it should hold. Check `api_url`.")


def bare_page(body: Any, path: str) -> Page:
    """Read a page of a V2 list."""
    return Page(bare_list(body, path))


def wrapped_page(body: Any, path: str) -> Page:
    """Read a page of a V3 list, and what its `meta.pagination` says of others."""
    documents = wrapped_list(body, path)
    found = body
    for name in ("meta", "pagination"):
        found = found.get(name) if isinstance(found, dict) else None
    return Page(documents, _more(found, len(documents)) if isinstance(found, dict) else None)


def _more(pagination: dict[str, Any], given: int) -> bool | None:
    """Tell whether a page of so many rows is followed by others; None if that is not said."""
    numbers = []
    for name in ("current_page", "total_pages", "total", "per_page"):
        try:
            numbers.append(integer(pagination.get(name)))
        except (TypeError, ValueError):
            numbers.append(None)
    here, last, total, size = numbers
    if here is None or last is None:
        return None
    # Rows may be missing from the page itself.
    missing = total is not None and size is not None and total > (here - 1) * size + given
    return here < last or missing


def ends(page: Page, asked: int, longest: int) -> bool:
    """Tell whether a page is the last of its list.

    Args:
        page: the page.
        asked: how many rows it was to have.
        longest: how many rows the longest page of the list had so far.
    """
    given = len(page.documents)
    if given >= asked:
        return False
    if page.more is not None:
        return not page.more
    if given < max(longest, _LEAST_CUT):
        return True
    return given >= _ANY_CUT and given % _ROUND > 0


def numbered(
    ask: Callable[[Mapping[str, str | int]], Page],
    path: str,
    whole: Callable[[list[Any]], bool] = lambda _: False,
) -> list[Any]:
    """Read a list by page number, to its end: one that is short, and is not changed meanwhile.

    Args:
        ask: sends a request with these fields in its query.
        path: what is asked for, for messages.
        whole: tells of what was read so far whether it is known to be all.

    Raises:
        StoreError: pages come again and again.
    """
    found: list[Any] = []
    met: set[str] = set()
    size, longest = LARGEST_PAGE, 0
    for number in count(1):
        page = ask({"limit": size, "page": number})
        keys = list(map(_key, page.documents))
        if keys and met.issuperset(keys):
            raise StoreError(
                f"{path} gives the same page for every number; it cannot be read to its end."
            )
        found += [each for each, key in zip(page.documents, keys, strict=True) if key not in met]
        met.update(keys)
        if not keys or whole(found) or ends(page, size, longest):
            break
        if number == 1:
            # Pages are counted by what is given at once.
            size = longest = min(size, len(keys))
    return found


def _key(document: Any) -> str:
    """Tell documents apart, by their ids if they have any."""
    known_as = document.get("id") if isinstance(document, dict) else None
    return repr(document if known_as is None else known_as)
