"""Calls API2Cart's methods for one connected store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.api2cart.return_codes import Api2CartResponses
from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.http.session import Session
from tap_bigcommerce_carts.rows.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_bigcommerce_carts.model import Api2CartConnection

_SETTING = "api2cart_url"


class MethodResult(NamedTuple):
    """What a method returned.

    Attributes:
        document: its `result`; {} where API2Cart writes [] or null.
        following: the cursor of the next page, as it was written; None at the end.
    """

    document: dict[str, Any]
    following: str | None


class Api2CartSession(Session):
    """One conversation with API2Cart about one store."""

    def __init__(self, connection: Api2CartConnection) -> None:
        headers = {"x-api-key": connection.api_key, "x-store-key": connection.store_key}
        self._return_codes = Api2CartResponses()
        super().__init__(connection.url, _SETTING, headers, self._return_codes, connection.limits)

    def call(self, method: str, query: Mapping[str, str | int]) -> MethodResult:
        """Call a method, retrying transient faults.

        Args:
            method: as API2Cart names it, such as `order.abandoned.list`.
            query: its parameters, not yet encoded.

        Raises:
            BadParameterError: it does not take a parameter.
            StoreError: it cannot be called, and trying on would not help.

        Returns:
            The response's `result`, and the cursor of the next page, if one follows.
        """

        def read(content: bytes | None) -> MethodResult:
            body = decode(content or b"", method, _SETTING)
            if error := self._return_codes.error_in(method, body):
                raise error
            return MethodResult(
                _object(body.get("result")), _cursor(_object(body.get("pagination")))
            )

        return self.request(f"/{method}.json", query, read)

    def store(self) -> str | None:
        """Return the shop's address, or its id, or None: the check that both keys are right.

        https://docs.api2cart.com, method `cart.info`
        """
        result, _ = self.call("cart.info", {})
        names = (result.get(key) for key in ("url", "store_url", "cart_id", "id"))
        return next((str(each).strip().rstrip("/") for each in names if each), None)


def _object(value: Any) -> dict[str, Any]:
    """Read an object; PHP writes an empty one as []."""
    return value if isinstance(value, dict) else {}


def _cursor(pagination: dict[str, Any]) -> str | None:
    """Read the cursor of the next page; None at the end, which PHP may write in several ways."""
    following = pagination.get("next")
    if following is None or following is False or following in ("", [], {}):
        return None
    if isinstance(following, bool) or not isinstance(following, str | int):
        raise StoreError(
            "API2Cart wrote `pagination.next` as neither text nor a number, so that the next page "
            "cannot be asked for; stopped."
        )
    return str(following)
