"""Reads the carts of an inbox: which ones something happened to, and how they are now.

Two kinds of carts are emitted again: those with new events, and those that have been abandoned or
have expired since, without another event. Each is read at the shop once at most.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tap_bigcommerce_carts.bigcommerce.carts_by_id import is_cart_id
from tap_bigcommerce_carts.bigcommerce.checkouts import farthest
from tap_bigcommerce_carts.errors import OutOfReachError, SkippedError, StoreError
from tap_bigcommerce_carts.http.circuit_breaker import CircuitBreaker
from tap_bigcommerce_carts.http.prefetch import read_ahead
from tap_bigcommerce_carts.inbox.lifecycle import (
    CHECKOUT,
    KEPT,
    CartEvent,
    Lifecycle,
    Reading,
    Status,
    lifecycle_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_bigcommerce_carts.bigcommerce.carts_by_id import CartsById
    from tap_bigcommerce_carts.bigcommerce.checkouts import CheckoutsById
    from tap_bigcommerce_carts.http.circuit_breaker import Get
    from tap_bigcommerce_carts.inbox.cart_log import CartLog

_CARTS_PER_PAGE = 250
logger = logging.getLogger(__name__)


class Keeper(Protocol):
    """What may be kept of a cart."""

    @property
    def mark(self) -> str:
        """How personal data is treated: `Reading.treated`."""

    def kept(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what may be kept of a cart."""

    def renewed(self, reading: Reading) -> Reading:
        """Return a reading that was treated otherwise, treated as those of now."""


