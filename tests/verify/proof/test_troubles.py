"""A store that fails, a small quota, a load that runs beside: what is found is the same."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tap_bigcommerce_carts.sandbox import Faults, Quota, Shop
from tap_bigcommerce_carts.verify.findings import Mode
from tests.support.harness import Clock, Output, run
from tests.support.verify.checks import checked
from tests.support.verify.damages import Damaged, a_line_is_gone, a_page_is_gone, found
from tests.support.verify.lived import Lived, copied
from tests.support.verify.random_shops import as_written
from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL
from tools.quick_load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request
    from tests.support.scripted import Sleeps

pytestmark = pytest.mark.slow


@pytest.fixture
def damaged(loaded: Lived, tmp_path: Path) -> Iterator[Engine]:
    """A warehouse in which rows are missing."""
    with copied(loaded.engine, tmp_path) as engine:
        for damage in (a_page_is_gone, a_line_is_gone):
            damage(Damaged(loaded, engine))
        yield engine


def smaller(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that make many requests of a check, and try again soon."""
    return {**settings, "page_size": 10, "retry_for": 60, "max_parallel_requests": 3}


class LoadBeside:
    """Writes what a run of the tap wrote into a warehouse, some rows before some requests.

    A DuckDB file that is being read just then is left alone until the next request.
    """

    def __init__(self, output: Output, engine: Engine, pieces: int = 10) -> None:
        schemas = [each for each in output.messages if each["type"] == "SCHEMA"]
        records = [each for each in output.messages if each["type"] == "RECORD"]
        self.left = [[*schemas, *records[piece::pieces]] for piece in range(pieces)]
        assert isinstance(engine, (DuckDB, PostgreSQL))
        self._where = engine.path if isinstance(engine, DuckDB) else engine.address

    def __call__(self, number: int, _request: Request) -> None:
        if number % 4 == 0:
            self.write()

    def write(self) -> None:
        """Write the next of the rows, if there are any."""
        if self.left:
            with suppress(duckdb.Error):
                load(as_written(self.left[0]), self._where)
                del self.left[0]


@pytest.mark.parametrize("seed", range(3))
def test_answers_that_fail_change_nothing(
    loaded: Lived, damaged: Engine, sleeps: Sleeps, seed: int
) -> None:
    settings, store = smaller(loaded.settings), loaded.sandbox
    whole = checked(settings, damaged, loaded.state, mode=Mode.DEEP)
    asked = len(store.requests)
    store.faults = Faults(rate=0.15, seed=seed)
    try:
        check = checked(settings, damaged, loaded.state, mode=Mode.DEEP)
    finally:
        store.faults = Faults()
    failed = [each for each in store.requests[asked:] if each.fault]
    assert len(failed) > 5
    assert sleeps
    assert check.streams == whole.streams
    assert found(check).total() > 250


def test_a_small_quota_is_kept_and_changes_nothing(loaded: Lived, damaged: Engine) -> None:
    """Twenty requests in each window, which is half a second here and not half a minute."""
    settings, store = smaller(loaded.settings), loaded.sandbox
    whole = checked(settings, damaged, loaded.state)
    asked = len(store.requests)
    store.quota = Quota(20, 500)
    try:
        check = checked(settings, damaged, loaded.state)
    finally:
        store.quota = None
    made = store.requests[asked:]
    assert len(made) > 60
    assert [each.status for each in made].count(429) == 0
    assert check.streams == whole.streams


def test_what_comes_while_it_is_looked_at_is_no_fault(loaded: Lived, damaged: Engine) -> None:
    """What was missing is loaded again, just when the store is asked for the first of it."""
    beside = LoadBeside(run(loaded.settings), damaged, pieces=1)

    def when_asked_by_id(_number: int, request: Request) -> None:
        if "min_id" in request.query:
            beside.write()

    loaded.sandbox.before(when_asked_by_id)
    try:
        check = checked(smaller(loaded.settings), damaged, loaded.state, alone=False)
    finally:
        loaded.sandbox.before(None)
    assert beside.left == []
    assert found(check) == {}
    assert check.is_proven


def test_a_load_beside_is_no_fault(loaded: Lived, tmp_path: Path) -> None:
    """The shop went on; what is new comes into the warehouse while it is checked."""
    settings = {**smaller(loaded.settings), "max_parallel_requests": 1}
    shop = loaded.sandbox.shop
    live_on(shop, loaded.clock)
    output = run(settings, state=loaded.state)
    with copied(loaded.engine, tmp_path) as engine:
        beside = LoadBeside(output, engine)
        loaded.sandbox.clear()
        loaded.sandbox.before(beside)
        try:
            check = checked(settings, engine, loaded.state, alone=False)
        finally:
            loaded.sandbox.before(None)
        assert beside.left == []
        assert found(check) == {}
        assert check.is_proven
        # What had come in is settled once the load has ended.
        again = checked(settings, engine, output.state)
    assert again.is_proven


def live_on(shop: Shop, clock: Clock) -> None:
    """Let much happen to rows that are settled, in every way."""
    clock.advance(hours=1)
    keys = sorted(shop.orders)
    changes = (shop.touch, shop.edit_cart, shop.archive, shop.remove, shop.convert)
    for turn, key in enumerate(keys[100:200]):
        changes[turn % len(changes)](key)
    for key in list(shop.customers)[::3]:
        shop.touch_customer(key)
    for turn in range(30):
        shop.add_order(11 * (turn % 2))
    clock.advance(hours=2)
