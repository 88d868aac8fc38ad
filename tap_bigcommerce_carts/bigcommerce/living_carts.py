"""Carts as they live in the shop, each by its id: BigCommerce has no list of them.

https://developer.bigcommerce.com/docs/rest-management/carts
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.listing import bare_list
from tap_bigcommerce_carts.bigcommerce.scopes import CARTS, CARTS_OR_INFORMATION, ORDERS
from tap_bigcommerce_carts.platform.errors import (
    MissingScopeError,
    NotFoundError,
    RefusedError,
)
from tap_bigcommerce_carts.platform.session import SecretPath
from tap_bigcommerce_carts.platform.values import integer, moment

if TYPE_CHECKING:
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

# The status of an order whose payment did not follow.
INCOMPLETE = 0
_OPTIONS = "line_items.physical_items.options,line_items.digital_items.options"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """The order a cart became; when it was made in Unix seconds."""

    order_id: int
    made_at: int | None


class LivingCarts:
    """Reads carts of one store by their ids."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self._may_see_orders = True

    def read(self, cart_id: str) -> dict[str, Any] | None:
        """Read a cart with its lines and their options; None if it is not there any more."""
        try:
            return self._session.get_object(
                f"/v3/carts/{cart_id}", {"include": _OPTIONS}, scope=CARTS
            )
        except NotFoundError:
            return None

    def of_token(self, token: str) -> str | None:
        """Tell which cart a recovery token leads to; None if it leads to none."""
        try:
            path = SecretPath(f"/v3/abandoned-carts/{token}")
            found = self._session.get_object(path, scope=CARTS_OR_INFORMATION).get("cart_id")
        except (NotFoundError, RefusedError):
            return None
        return found if isinstance(found, str) and found else None

    def order_of(self, cart_id: str) -> Placed | None:
        """Find the order a cart became, beyond status 0 (Incomplete); None if there is none."""
        if not self._may_see_orders:
            return None
        path = "/v2/orders"
        try:
            body = self._session.get(path, {"cart_id": cart_id, "limit": 250}, scope=ORDERS)
        except MissingScopeError:
            self._may_see_orders = False
            logger.warning(
                "Carts that are gone without a word are not looked for among the orders: the "
                "access token lacks the scope %s.",
                ORDERS,
            )
            return None
        placed = [each for each in bare_list(body, path) if _is_placed(each, cart_id)]
        return _placed(placed[-1]) if placed else None


def _is_placed(order: Any, cart_id: str) -> bool:
    # A store that does not know the filter lists all orders.
    return (
        isinstance(order, dict)
        and order.get("cart_id") == cart_id
        and order.get("status_id") != INCOMPLETE
        and isinstance(order.get("id"), int)
    )


def _placed(order: dict[str, Any]) -> Placed:
    made_at = None
    with suppress(TypeError, ValueError, OverflowError):
        made_at = int(moment(order["date_created"]).timestamp())
    return Placed(integer(order["id"]) or 0, made_at)
