"""Checkouts, each by its cart's id: how far a shopper came before payment.

A checkout holds what a cart does not: addresses, shipping options, taxes. Its own copy of the cart
lacks some of what a cart has (`cart_amount`, `manual_discount_amount`, `taxable`, `locale`,
`version`), so it is read beside the cart.
https://developer.bigcommerce.com/docs/rest-management/checkouts
"""

from __future__ import annotations

import logging
from contextlib import suppress
from enum import IntEnum
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_bigcommerce_carts.bigcommerce.scopes import CHECKOUTS
from tap_bigcommerce_carts.errors import MissingScopeError, NotFoundError
from tap_bigcommerce_carts.rows.values import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_OPTIONS = "consignments.available_shipping_options"
_TOTALS = (
    "shipping_cost_total_ex_tax",
    "shipping_cost_total_inc_tax",
    "handling_cost_total_ex_tax",
    "handling_cost_total_inc_tax",
    "tax_total",
    "grand_total",
)
logger = logging.getLogger(__name__)


class Step(IntEnum):
    """How far a shopper came; each step has those before it behind it."""

    FILLED = 0
    EMAIL = 1
    ADDRESS = 2
    SHIPPING = 3
    PAYMENT = 4


class CheckoutsById:
    """Reads checkouts of one store by the ids of their carts. Safe to call from any thread."""

    def __init__(self, session: StoreSession) -> None:
        self._session = session
        self._first = Lock()
        self._are_readable: bool | None = None

    def told(
        self, cart_id: str, cart: dict[str, Any], *, brief: bool = False
    ) -> dict[str, Any] | None:
        """Return what is kept of the checkout of a cart, or None if the token may read none.

        That of a cart without an e-mail address is not asked for: its shopper has not begun to
        check out. Only the first of all is, which tells whether the token may read any.

        Args:
            cart_id: of the cart.
            cart: the cart as it was read.
            brief: whether to give up after a few tries.

        Raises:
            StoreError: it cannot be read.
        """
        with self._first:
            checkout = self._read(cart_id, brief=brief) if self._are_readable is None else None
        if checkout is None and self._are_readable and has_email(cart):
            checkout = self._read(cart_id, brief=brief)
        return summary(cart, checkout or {}) if self._are_readable else None

    def _read(self, cart_id: str, *, brief: bool) -> dict[str, Any]:
        """Return a checkout; nothing if there is none, or if the token may read none."""
        path = f"/v3/checkouts/{quote(cart_id, safe='')}"
        found: dict[str, Any] = {}
        try:
            options = {"include": _OPTIONS}
            found = self._session.get_object(path, options, scope=CHECKOUTS, brief=brief)
        except MissingScopeError:
            self._are_readable = False
            logger.warning(
                "How far carts came before payment (`step`) is not known: the access token lacks "
                "the scope %s.",
                CHECKOUTS,
            )
            return found
        except NotFoundError:
            pass
        self._are_readable = True
        return found


def has_email(cart: dict[str, Any]) -> bool:
    """Return whether the shopper of a cart typed an e-mail address, or is signed in with one."""
    return _is_text(cart.get("email"))


def farthest(told: dict[str, Any] | None, before: Any) -> dict[str, Any] | None:
    """Return what a checkout told, with the farthest step that it ever told.

    Args:
        told: now; None if it could not be read.
        before: what was kept of an earlier reading, if anything.
    """
    if not isinstance(before, dict):
        return told
    if told is None:
        return before
    step = before.get("step")
    last = _STEPS.get(step, Step.FILLED) if isinstance(step, str) else Step.FILLED
    return told | {"step": max(last, _STEPS[told["step"]]).name.lower()}


def summary(cart: dict[str, Any], checkout: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a checkout: the step, costs and options, no name and no address.

    Args:
        cart: the cart as it was read.
        checkout: as it was read; empty where there is none.
    """
    consignments = _objects(checkout.get("consignments"))
    told = {"step": _step(cart, checkout, consignments).name.lower()}
    if not checkout or not has_email(cart):
        return told
    chosen = [option for each in consignments if (option := _chosen(each))]
    offered = [
        len(options)
        for each in consignments
        if isinstance(options := each.get("available_shipping_options"), list)
        and not _is_picked_up(each)
    ]
    countries = [country for each in consignments if (country := _country(each))]
    names = [str(each["description"]) for each in chosen if _is_text(each.get("description"))]
    found = {
        "shipping_option": ", ".join(dict.fromkeys(names)) or None,
        "shipping_option_cost": _sum(each.get("cost") for each in chosen) if chosen else None,
        # One consignment without an option is enough to go no further.
        "shipping_options": min(offered, default=None),
        "shipping_country_code": next(iter(countries), None),
        "coupon_discount": _coupon_discount(checkout),
    }
    return told | found | {name: checkout.get(name) for name in _TOTALS}


def _step(
    cart: dict[str, Any], checkout: dict[str, Any], consignments: list[dict[str, Any]]
) -> Step:
    """Return the last of the steps that were all taken."""
    if not has_email(cart):
        return Step.FILLED
    if checkout.get("order_id"):
        return Step.PAYMENT
    addresses = [checkout.get("billing_address"), *(each.get("address") for each in consignments)]
    if not any(_is_address(each) for each in addresses) and not any(
        _is_picked_up(each) for each in consignments
    ):
        return Step.EMAIL
    if not _needs_shipping(cart):
        return Step.SHIPPING
    is_chosen = consignments and all(_chosen(each) or _is_picked_up(each) for each in consignments)
    return Step.SHIPPING if is_chosen else Step.ADDRESS


def _is_address(address: Any) -> bool:
    """Return whether an address was given: a street.

    BigCommerce makes one of the e-mail address alone, and one of the country and the postal code
    that shipping was estimated for.
    """
    return isinstance(address, dict) and _is_text(address.get("address1"))


def _needs_shipping(cart: dict[str, Any]) -> bool:
    """Return whether anything in a cart is sent; what is not said to be none is."""
    lines = cart.get("line_items")
    if not isinstance(lines, dict):
        return True
    things = _objects(lines.get("physical_items"))
    return bool(lines.get("custom_items")) or any(
        each.get("is_require_shipping") is not False for each in things
    )


def _chosen(consignment: dict[str, Any]) -> dict[str, Any] | None:
    option = consignment.get("selected_shipping_option")
    return option if isinstance(option, dict) and option else None


def _is_picked_up(consignment: dict[str, Any]) -> bool:
    return bool(consignment.get("selected_pickup_option"))


def _country(consignment: dict[str, Any]) -> str | None:
    address = consignment.get("address")
    country = address.get("country_code") if isinstance(address, dict) else None
    return country if _is_text(country) else None


def _coupon_discount(checkout: dict[str, Any]) -> Decimal | None:
    """Return what coupons took off; None if it cannot be told, or there is no coupon."""
    coupons = _objects(checkout.get("coupons"))
    return _sum(each.get("discounted_amount") for each in coupons) if coupons else None


def _sum(amounts: Iterable[Any]) -> Decimal | None:
    """Return a sum; None if one of the amounts is none."""
    total = decimal(0)
    with suppress(ValueError):
        for each in amounts:
            amount = decimal(each)
            if total is None or amount is None:
                return None
            total += amount
        return total
    return None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


_STEPS = {step.name.lower(): step for step in Step}
