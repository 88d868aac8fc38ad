"""Any shop, changed at any moment of any run, killed at any message: no row is lost."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, catalog_for, run
from tests.support.world import (
    CARTS,
    LINES,
    Change,
    Inspector,
    Kind,
    Truth,
    Warehouse,
    World,
    assert_complete,
    assert_equal,
)

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request

pytestmark = pytest.mark.slow

LONG = os.environ.get("LONG") == "1"

# No run of such small shops needs so many requests.
ENDLESS = 5_000

# Orders that leave their second are what a walk stumbles over.
KINDS = st.one_of(
    st.sampled_from(Kind),
    st.sampled_from([Kind.TOUCH, Kind.EDIT, Kind.CONVERT, Kind.REMOVE]),
)
CHANGES = st.builds(
    Change,
    KINDS,
    st.integers(0, 60),
    st.one_of(st.integers(0, 5), st.integers(0, 900)),
)
# What happens before the n-th request of a run; the first one asks for the time.
PLANS = st.lists(st.tuples(st.one_of(st.integers(2, 12), st.integers(2, 40)), CHANGES), max_size=15)
SELECTIONS = st.one_of(
    st.just(DEFAULT_STREAMS),
    st.sampled_from(
        [
            (CARTS, LINES),
            (CARTS,),
            (LINES,),
            (CARTS, "orders"),
            (LINES, "customers"),
            ("orders", "customers"),
        ]
    ),
)
# Seconds between one order and the next: many share one.
GAPS = st.one_of(
    st.lists(st.sampled_from([0, 0, 0, 0, 1, 2, 60, 600, 3600]), max_size=40),
    st.lists(st.sampled_from([0] * 9 + [600]), min_size=6, max_size=25),
)
SPEEDS = st.fixed_dictionaries(
    {
        "page_size": st.one_of(st.integers(1, 3), st.integers(1, 9)),
        "max_parallel_requests": st.one_of(st.just(1), st.integers(1, 4)),
    }
)


@cache
def catalog(streams: tuple[str, ...]) -> dict[str, Any]:
    return catalog_for(streams)


class AnyShop(RuleBasedStateMachine):
    """Random steps in the life of a shop and of those who read it."""

    @initialize(
        gaps=GAPS,
        pick=st.integers(0, 6),
        ends_ago=st.sampled_from([0, 600, 3600, 30_000]),
        customers=st.lists(st.sampled_from([0, 0, 0, 1, 60]), max_size=12),
        idle=st.sampled_from([0, 1, 60]),
        lookback=st.sampled_from([0, 1, 60, 300]),
        latency=st.sampled_from([0, 0, 0, 0.002]),
    )
    def open(  # noqa: PLR0913 - one argument per property of a shop
        self,
        *,
        gaps: list[int],
        pick: int,
        ends_ago: int,
        customers: list[int],
        idle: int,
        lookback: int,
        latency: float,
    ) -> None:
        clock = Clock()
        shop = Shop(clock=clock)
        modified = NOON - timedelta(seconds=ends_ago + sum(gaps))
        for turn, gap in enumerate(gaps, start=pick):
            modified += timedelta(seconds=gap)
            shop.add_order(modified=modified, lines=turn % 4, status_id=11 * (turn % 7 == 0))
        modified = NOON - timedelta(seconds=ends_ago + sum(customers))
        for gap in customers:
            modified += timedelta(seconds=gap)
            shop.add_customer(modified=modified)
        self.world = World(shop, clock, timedelta(minutes=idle), timedelta(seconds=lookback))
        self.warehouse = Warehouse()
        self.store = Sandbox(shop, latency=latency)
        self.store.start()
        self.config = {
            **self.store.config(),
            "retry_for": 20,
            "abandoned_after_minutes": idle,
            "lookback_seconds": lookback,
        }

    @rule(changes=st.lists(CHANGES, min_size=1, max_size=8))
    def live(self, changes: list[Change]) -> None:
        for change in changes:
            self.world.apply(change)

    @rule(minutes=st.sampled_from([1, 5, 61, 600]))
    def wait(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @rule(streams=SELECTIONS, speed=SPEEDS, plan=PLANS)
    def read(
        self, streams: tuple[str, ...], speed: dict[str, int], plan: list[tuple[int, Change]]
    ) -> None:
        truth, messages = self._run(streams, speed, plan)
        self._load(truth, messages, streams)
        assert_complete(self.warehouse, self.world, truth, streams)

    @rule(
        streams=SELECTIONS,
        speed=SPEEDS,
        plan=PLANS,
        cut=st.floats(0, 1),
        behind=st.integers(0, 3),
        keeps=st.booleans(),
    )
    def read_and_kill(  # noqa: PLR0913 - one argument per property of a killed run
        self,
        streams: tuple[str, ...],
        speed: dict[str, int],
        plan: list[tuple[int, Change]],
        *,
        cut: float,
        behind: int,
        keeps: bool,
    ) -> None:
        """Cut the output; the target confirms one of the last STATEs, with or without more rows."""
        truth, messages = self._run(streams, speed, plan)
        messages = messages[: int(cut * len(messages))]
        states = [turn for turn, each in enumerate(messages) if each["type"] == "STATE"]
        if len(states) > behind:
            confirmed = states[-1 - behind]
            end = len(messages) if keeps else confirmed + 1
            state = messages[confirmed]["value"]
        else:
            end = len(messages) if keeps else 0
            state = self.world.state
        self._load(truth, messages[:end], streams)
        self.world.state = state

    @rule(speed=SPEEDS)
    def settle(self, speed: dict[str, int]) -> None:
        """Leave the shop alone for long enough, read it once: the tables tell the truth."""
        self.world.clock.advance(seconds=self.world.idle.total_seconds() + 1)
        truth, messages = self._run(DEFAULT_STREAMS, speed, [])
        self._load(truth, messages, DEFAULT_STREAMS)
        assert_equal(self.warehouse, self.world)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            self.settle({"page_size": 5, "max_parallel_requests": 2})
            state, tables = self.world.state, self.warehouse.copy()
            self.settle({"page_size": 4, "max_parallel_requests": 3})
            assert self.world.state == state
            assert self.warehouse.copy() == tables
        finally:
            self.store.__exit__(None, None, None)

    def _run(
        self, streams: tuple[str, ...], speed: dict[str, int], plan: list[tuple[int, Change]]
    ) -> tuple[Truth, list[dict[str, Any]]]:
        """Run the tap while the plan happens; gives the truth before, and the messages."""
        self.world.begin_run()
        truth = self.world.truth()

        def happen(number: int, _request: Request) -> None:
            for turn, change in plan:
                if turn == number:
                    self.world.apply(change)
            if number > ENDLESS:
                # A refused token ends any run at once.
                self.store.token = "another"  # noqa: S105 - opens nothing

        self.store.clear()
        self.store.before(happen)
        try:
            output = run(
                {**self.config, **speed}, state=self.world.state or None, catalog=catalog(streams)
            )
        finally:
            self.store.before(None)
            self.world.running = False
        assert output.code == 0
        return truth, output.messages

    def _load(self, truth: Truth, messages: list[dict[str, Any]], streams: tuple[str, ...]) -> None:
        inspector = Inspector(self.warehouse, self.world, truth, self.world.state)
        for message in messages:
            inspector.take(message, with_lines=LINES in streams)
            if message["type"] == "STATE":
                self.world.state = message["value"]


def test_no_shop_and_no_kill_makes_the_tap_lose_a_row(caplog: pytest.LogCaptureFixture) -> None:
    chosen = settings(
        max_examples=600 if LONG else 60,
        stateful_step_count=16 if LONG else 10,
        deadline=None,
        derandomize=not LONG,
        database=None,
        report_multiple_bugs=False,
        print_blob=LONG,
        suppress_health_check=list(HealthCheck),
    )
    with caplog.at_level(logging.CRITICAL):
        logging.disable(logging.CRITICAL)
        try:
            run_state_machine_as_test(AnyShop, settings=chosen)
        finally:
            logging.disable(logging.NOTSET)
