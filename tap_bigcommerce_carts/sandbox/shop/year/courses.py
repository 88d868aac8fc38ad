"""The course of one visit: each step of it is something that a shopper does to the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.sandbox.shop.cart import IDLE
from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.money import money, share
from tap_bigcommerce_carts.sandbox.shop.order_documents import status_fields
from tap_bigcommerce_carts.sandbox.shop.people import person
from tap_bigcommerce_carts.sandbox.shop.shipping import ShippingOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.sandbox.shop.shop import Shop
    from tap_bigcommerce_carts.sandbox.shop.year.visits import Visit

    Step = tuple[datetime, Callable[[datetime], object]]

_DECLINED, _REFUNDED, _PAID = 6, 4, 11
_A_MOMENT = timedelta(seconds=90)
# Where a visit that does not get to payment ends, and how far it got.
_REACHED = {"filled": 0, "emptied": 0, "email": 1, "address": 2, "shipping": 3}
_TO_PAYMENT = 4


class Course:
    """What happens in one visit.

    Args:
        shop: where.
        visit: the plan.

    Attributes:
        left: when the cart is called abandoned at payment, once the steps were told.
    """

    def __init__(self, shop: Shop, visit: Visit) -> None:
        self._shop = shop
        self._visit = visit
        self._cart = ""
        self._order = 0
        self.left: datetime | None = None

    def steps(self) -> Iterator[Step]:
        """Yield what happens, and when, in order."""
        visit = self._visit
        at, reached = visit.at, _REACHED.get(visit.ends, _TO_PAYMENT)
        yield at, self._fill
        for step in (self._type_email, self._give_address, self._choose_shipping)[:reached]:
            at += visit.pace.pop()
            yield at, step
        if visit.coupon and reached:
            at += visit.pace.pop()
            yield at, self._apply_coupon
        at += visit.pace.pop()
        if reached == _TO_PAYMENT:
            yield at, self._reach_payment
            yield from self._end(at)
        elif visit.ends == "emptied":
            yield at, self._empty
        else:
            yield at + IDLE, self._abandon
        if visit.back:
            yield visit.back - _A_MOMENT, self._look_again
            yield visit.back, self._come_back

    def _end(self, at: datetime) -> Iterator[Step]:
        ends = self._visit.ends
        paid = at + self._visit.pace[0]
        if ends in ("declined", "retried"):
            yield paid, self._decline
        if ends in ("placed", "retried"):
            yield paid + (_A_MOMENT if ends == "retried" else timedelta()), self._pay
        else:
            left = (paid if ends == "declined" else at) + IDLE
            if not self._visit.back or left < self._visit.back - _A_MOMENT:
                self.left = left
                yield left, self._abandon
        if self._visit.refunded:
            yield paid + timedelta(days=6, hours=3), self._refund

    # The steps

    def _fill(self, at: datetime) -> None:
        visit, shopper = self._visit, self._visit.shopper
        if shopper.customer_id and shopper.customer_id not in self._shop.customer_records:
            self._register(at)
        self._cart = self._shop.carts.fill(
            visit.lines,
            customer_id=shopper.customer_id,
            channel_id=visit.channel_id,
            shopper=shopper.address,
            at=at,
        )

    def _register(self, at: datetime) -> None:
        shopper = self._visit.shopper
        chance = dice(self._shop.seed, "customer", shopper.customer_id)
        self._shop.add_customer(
            at,
            id=shopper.customer_id,
            customer_group_id=shopper.group,
            origin_channel_id=self._visit.channel_id,
            accepts_product_review_abandoned_cart_emails=likely(chance, 0.6),
        )

    def _type_email(self, at: datetime) -> None:
        if not self._visit.shopper.customer_id:
            self._shop.carts.type_email(self._cart, at=at)

    def _give_address(self, at: datetime) -> None:
        self._shop.carts.give_address(self._cart, at)
        if self._visit.no_quote:
            self._log(at, "shipping")

    def _choose_shipping(self, at: datetime) -> None:
        if any(line.is_sent for line in self._visit.lines):
            parcel = ShippingOption("y1", "shipping_flatrate", "Parcel", self._visit.shipping)
            self._shop.carts.choose_shipping(self._cart, at, option=parcel)

    def _apply_coupon(self, at: datetime) -> None:
        self._shop.carts.apply_coupon(self._cart, self._visit.coupon, at)

    def _empty(self, at: datetime) -> None:
        self._shop.carts.empty(self._cart, at)

    def _abandon(self, _at: datetime) -> None:
        self._shop.carts.abandon(self._cart)

    def _reach_payment(self, at: datetime) -> None:
        self._order = self._shop.carts.reach_payment(self._cart, at)
        self._note()

    def _pay(self, at: datetime) -> None:
        self._place(at, another=self._visit.ends == "retried")

    def _decline(self, at: datetime) -> None:
        self._shop.set(self._order, modified=at, **status_fields(_DECLINED))
        self._shop.set(self._order, payment_method="Credit Card")
        self._log(at, "payment")

    def _look_again(self, at: datetime) -> None:
        if self._visit.later_coupon:
            self._shop.carts.apply_coupon(self._cart, self._visit.later_coupon, at)

    def _come_back(self, at: datetime) -> None:
        self._place(at, another=self._visit.another)

    def _refund(self, at: datetime) -> None:
        method = self._visit.method
        self._shop.set(self._order, modified=at, **status_fields(_REFUNDED))
        self._shop.set(self._order, payment_method=method)

    def _place(self, at: datetime, *, another: bool) -> None:
        self._order = self._shop.carts.convert(self._cart, _PAID, at, another=another)
        self._note()
        self._shop.set(self._order, payment_method=self._visit.method)

    def _log(self, at: datetime, kind: str) -> None:
        who = person(self._visit.shopper.address)
        where = f"{who.place.zip} {who.place.city}, {who.place.iso2}"
        self._shop.log.add(at, kind, f"Asked for by {who.email}, {where}.")

    def _note(self) -> None:
        """Put into the order what the cart does not know, such as what packing costs."""
        visit = self._visit
        tax = share(visit.handling, visit.tax, visit.currency.step)
        self._shop.set(
            self._order,
            order_source=visit.source,
            is_email_opt_in=visit.consents,
            is_tax_inclusive_pricing=visit.tax_shown,
            base_handling_cost=money(visit.handling),
            handling_cost_ex_tax=money(visit.handling),
            handling_cost_inc_tax=money(visit.handling + tax),
            handling_cost_tax=money(tax),
        )
        # Of which the totals follow.
        self._shop.set_lines(self._order, self._shop.lines(self._order))
