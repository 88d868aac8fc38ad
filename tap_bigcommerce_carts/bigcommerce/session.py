"""One conversation with one BigCommerce store."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.pagination import ListPage, read_by_number
from tap_bigcommerce_carts.bigcommerce.responses import StoreResponses
from tap_bigcommerce_carts.errors import UnexpectedResponseError
from tap_bigcommerce_carts.http.session import Session
from tap_bigcommerce_carts.rows.decoding import UNREADABLE, decode, has_nul

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_bigcommerce_carts.bigcommerce.order_decoders import Documents
    from tap_bigcommerce_carts.model import BigCommerceConnection

_SETTING = "api_url"


class StoreSession(Session):
    """Reads one store's resources as decoded JSON."""

    def __init__(self, connection: BigCommerceConnection) -> None:
        super().__init__(
            f"{connection.api_url}/stores/{connection.store_hash}",
            _SETTING,
            {"X-Auth-Token": connection.access_token},
            StoreResponses(connection.store_hash),
            connection.limits,
        )

    def get(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        scope: str,
        brief: bool = False,
    ) -> Any:
        """Read a resource.

        Args:
            path: below the store, such as `/v2/orders`.
            query: fields of the query string, not yet encoded.
            scope: the OAuth scope the resource needs, for the message if it is missing.
            brief: whether to give up after a few tries.

        Returns:
            The decoded JSON, numbers with a point as Decimal; None where the store sends
            204, which is how V2 says "an empty list".

        Raises:
            StoreError: as for `request`.
        """
        return self.request(
            path,
            query or {},
            lambda content: decode(content, path, _SETTING),
            scope=scope,
            brief=brief,
        )

    def get_object(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        scope: str,
        brief: bool = False,
    ) -> dict[str, Any]:
        """Read the object under `data` of a V3 response; the rest as for `get`.

        Raises:
            UnexpectedResponseError: there is none.
            StoreError: as for `request`.
        """
        body = self.get(path, query, scope=scope, brief=brief)
        data = body.get("data") if isinstance(body, dict) else None
        if isinstance(data, dict):
            return data
        raise UnexpectedResponseError(
            f"{path} answered without the `data` it should hold. Check `api_url`."
        )

    def all_pages(  # noqa: PLR0913 - what is asked for, and how patiently
        self,
        path: str,
        query: Mapping[str, str | int],
        read_page: Callable[[Any, str], ListPage],
        *,
        scope: str,
        brief: bool = False,
        is_whole: Callable[[list[Any]], bool] = lambda _: False,
    ) -> list[Any]:
        """Read a list by page number, to its end: a short one, that is not changed meanwhile.

        Args:
            path: as for `get`.
            query: as for `get`; page and limit are added.
            read_page: takes the page out of a decoded body.
            scope: as for `get`.
            brief: as for `get`.
            is_whole: returns whether what was read so far is known to be all.

        Raises:
            StoreError: as for `request`, or pages come again and again.
        """

        def ask(page: Mapping[str, str | int]) -> ListPage:
            return read_page(self.get(path, {**query, **page}, scope=scope, brief=brief), path)

        return read_by_number(ask, path, is_whole)

    def page(
        self,
        path: str,
        query: Mapping[str, str | int],
        read_page: Callable[[Any, str], ListPage],
        *,
        scope: str,
        decoder: Documents | None = None,
    ) -> ListPage:
        """Read a page of a list.

        Args:
            path: as for `get`.
            query: as for `get`; its `limit` is the rows a page holds.
            read_page: takes the page out of a decoded body.
            scope: as for `get`.
            decoder: reads a body that is as it should be into structs; without it, and for
                others, a document is a dict.

        Raises:
            HeavyRequestError: the page keeps failing, and a smaller one may pass.
            StoreError: as for `request`.

        Returns:
            The page's documents, and what the response says of further pages.
        """

        def read(content: bytes | None) -> ListPage:
            if content and decoder and not has_nul(content):
                with suppress(*UNREADABLE):
                    return ListPage(decoder.decode(content))
            return read_page(decode(content, path, _SETTING), path)

        smaller = int(query["limit"]) > 1
        return self.request(path, query, read, scope=scope, smaller=smaller)
