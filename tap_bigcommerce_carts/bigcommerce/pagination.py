"""Where the documents of a list stand in a response, and whether more of them follow.

A page with fewer rows than asked for need not be the last: whoever stands between us and the
store, or the store itself, may give fewer at once. V3 says how many there are; V2 does not: its
list is read until a page is empty or brings nothing new, unless the store was seen to fill pages.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_PAGE = 250


class ListPage(NamedTuple):
    """Some documents of a list.

    Attributes:
        documents: as the store wrote them.
        more: whether the store says that others follow; None if it does not say.
    """

    documents: list[Any]
    more: bool | None = None


def v2_page(body: Any, path: str) -> ListPage:
    """Return a page of a V2 list.

    Args:
        body: decoded JSON, or None for a 204, which stands for an empty list.
        path: what was asked for, for messages.

    Raises:
        StoreError: the body is no list.
    """
    if body is None or isinstance(body, list):
        return ListPage(body or [])
    raise StoreError(f"{path} answered with something other than a list. Check `api_url`.")


def v3_page(body: Any, path: str) -> ListPage:
    """Return a page of a V3 list, and what its `meta.pagination` says of others.

    Args:
        body: decoded JSON, or None for a 204.
        path: what was asked for, for messages.

    Raises:
        StoreError: the body holds no list.
    """
    if body is None:
        return ListPage([])
    documents = body.get("data") if isinstance(body, dict) else None
    if not isinstance(documents, list):
        raise StoreError(f"{path} answered without the `data` it should hold. Check `api_url`.")
    found = body
    for name in ("meta", "pagination"):
        found = found.get(name) if isinstance(found, dict) else None
    return ListPage(documents, _more(found, len(documents)) if isinstance(found, dict) else None)


def _more(pagination: dict[str, Any], given: int) -> bool | None:
    """Return whether a page of so many rows is followed by others, or None if that is not said."""
    here, last, total, size = (
        integer_or_none(pagination.get(name))
        for name in ("current_page", "total_pages", "total", "per_page")
    )
    if here is None or last is None:
        return None
    # Rows may be missing from the page itself.
    missing = total is not None and size is not None and total > (here - 1) * size + given
    return here < last or missing


def matches(document: Any, name: str, wanted: str | int) -> bool:
    """Return whether a document is what a filter asks for; one that lacks the field is.

    Args:
        document: what a list holds.
        name: the field that the filter is for.
        wanted: the value it was to have.
    """
    found = integer_or_none(value_of(document, name))
    return found is None or found == wanted


class PageFill:
    """What the pages of a list show of how many rows the store gives at once.

    Args:
        first: how many rows a page was asked for at first.

    Attributes:
        longest: how many rows the longest page had so far.
    """

    def __init__(self, first: int) -> None:
        self.longest = 0
        self._first = first
        self._filled = False
        self._cut = False

    def last(self, page: ListPage, asked: int) -> bool | None:
        """Return whether a page that was to have so many rows is the last, or None: not known.

        A short page is taken for the last where the store was seen to give all that was asked
        for at first, and never to give less where more followed.

        Args:
            page: what came.
            asked: how many rows it was to have.
        """
        given = len(page.documents)
        self.longest = max(self.longest, given)
        self._filled |= given >= self._first
        if given >= asked:
            return False
        last: bool | None = not page.more
        if page.more is None and given:
            last = True if self._filled and not self._cut else None
        self._cut |= not last
        return last


def read_by_number(
    ask: Callable[[Mapping[str, str | int]], ListPage],
    path: str,
    whole: Callable[[list[Any]], bool] = lambda _: False,
) -> list[Any]:
    """Return a list, read by page number to its end: a short one, that is not changed meanwhile.

    Args:
        ask: requests a page, with these fields in its query.
        path: what is asked for, for messages.
        whole: returns whether what was read so far is known to be all.

    Raises:
        StoreError: pages come again and again.
    """
    found: list[Any] = []
    met: set[str] = set()
    size, fullness = LARGEST_PAGE, PageFill(LARGEST_PAGE)
    for number in count(1):
        page = ask({"limit": size, "page": number})
        keys = list(map(_key, page.documents))
        if keys and met.issuperset(keys):
            if len(keys) < LARGEST_PAGE and not page.more:
                break
            raise StoreError(
                f"{path} gives the same page for every number; it cannot be read to its end."
            )
        found += [each for each, key in zip(page.documents, keys, strict=True) if key not in met]
        met.update(keys)
        if not keys or whole(found) or fullness.last(page, size):
            break
        if number == 1:
            # Pages are counted by what is given at once.
            size = min(size, len(keys))
    return found


def _key(document: Any) -> str:
    """Return what a document is known by: its id, if it has any."""
    known_as = document.get("id") if isinstance(document, dict) else None
    return repr(document if known_as is None else known_as)
