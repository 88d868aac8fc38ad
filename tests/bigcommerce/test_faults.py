"""Whole runs of a store that fails, and the store's clock."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.errors import (
    StoreError,
)
from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.asking import PATH, SCOPE, connection
from tests.support.harness import NOON, catalog_for, command, error_lines, run
from tests.support.scripted import Answer, Script, Sleeps

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["date", "DATE"])
@pytest.mark.parametrize("status", [200, 204, 403, 404, 500])
def test_the_clock_is_the_first_answers_whatever_it_says(
    sleeps: Sleeps, status: int, name: str
) -> None:
    """A refusal tells the time as well; what comes later moves it no more."""
    noon, later = ({name: f"Tue, 03 Mar 2026 {time} GMT"} for time in ("12:00:00", "12:10:00"))
    with Script(Answer(status, [], noon), Answer(200, [], later)).serving() as script:
        session = StoreSession(connection(script.url))
        assert session.clock is None
        for _ in range(2):
            with suppress(StoreError):
                session.get(PATH, scope=SCOPE)
        assert session.clock == NOON
        session.close()
    assert len(script.seen) == 2 + len(sleeps)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Mar 2026 12:00:00 GMT"])
def test_a_store_without_a_clock_leaves_ours(caplog: pytest.LogCaptureFixture, date: str) -> None:
    """No header tells the time: one warning, and this machine's clock."""
    with Script(Answer(200, [], {"Date": date})).serving() as script:
        session = StoreSession(connection(script.url))
        for _ in range(2):
            session.get(PATH, scope=SCOPE)
        assert session.clock
        assert abs(session.clock - datetime.now(UTC)) < timedelta(minutes=1)
        session.close()
    (told,) = [each.message for each in caplog.records if "clock" in each.message]
    assert told.startswith(f"{script.url.partition('//')[2]} does not tell its time")


def test_a_504_for_ever_ends_the_run_and_the_state_is_good(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Once it lasted a day and a half: the command ends, and goes on from its STATE later."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=20 - n)) for n in range(6)]
    settings = {**config, "page_size": 2, "retry_for": 1}
    catalog = catalog_for(["orders"])

    def down(number: int, _request: object) -> Fault | None:
        return Fault("504") if number > 3 else None

    store.before(down)
    output = command(settings, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "504" in line
    assert "retry_for" in line
    assert "Traceback" not in output.log
    store.before(None)
    rest = run(settings, state=output.state, catalog=catalog)
    assert output.ids("orders")
    assert {*output.ids("orders"), *rest.ids("orders")} == set(ids)


def test_carts_read_before_a_fault_are_written(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Also those whose lines had still to be asked for when the next page failed."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=20 - n), lines=60) for n in range(4)]
    lists: list[object] = []

    def later(_number: int, request: Request) -> Fault | None:
        if request.path.endswith("/products"):
            return Fault("slow", seconds=3)
        if request.path.endswith("/orders"):
            lists.append(request)
        return Fault("503_json") if len(lists) > 1 else None

    store.before(later)
    catalog = catalog_for(["abandoned_carts", "abandoned_cart_line_items"])
    settings = {**config, "page_size": 2, "retry_for": 1}
    output = command(settings, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    assert output.ids("abandoned_carts") == [str(each) for each in ids[:2]]
    assert len(output.ids("abandoned_cart_line_items")) == 120
    (line,) = error_lines(output)
    assert "retry_for" in line


def test_a_suspended_store_stops_at_once(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    store.faults.suspended = True
    output = command({**config, "retry_for": 600}, folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "suspended" in line
    assert len(store.requests) == 1


def test_faults_of_every_kind_lose_no_row(
    shop: Shop, store: Sandbox, sleeps: Sleeps, config: dict[str, Any]
) -> None:
    """A third of all answers fail; every order comes, once, and the run is whole."""
    ids = [shop.add_order(modified=NOON - timedelta(minutes=600 - n)) for n in range(80)]
    store.faults.rate = 0.33
    output = run({**config, "page_size": 3, "retry_for": 600}, streams=["orders"])
    assert output.code == 0
    assert output.ids("orders") == ids
    assert len({each.fault for each in store.requests}) > 6
    assert sleeps
