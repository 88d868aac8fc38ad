"""The load on the inbox's receivers is counted right, and shown in tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.inbox.events import parse
from tools.benchmarks.inbox_load import STORE_HASH, event
from tools.benchmarks.inbox_reads import Read, read
from tools.benchmarks.inbox_receivers import POSTGRES, SQLITE, Pace, Setting, database, pace
from tools.benchmarks.results import InboxResults
from tools.benchmarks.show import PLACES, inbox_part, replaced

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 0.5


@pytest.fixture(params=[Setting(SQLITE, 1, 4), Setting(POSTGRES, 2, 4)], ids=str)
def setting(request: pytest.FixtureRequest) -> Setting:
    found: Setting = request.param
    return found


@pytest.fixture
def url(setting: Setting, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if setting.database == SQLITE:
        return f"sqlite:///{tmp_path}/inbox.db"
    return database(request.getfixturevalue("postgres"), "bench_inbox")


def test_what_is_answered_is_kept_and_counted(setting: Setting, url: str) -> None:
    one = pace(setting, url, SECONDS)
    assert one.taken == one.kept > 100
    assert one.refused == 0
    assert 0 < one.median_ms <= one.p99_ms
    assert 0 < one.per_second < one.taken / SECONDS
    assert 0 < one.load_busy < 1


def test_the_tap_tells_every_cart_and_reads_each_once_at_most() -> None:
    run = read(100)
    assert run.rows == run.carts == 100
    assert 0 < run.checkouts < run.reads < 100
    assert run.events > 300


def test_events_are_of_many_carts_and_all_different() -> None:
    events = [parse(event(number)) for number in range(100)]
    assert len({one.hash for one in events}) == 100
    assert len({one.cart_id for one in events}) == 20
    assert {one.store for one in events} == {STORE_HASH}


def test_the_table_tells_what_was_lost(tmp_path: Path) -> None:
    one = Pace(
        POSTGRES,
        receivers=4,
        connections=32,
        per_second=1234.5,
        median_ms=7.25,
        p99_ms=41.0,
        taken=9000,
        refused=3,
        kept=8999,
        load_busy=0.123,
    )
    machine = {"cores": 2, "python": "3.13.0"}
    file = tmp_path / "bench.json"
    run = Read(
        carts=20, events=100, rows=20, reads=15, checkouts=9, others=4, seconds=1.25, peak_mb=72.4
    )
    found = {
        "quick": True,
        "machine": machine,
        "paces": [asdict(one)],
        "reads": [asdict(run)],
    }
    file.write_text(json.dumps({"inbox": found}))
    receivers = InboxResults.read(file)
    assert receivers.paces == [one]
    row = "| 4 on PostgreSQL | 32 | 1,234 | 7.2 ms | 41.0 ms | 3 | 1 of 9,000 |"
    assert row in inbox_part(receivers)
    assert "| 100 | 20 | 20 | 15 | 9 | 4 | 1.2 s | 72 MB |" in inbox_part(receivers)
    assert "`make bench ONLY=inbox QUICK=1`" in inbox_part(receivers)


@pytest.mark.parametrize("name", ["inbox figures", "figures"])
def test_the_documents_have_a_place_for_the_table(name: str) -> None:
    text = PLACES[name].read_text()
    assert "\nfigures of today\n" in replaced(text, name, "figures of today")
