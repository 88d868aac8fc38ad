"""Carts as they live in the shop, each by its id: BigCommerce has no list of them.

https://developer.bigcommerce.com/docs/rest-management/carts
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.bigcommerce.pagination import v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import CARTS, INFORMATION, ORDERS
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotFoundError,
    RefusedError,
    UnexpectedResponseError,
)
from tap_bigcommerce_carts.redaction import SecretPath
from tap_bigcommerce_carts.rows.values import integer_or_none, moment

if TYPE_CHECKING:
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_OPTIONS = "line_items.physical_items.options,line_items.digital_items.options"
# What a cart's id and a token are made of. Both come from outside and go into a path.
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order a cart became; when it was made in Unix seconds."""

    order_id: int
    made_at: int | None


class CartsById:
    """Reads carts of one store by their ids."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self._may_see_orders = self._may_follow_tokens = True

    def read(self, cart_id: str, *, brief: bool = False) -> dict[str, Any] | None:
        """Return a cart with its lines and their options, or None if it is not there any more.

        Args:
            cart_id: the cart.
            brief: whether to give up after a few tries.

        Raises:
            RefusedError: no cart can have this id, or BigCommerce does not take it.
            UnexpectedResponseError: the response is not this cart.
            StoreError: it cannot be read.
        """
        if not is_cart_id(cart_id):
            raise RefusedError("What should be the id of a cart is none.")
        path = f"/v3/carts/{quote(cart_id, safe='')}"
        try:
            options = {"include": _OPTIONS}
            found = self._session.get_object(path, options, scope=CARTS, brief=brief)
        except NotFoundError:
            return None
        if str(found.get("id", cart_id)).lower() != cart_id.lower():
            raise UnexpectedResponseError(f"{path} answered with another cart.")
        return found

    def cart_of_token(self, token: str, *, brief: bool = False) -> str | None:
        """Return the id of the cart that a recovery token leads to, or None if it leads to none.

        https://developer.bigcommerce.com/docs/storefront/headless/cart-checkout/abandoned-carts

        Args:
            token: as an event or a reminder's link has it.
            brief: whether to give up after a few tries.

        Raises:
            StoreError: it cannot be read.
        """
        if not (self._may_follow_tokens and is_cart_id(token)):
            return None
        path = SecretPath(f"/v3/abandoned-carts/{quote(token, safe='')}")
        try:
            found = self._session.get_object(path, scope=INFORMATION, brief=brief)
        except (NotFoundError, RefusedError, UnexpectedResponseError):
            return None
        except MissingScopeError:
            self._may_follow_tokens = False
            logger.warning(
                "Events that tell of a cart by a recovery token alone are passed over: the access "
                "token lacks the scope %s.",
                INFORMATION,
            )
            return None
        cart_id = found.get("cart_id")
        return cart_id if is_cart_id(cart_id) else None

    def order_of(self, cart_id: str, *, brief: bool = False) -> PlacedOrder | None:
        """Return the order a cart became, beyond status 0 (Incomplete), or None if there is none.

        Args:
            cart_id: the cart.
            brief: whether to give up after a few tries.

        Raises:
            StoreError: the orders cannot be read.
        """
        if not self._may_see_orders:
            return None
        path = "/v2/orders"
        try:
            query: dict[str, str | int] = {"cart_id": cart_id, "limit": 250}
            body = self._session.get(path, query, scope=ORDERS, brief=brief)
        except MissingScopeError:
            self._may_see_orders = False
            logger.warning(
                "Carts that are gone without a word are not looked for among the orders: the "
                "access token lacks the scope %s.",
                ORDERS,
            )
            return None
        listed = v2_page(body, path).documents
        if any(isinstance(each, dict) and each.get("cart_id") != cart_id for each in listed):
            self._may_see_orders = False
            logger.warning(
                "Carts that are gone without a word are not looked for among the orders: the store "
                "does not keep to the `cart_id` that is asked for."
            )
        placed = [each for each in listed if _is_placed(each, cart_id)]
        return _placed(placed[-1]) if placed else None


def is_cart_id(value: Any) -> bool:
    """Return whether something has the form of a cart's id, or of a token."""
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


def _is_placed(order: Any, cart_id: str) -> bool:
    # A store that does not know the filter lists all orders.
    return (
        isinstance(order, dict)
        and order.get("cart_id") == cart_id
        and integer_or_none(order.get("status_id")) not in {None, INCOMPLETE}
        and bool(integer_or_none(order.get("id")))
    )


def _placed(order: dict[str, Any]) -> PlacedOrder:
    made_at = None
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        made_at = int(moment(order["date_created"]).timestamp())
    return PlacedOrder(integer_or_none(order.get("id")) or 0, made_at)
