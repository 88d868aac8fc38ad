"""The shop: its orders, its living carts, and what happens while time passes."""

from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

from tap_bigcommerce_carts.sandbox.shop import seed as seeding
from tap_bigcommerce_carts.sandbox.shop.dates import whole
from tap_bigcommerce_carts.sandbox.shop.dice import dice
from tap_bigcommerce_carts.sandbox.shop.emails import Emails
from tap_bigcommerce_carts.sandbox.shop.lives import Carts
from tap_bigcommerce_carts.sandbox.shop.names import CHANNELS, Names
from tap_bigcommerce_carts.sandbox.shop.order_book import Clock, OrderBook, utc_now
from tap_bigcommerce_carts.sandbox.shop.order_documents import status_fields
from tap_bigcommerce_carts.sandbox.shop.store_log import StoreLog

# How many of the latest carts a shopper's return is drawn from, per return.
_RECENT = 4
_IDLE = timedelta(minutes=61)
_CARTS_PER_ENTRY = 10


class Plan(Protocol):
    """What is planned to happen in a shop.

    Attributes:
        end: when the plan ends.
        browsing_from: from when on carts are filled, too, that never get to payment.
    """

    end: datetime
    browsing_from: datetime

    def until(self, moment: datetime) -> None:
        """Let happen what is planned up to a moment."""

    def hours(self, last: datetime) -> list[datetime]:
        """Return when to look, to see by a moment all that a look in every hour would."""


class Shop(OrderBook):
    """A store's orders, customers, carts and settings. Safe to use from any thread.

    Args:
        clock: the store's clock, aware; it stamps changes and, over HTTP, the `Date` header.

    Attributes:
        carts: the living carts; an order in status 0 of one of them follows it.
        emails: the settings of Abandoned Cart Saver.
        names: channels with their sites, and customer groups.
        log: what failed in the shop, entry by entry.
        year: what is planned to happen; None for nothing.
    """

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self.emails = Emails(CHANNELS)
        self.names = Names()
        self.log = StoreLog()
        self.carts = Carts(self)
        self.year: Plan | None = None
        self._bursts = 0

    @classmethod
    def seeded(
        cls,
        carts: int = 2000,
        seed: object = 7,
        clock: Clock = utc_now,
        *,
        placed: int | None = None,
        customers: int | None = None,
    ) -> Self:
        """Return an invented shop with exactly `carts` orders in status 0.

        All of them have been idle for two hours or more; they and the placed orders spread over
        the last 90 days. The same seed and clock give the same shop.

        Args:
            carts: number of Incomplete orders.
            seed: anything with a stable `str`.
            clock: see the class.
            placed: number of other orders; by default two per cart, and no more than 10,000.
            customers: number of registered customers; by default a third of `carts`.
        """
        shop = cls(clock=clock)
        shop.seed = seed
        plan = seeding.Plan(
            seed=seed,
            now=whole(clock()),
            carts=carts,
            placed=min(2 * carts, 10_000) if placed is None else placed,
            customers=carts // 3 if customers is None else customers,
            channels=tuple(CHANNELS),
        )
        shop.load(*seeding.invent(plan))
        shop.log_since(plan.now - timedelta(days=seeding.DAYS), carts)
        return shop

    def log_since(self, since: datetime, carts: int) -> None:
        """Let the log fill since a moment: an entry for every few carts that were left."""
        chance = dice(self.seed, "log", since, carts)
        self.log.invent(chance, since, self.now(), carts // _CARTS_PER_ENTRY)

    def catch_up(self) -> None:
        """Let happen what was planned until now; carts that are left by then count as abandoned."""
        if self.year:
            self.year.until(self.clock())
        self.carts.notice()

    def convert(self, order_id: int, status_id: int = 11, at: datetime | None = None) -> None:
        """Turn an abandoned checkout into a placed order: same id, new status, touched.

        A living cart that it belongs to is converted with it. `at` is when, by default now.

        Args:
            order_id: which one.
            status_id: what it becomes.
            at: when; by default now.
        """
        with self.lock:
            cart = self.carts.get(self.order_records[order_id].cart_id)
            if cart and cart.order_id == order_id:
                self.carts.convert(cart.id, status_id, at)
            else:
                self.set(order_id, modified=at or self.clock(), **status_fields(status_id))

    def live(self, *, recover: int = 0, new: int = 0, edit: int = 0) -> dict[str, int]:
        """Let time pass: some carts come back, some appear, some change. Return the counts.

        New and edited carts are idle already (61 to 120 minutes), yet modified after every cart
        that was idle before, so that the next incremental read must find them. Orders of living
        carts are left alone: see `carts`.

        Args:
            recover: how many carts are placed.
            new: how many carts appear.
            edit: how many carts change.
        """
        with self.lock:
            self._bursts += 1
            chance = dice(self.seed, "burst", self._bursts)
            # Shoppers come back to a cart of the last days, hardly to one of last month.
            recent = self._left_before(self.now() - _IDLE)[-_RECENT * (recover + edit) :]
            picked = chance.sample(recent, min(recover + edit, len(recent)))
            edited, recovered = picked[recover:], picked[:recover]
            moments = iter(self._idle_moments(new + len(edited)))
            for order_id in recovered:
                self.convert(order_id)
            for order_id in edited:
                self.edit_cart(order_id, next(moments))
            for _ in range(new):
                moment = next(moments)
                self.add(seeding.new_cart(self.seed, self.next_order_id(), moment, tuple(CHANNELS)))
            return {"recover": len(recovered), "new": new, "edit": len(edited)}

    def _left_before(self, moment: datetime) -> list[int]:
        """Return the orders in status 0 not changed since, oldest first, but of living carts."""
        return [
            key
            for _, key in self.by_modified.between(None, moment.timestamp(), 0)
            if not self.carts.get(self.order_records[key].cart_id)
        ]

    def _idle_moments(self, count: int) -> list[datetime]:
        """Return rising moments, after the last idle cart and 61 to 120 minutes ago."""
        stop = self.now() - _IDLE
        start = stop - timedelta(minutes=59)
        before = self.by_modified.between(None, stop.timestamp(), 0)
        if before:
            last = datetime.fromtimestamp(before[-1][0], UTC)
            start = min(max(start, last + timedelta(seconds=1)), stop)
        # Half of the room that is left, so that the next burst finds some too.
        room = (stop - start) / 2
        return [whole(start + room * n / count) for n in range(count)]
