"""Small random shops that are loaded, and go on changing while their warehouse is checked."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, catalog_for, run
from tests.support.world import Change, Kind, World
from tools.quick_load import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

# Seconds between one order and the next: many share one.
_GAPS = (0, 0, 0, 1, 2, 60, 600, 3_600, 40_000)
# What moves an order out of its place, or out of the shop, is what misleads.
_ALL = (*Kind, Kind.TOUCH, Kind.EDIT, Kind.CONVERT, Kind.ARCHIVE, Kind.REMOVE)
# Before the last load nothing is dated so far back that the tap need not find it.
_LOADED = [kind for kind in _ALL if kind is not Kind.JOIN and not kind.name.startswith("LATE")]
_encode = msgspec.json.Encoder(decimal_format="number").encode


@cache
def _catalog() -> dict[str, Any]:
    return catalog_for(DEFAULT_STREAMS)


class RandomShop:
    """A shop and its settings, drawn from a seed. To be used in a `with` block.

    Args:
        seed: the same seed gives the same shop and the same changes.

    Attributes:
        seed: likewise.
        messages: what the tap wrote of it so far.
        lost: orders that were dated so far back, once they could have been read, that no load
            finds them; maybe for a while only.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.messages: list[dict[str, Any]] = []
        self.lost: set[int] = set()
        self.dice = Random(seed)  # noqa: S311 - not for secrets
        idle = self.dice.choice((0, 1, 60))
        lookback = self.dice.choice((0, 1, 60, 300))
        clock = Clock()
        shop = Shop(clock=clock)
        self.world = World(shop, clock, timedelta(minutes=idle), timedelta(seconds=lookback))
        self.sandbox = Sandbox(shop, store_hash=f"shop{seed}")
        self._idle, self._lookback = idle, lookback
        self._fill(shop)

    def _fill(self, shop: Shop) -> None:
        gaps = [self.dice.choice(_GAPS) for _ in range(self.dice.randint(0, 40))]
        modified = NOON - timedelta(seconds=sum(gaps), hours=self.dice.choice((0, 1, 30)))
        for gap in gaps:
            modified += timedelta(seconds=gap)
            status = self.dice.choice((0, 0, 0, 11, 10))
            shop.add_order(status, modified, lines=self.dice.randint(0, 3))
        for _ in range(self.dice.randint(0, 10)):
            shop.add_customer(NOON - timedelta(seconds=self.dice.choice((0, 1, 1, 600, 90_000))))

    def __enter__(self) -> Self:
        self.sandbox.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.sandbox.__exit__(None, None, None)

    @property
    def settings(self) -> dict[str, Any]:
        """Return the tap's settings, with small pages: each request is a chance to change."""
        return {
            **self.sandbox.config(),
            "retry_for": 20,
            "abandoned_after_minutes": self._idle,
            "lookback_seconds": self._lookback,
            "page_size": self.dice.randint(1, 9),
            # Else the order of requests, and so what happens when, were not the seed's alone.
            "max_parallel_requests": 1,
        }

    def live(self) -> None:
        """Let some things happen, and time pass."""
        for _ in range(self.dice.randint(0, 12)):
            self.world.apply(self._change(_LOADED))
            self.world.clock.advance(seconds=self.dice.choice((0, 0, 1, 60, 4_000)))

    def read(self) -> None:
        """Run the tap from where it was, while the shop changes."""
        self.world.begin_run()
        with self.changing(_LOADED):
            output = run(self.settings, state=self.world.state or None, catalog=_catalog())
        self.world.running = False
        self.world.state = output.state or self.world.state
        self.messages += output.messages

    @contextmanager
    def changing(self, kinds: Sequence[Kind] = _ALL) -> Iterator[None]:
        """Let things happen before some of the requests that come meanwhile."""
        latest = self.dice.choice((4, 12, 40))
        plan = defaultdict(list)
        for _ in range(self.dice.randint(0, 15)):
            plan[self.dice.randint(1, latest)].append(self._change(kinds))

        def happen(number: int, _request: Request) -> None:
            for change in plan[number]:
                self.world.apply(change)
                self.lost |= self.world.too_late

        self.sandbox.clear()
        self.sandbox.before(happen)
        yield
        self.sandbox.before(None)

    def _change(self, kinds: Sequence[Kind]) -> Change:
        seconds = self.dice.choice((self.dice.randint(0, 5), self.dice.randint(0, 900)))
        return Change(self.dice.choice(kinds), self.dice.randint(0, 60), seconds)


@contextmanager
def loaded(seeds: Iterable[int], warehouse: Path) -> Iterator[list[RandomShop]]:
    """Load shops, each once or twice, into one warehouse, as a loader would leave it."""
    with ExitStack() as opened:
        shops = [opened.enter_context(RandomShop(seed)) for seed in seeds]
        for shop in shops:
            for _ in range(shop.dice.choice((1, 1, 2))):
                shop.live()
                shop.read()
        _load(shops, warehouse)
        yield shops


def _load(shops: Sequence[RandomShop], warehouse: Path) -> None:
    schemas: dict[str, dict[str, Any]] = {}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for message in (each for shop in shops for each in shop.messages):
        if message["type"] == "SCHEMA":
            schemas[message["stream"]] = message
        elif message["type"] == "RECORD":
            stream = message["stream"]
            key = (message["record"][name] for name in schemas[stream]["key_properties"])
            rows[stream, *key] = message
    load(as_written([*schemas.values(), *rows.values()]), warehouse)


def as_written(messages: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Return messages in the form in which the tap wrote them."""
    return map(_encode, messages)