@dataclass(frozen=True, slots=True)
class CartReader:
    """Reads the carts of an inbox.

    Args:
        log: the inbox.
        shop: where the carts are.
        checkouts: where their checkouts are.
        now: the moment for which lifecycles are worked out, in Unix seconds.
        upto: the last sequence that counts.
        idle: seconds after which a cart counts as abandoned.
        parallel: carts read at once.
        keeper: knows what may be kept of a cart.
        breaker: asks for carts, of which one may never answer.
    """

    log: CartLog
    shop: CartsById
    checkouts: CheckoutsById
    now: int
    upto: int
    idle: int
    parallel: int
    keeper: Keeper
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    _of_checkouts: CircuitBreaker = field(default_factory=CircuitBreaker)
    _odd: set[str] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)

    def find_carts(self, after: int) -> Iterator[tuple[int, str]]:
        """Find the carts of events that hold a token alone, as from the link in a reminder.

        Yields the sequence of each event whose cart cannot be found, and why.
        """
        breaker = CircuitBreaker()
        for sequence, token in self.log.without_cart(after, self.upto):
            try:
                cart_id = breaker.call(partial(self.shop.cart_of_token, token))
            except SkippedError as error:
                yield sequence, f"the cart of event {sequence} cannot be told: {error}"
            else:
                if cart_id:
                    self.log.set_cart(sequence, cart_id)

    def with_new_events(self, after: int) -> Iterator[list[Lifecycle]]:
        """Yield pages of the carts with events after a sequence, in the order of their last."""
        return read_ahead(self._lives(self._pages_with_new_events(after)))

    def failed_before(self, carts: Collection[str], after: int) -> Iterator[list[Lifecycle]]:
        """Yield a page of carts that could not be read in earlier runs.

        Args:
            carts: their ids.
            after: carts with later events are left out: they are among `with_new_events`.
        """
        tried = replace(self, breaker=CircuitBreaker(failed_before=True))
        known = [each for each in self._known(sorted(carts)) if each.events[-1].sequence <= after]
        return tried._lives(iter([known] if known else []))  # noqa: SLF001 - another of this class

    def timed_out(
        self, after: int, since: int, emitted: Collection[str] = ()
    ) -> Iterator[list[Lifecycle]]:
        """Yield pages of the carts that came to be abandoned, or expired, since a moment.

        Args:
            after: carts with later events are left out: they are among `with_new_events`.
            since: the moment for which all carts were read before, in Unix seconds.
            emitted: ids of carts that were emitted in this run already.
        """
        return read_ahead(self._lives(self._pages_timed_out(after, since, emitted)))

    def _pages_with_new_events(self, after: int) -> Iterator[list[_Known]]:
        while page := self.log.with_new_events(after, self.upto, _CARTS_PER_PAGE):
            yield self._known([cart for cart, _ in page])
            after = page[-1][1]

    def _pages_timed_out(
        self, after: int, since: int, emitted: Collection[str]
    ) -> Iterator[list[_Known]]:
        spans = [(since - long, self.now - long) for long in (self.idle, KEPT)]
        last = ""
        while page := self.log.idle_since(spans, last, _CARTS_PER_PAGE):
            yield [
                known
                for known in self._known(page)
                if known.cart_id not in emitted
                and all(each.sequence <= after for each in known.events)
                and self._times_out(known, since)
            ]
            last = page[-1]

    def _known(self, carts: list[str]) -> list[_Known]:
        odd = [cart for cart in carts if not is_cart_id(cart)]
        if odd and not self._odd:
            logger.warning("The inbox holds events of carts whose id is none: passed over.")
        self._odd.update(odd)
        carts = [cart for cart in carts if cart not in self._odd]
        events, readings = self.log.events_of(carts, self.upto), self.log.readings.of(carts)
        return [_Known(cart, events[cart], readings.get(cart)) for cart in carts if cart in events]

    def _times_out(self, known: _Known, since: int) -> bool:
        """Return whether a cart came to be abandoned, or may have expired, since a moment."""
        before, today = self._life(known, since), self._life(known, self.now)
        if today.is_over:
            return False
        return before.status is not today.status or since < today.active_at + KEPT <= self.now

    def _lives(self, pages: Iterator[list[_Known]]) -> Iterator[list[Lifecycle]]:
        """Read the carts of each page at the shop, and save what was read."""
        pool = ThreadPoolExecutor(self.parallel, thread_name_prefix="cart")
        try:
            for page in pages:
                lives = list(pool.map(self._read_life, page))
                self.log.readings.save(
                    {
                        life.cart_id: (life.active_at, life.reading)
                        for life, known in zip(lives, page, strict=True)
                        if life.reading and life.reading is not known.reading
                    }
                )
                yield lives
        finally:
            # On an error nobody waits for the other carts of the page.
            pool.shutdown(wait=False, cancel_futures=True)

    def _read_life(self, known: _Known) -> Lifecycle:
        """Read a cart at the shop, unless it is known to be over."""
        life = self._life(known, self.now)
        asked = known.reading is not None and known.reading.gone_at is not None
        ask: Get[Reading]
        # One that was emptied may have been filled again.
        if not life.is_over or life.is_emptied:
            ask = partial(self._read, known)
        elif life.status is Status.DELETED and not asked:
            # Whether it was paid is asked once: that event may be lost.
            ask = partial(self._gone, known, life.deleted_at or self.now)
        else:
            return life
        try:
            reading = self.breaker.call(ask)
        except SkippedError as error:
            if self.now - life.last_event_at >= KEPT:
                # The shop lets go of a cart then: nothing more can be read.
                logger.warning(
                    "Cart %s is told by what was known of it before: %s", known.cart_id, error
                )
                return life
            return replace(life, problem=f"cart {known.cart_id} cannot be read: {error}")
        return self._life(replace(known, reading=reading), self.now)

    def _read(self, known: _Known, *, brief: bool) -> Reading:
        """Read a cart anew."""
        document = self.shop.read(known.cart_id, brief=brief)
        if document is None:
            return self._gone(known, self.now, brief=brief)
        before = ((known.reading and known.reading.document) or {}).get(CHECKOUT)
        checkout = farthest(self._checkout(known.cart_id, document), before)
        kept = self.keeper.kept({**document, CHECKOUT: checkout})
        return Reading(self.now, kept, treated=self.keeper.mark)

    def _checkout(self, cart_id: str, document: dict[str, Any]) -> dict[str, Any] | None:
        """Read what is kept of a cart's checkout; None if that cannot be read, unlike the cart."""
        try:
            return self._of_checkouts.call(partial(self.checkouts.told, cart_id, document))
        except OutOfReachError:
            raise
        except StoreError as error:
            if str(error) not in self._said:
                self._said.add(str(error))
                logger.warning("How far a cart came stays as it was known: %s", error)
            return None

    def _gone(self, known: _Known, gone_at: int, *, brief: bool) -> Reading:
        """Return a reading of a cart that is gone, with the order it became, if any."""
        last = known.reading or Reading(self.now)
        placed = self.shop.order_of(known.cart_id, brief=brief)
        return msgspec.structs.replace(
            last,
            read_at=self.now,
            gone_at=gone_at,
            order_id=placed and placed.order_id,
            ordered_at=placed and placed.made_at,
        )

    def _life(self, known: _Known, now: int) -> Lifecycle:
        return lifecycle_of(known.cart_id, known.events, known.reading, now=now, idle=self.idle)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the inbox knows of a cart."""

    cart_id: str
    events: list[CartEvent]
    reading: Reading | None
