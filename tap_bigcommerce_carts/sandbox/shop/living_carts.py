"""Living carts, and what happens to them: each change is emitted to whoever listens.

What is emitted is what BigCommerce sends webhooks about. Moments are the shop's; a change may be
said to have happened at another one, so that a day can be invented in an instant.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

from tap_bigcommerce_carts.sandbox.shop.cart import (
    IDLE,
    Cart,
    Coupon,
    Line,
    Truth,
    drawn_lines,
    truth,
)
from tap_bigcommerce_carts.sandbox.shop.cart_orders import (
    order_coupons,
    order_lines,
    order_shipping,
)
from tap_bigcommerce_carts.sandbox.shop.dates import whole
from tap_bigcommerce_carts.sandbox.shop.dice import dice, digest
from tap_bigcommerce_carts.sandbox.shop.order_documents import status_fields
from tap_bigcommerce_carts.sandbox.shop.people import email, person
from tap_bigcommerce_carts.sandbox.shop.shipping import FREE, shipping_options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from tap_bigcommerce_carts.sandbox.shop.order_book import OrderBook
    from tap_bigcommerce_carts.sandbox.shop.records import Document
    from tap_bigcommerce_carts.sandbox.shop.shipping import ShippingOption

    # What happened, to what, and when in Unix seconds: as a webhook says it.
    Listener = Callable[[str, Document, int], object]

COUPONS = {
    "SPRING10": Coupon(1, "SPRING10", 10),
    "COMEBACK5": Coupon(2, "COMEBACK5", 5),
}


class LivingCarts:
    """The living carts of a shop. Every method is safe to call from any thread.

    A change to a cart that is gone, or to a line that is not there, is a LookupError. `at` is
    the moment of a change, by default now.

    Attributes:
        listeners: called with scope, data and Unix seconds of every event, in order.
        ends_empty: whether a cart ends when its last line is taken out; else it stays there,
            with nothing in it.
        steps_are_changes: whether an address and a choice of shipping change when the cart was
            last changed; that is not documented. No event tells of them in either case.
        not_sent_to: countries (ISO 3166-1 alpha-2) that no shipping option is offered for.
    """

    def __init__(self, book: OrderBook) -> None:
        self.listeners: list[Listener] = []
        self.ends_empty = True
        self.steps_are_changes = False
        self.not_sent_to: Collection[str] = ()
        self._book = book
        self._carts: dict[str, Cart] = {}
        self._by_token: dict[str, str] = {}
        self._numbers = count(1)

    # Reading

    def get(self, cart_id: object) -> Cart | None:
        """Return a cart that can be read: not converted, not emptied, not too old."""
        cart = self._carts.get(str(cart_id))
        return cart if cart and cart.lives(self._book.clock()) else None

    def by_token(self, token: str) -> Cart | None:
        """Return the cart of a recovery link; None when it is gone, too."""
        return self.get(self._by_token.get(token))

    def offered(self, cart: Cart) -> tuple[ShippingOption, ...]:
        """Return the shipping options that a cart's address has."""
        nowhere = cart.who.place.iso2 in self.not_sent_to
        return () if nowhere else shipping_options(cart.currency)

    def lines(self, cart_id: str) -> list[Line]:
        """Return what is in a cart, also in one that is gone."""
        return list(self._carts[cart_id].lines)

    def truth(self, cart_id: str) -> Truth:
        """Return what is true of a cart now, also of one that is gone."""
        return truth(self._carts[cart_id], self._book.clock())

    def truths(self) -> list[Truth]:
        """Return what is true of every cart there ever was, in the order they were filled."""
        with self._book.lock:
            return [self.truth(cart_id) for cart_id in self._carts]

    # What shoppers do

    def fill(
        self,
        lines: list[Line] | int = 1,
        *,
        customer_id: int = 0,
        channel_id: int = 1,
        shopper: str = "",
        at: datetime | None = None,
    ) -> str:
        """Fill a new cart and return its id.

        Args:
            lines: what goes in (made by `cart`), or how many invented things.
            customer_id: who is signed in; 0 for a guest, whose e-mail is not known yet.
            channel_id: the storefront.
            shopper: a guest's e-mail address; by default one that goes with the cart.
            at: see the class.
        """
        with self._book.lock:
            number, moment = next(self._numbers), self._moment(at)
            cart_id = _uuid("living cart", self._book.seed, number)
            owner = ("customer", customer_id) if customer_id else ("shopper", number)
            who = person(email(*owner) if customer_id or not shopper else shopper)
            cart = self._carts[cart_id] = Cart(
                id=cart_id,
                token=digest("token", cart_id).hex(),
                who=who,
                customer_id=customer_id,
                channel_id=channel_id,
                email=who.email if customer_id else "",
                created=moment,
                updated=moment,
            )
            self._emit_cart("created", cart, moment)
            self._put_in(cart, lines)
            self._emit_cart("updated", cart, moment)
            return cart_id

    def add(
        self, cart_id: str, lines: list[Line] | int = 1, at: datetime | None = None
    ) -> list[str]:
        """Put in some lines, or so many invented things; return the lines' ids."""
        with self._book.lock:
            cart = self._living(cart_id, at)
            self._touch(cart, at)
            added = self._put_in(cart, lines)
            self._emit_cart("updated", cart, cart.updated)
            return [line.id for line in added]

    def change(self, cart_id: str, line_id: str, quantity: int, at: datetime | None = None) -> None:
        """Change how many there are of a line, and of the parts if it is a bundle."""
        with self._book.lock:
            cart = self._living(cart_id, at)
            family = cart.family(line_id)
            self._touch(cart, at)
            for line in family:
                line.quantity = quantity
                self._emit_line("updated", cart, line)
            self._emit_cart("updated", cart, cart.updated)

    def remove(self, cart_id: str, line_id: str, at: datetime | None = None) -> None:
        """Take out a line, with its parts if it is a bundle; the last one may end the cart."""
        with self._book.lock:
            cart = self._living(cart_id, at)
            family = cart.family(line_id)
            self._touch(cart, at)
            for line in family:
                cart.lines.remove(line)
                self._emit_line("deleted", cart, line)
            if not cart.lines and self.ends_empty:
                cart.end, cart.ended = "deleted", cart.updated
                self._emit_cart("deleted", cart, cart.updated)
            self._emit_cart("updated", cart, cart.updated)

    def empty(self, cart_id: str, at: datetime | None = None) -> None:
        """Take out everything, which may end the cart."""
        with self._book.lock:
            cart = self._living(cart_id, at)
            while cart.lines:
                self.remove(cart_id, cart.lines[0].id, at)

    def type_email(
        self, cart_id: str, address: str | None = None, at: datetime | None = None
    ) -> None:
        """Type an e-mail address at the checkout; by default the shopper's own."""
        with self._book.lock:
            cart = self._living(cart_id, at)
            self._touch(cart, at)
            cart.email = address or cart.who.email
            self._emit_cart("updated", cart, cart.updated)

    def give_address(self, cart_id: str, at: datetime | None = None) -> None:
        """Give an address at the checkout, to send to and for the bill. No event tells of it.

        A guest types an e-mail address before.
        """
        with self._book.lock:
            cart = self._living(cart_id, at)
            if not cart.email:
                self.type_email(cart_id, at=at)
            self._step(cart, at)
            cart.address = True

    def choose_shipping(
        self,
        cart_id: str,
        at: datetime | None = None,
        *,
        which: int = 0,
        option: ShippingOption | None = None,
    ) -> None:
        """Choose a shipping option at the checkout. No event tells of it.

        Args:
            cart_id: a cart with something to send and an address that it is sent to.
            at: see the class.
            which: of the options, the cheapest first; IndexError if there is none such.
            option: another one, that is offered to this cart alone.

        Raises:
            ValueError: there is nothing to send, or no address.
        """
        with self._book.lock:
            cart = self._living(cart_id, at)
            if not (cart.is_sent and cart.address):
                raise ValueError(f"the cart {cart_id} has nothing to send, or no address")
            chosen = option or self.offered(cart)[which]
            self._step(cart, at)
            cart.shipping = chosen

    def apply_coupon(
        self, cart_id: str, code: str = "SPRING10", at: datetime | None = None
    ) -> None:
        """Apply a code of `COUPONS`; KeyError for another one."""
        with self._book.lock:
            coupon, cart = COUPONS[code], self._living(cart_id, at)
            self._touch(cart, at)
            cart.coupon = coupon
            self._emit_cart("couponApplied", cart, cart.updated, couponId=coupon.id)
            self._emit_cart("updated", cart, cart.updated)

    def reach_payment(self, cart_id: str, at: datetime | None = None) -> int:
        """Reach the payment step: this makes an order in status 0, whose id is returned.

        A guest types an e-mail address before. Whoever chose no shipping option pays none.
        """
        with self._book.lock:
            cart = self._living(cart_id, at)
            if not cart.email:
                self.type_email(cart_id, at=at)
            cart.address = True
            if cart.is_sent and not cart.shipping:
                cart.shipping = FREE
            cart.payment = self._moment(at)
            return self._order(cart, 0, cart.payment)

    def convert(
        self,
        cart_id: str,
        status_id: int = 11,
        at: datetime | None = None,
        *,
        another: bool = False,
    ) -> int:
        """Pay for it: the cart is gone, and its order has a new status. Return the order's id.

        Args:
            cart_id: a living cart, whether or not it has reached payment.
            status_id: what the order becomes.
            at: see the class.
            another: make one more order of the cart instead of placing the one in status 0.
        """
        with self._book.lock:
            cart = self._living(cart_id, at)
            if cart.payment is None:
                self.reach_payment(cart_id, at)
            if another:
                cart.order_id = None
            moment = self._moment(at)
            order_id = self._order(cart, status_id, moment)
            cart.end, cart.ended = "converted", moment
            self._emit_cart("converted", cart, moment, orderId=order_id)
            return order_id

    # What time does

    def abandon(self, cart_id: str) -> str:
        """Call a cart abandoned, an hour after the shopper's last sign; return its token.

        Raises:
            ValueError: the hour has not passed.
        """
        with self._book.lock:
            moment = self._carts[cart_id].last_sign + IDLE
            cart = self._living(cart_id, moment)
            if moment > self._book.clock():
                raise ValueError(f"the cart {cart_id} was not left an hour ago")
            cart.abandoned = moment
            self._by_token[cart.token] = cart_id
            self._emit_cart("abandoned", cart, moment, token=cart.token)
            return cart.token

    def notice(self) -> list[str]:
        """Call every cart abandoned that was left an hour ago, at payment or before.

        No document says that carts at the payment step are none of these.

        Returns:
            Their ids.
        """
        with self._book.lock:
            now = self._book.clock()
            open_ones = [x for x in self._carts.values() if x.status(now) == "active"]
            left = [cart.id for cart in open_ones if cart.last_sign + IDLE <= now]
            for cart_id in left:
                self.abandon(cart_id)
            return left

    @contextmanager
    def emitting_to(self, listener: Listener) -> Iterator[None]:
        """Emit to this listener alone what happens in the `with` block."""
        with self._book.lock:
            listeners, self.listeners = self.listeners, [listener]
            try:
                yield
            finally:
                self.listeners = listeners

    # Inside

    def _moment(self, at: datetime | None) -> datetime:
        return whole(at or self._book.clock())

    def _living(self, cart_id: str, at: datetime | None) -> Cart:
        cart = self._carts.get(cart_id)
        if cart is None or not cart.lives(self._moment(at)):
            raise LookupError(f"there is no cart {cart_id}, or no longer")
        return cart

    def _touch(self, cart: Cart, at: datetime | None) -> None:
        cart.updated = self._moment(at)
        cart.version += 1

    def _step(self, cart: Cart, at: datetime | None) -> None:
        """Go on in the checkout."""
        if self.steps_are_changes:
            self._touch(cart, at)

    def _put_in(self, cart: Cart, lines: list[Line] | int) -> list[Line]:
        if isinstance(lines, int):
            chance = dice("lines", cart.id, cart.version)
            lines = [x for _ in range(lines) for x in drawn_lines(chance, cart.currency)]
        for n, line in enumerate(lines):
            line.id = _uuid("line", cart.id, cart.version, n)
            cart.lines.append(line)
            self._emit_line("created", cart, line)
        return lines

    def _order(self, cart: Cart, status_id: int, moment: datetime) -> int:
        """Make the cart's order, or bring the one it has up to date; return its id."""
        book = self._book
        if cart.order_id is None:
            cart.order_id = book.next_order_id()
            book.add_order(
                status_id,
                moment,
                moment,
                order_lines(cart, cart.order_id),
                id=cart.order_id,
                cart_id=cart.id,
                customer_id=cart.customer_id,
                channel_id=cart.channel_id,
                currency_code=cart.currency.code,
                shopper=cart.email,
                customer_locale=cart.who.place.locale,
            )
            if cart.shipping and cart.shipping.cost:
                book.set(cart.order_id, **order_shipping(cart))
                book.set_lines(cart.order_id, order_lines(cart, cart.order_id))
        else:
            book.set(cart.order_id, **order_shipping(cart))
            book.set_lines(cart.order_id, order_lines(cart, cart.order_id))
            book.set(cart.order_id, modified=moment, **status_fields(status_id))
        content = book.order_records[cart.order_id].content
        content.coupons = list(order_coupons(cart, cart.order_id))
        return cart.order_id

    def _emit_cart(self, what: str, cart: Cart, moment: datetime, **more: object) -> None:
        self._emit(f"store/cart/{what}", {"type": "cart", "id": cart.id, **more}, moment)

    def _emit_line(self, what: str, cart: Cart, line: Line) -> None:
        data = {"type": "cart_line_item", "id": line.id, "cartId": cart.id}
        self._emit(f"store/cart/lineItem/{what}", data, cart.updated)

    def _emit(self, scope: str, data: Document, moment: datetime) -> None:
        for listener in self.listeners:
            listener(scope, data, int(moment.timestamp()))


def _uuid(*seed: object) -> str:
    return str(UUID(bytes=digest(*seed), version=4))
