"""The year passes: many runs of the tap go through one loader, and the STATE goes on."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from rich.console import Console

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop.year import Year
from tests.support.harness import Clock
from tools.demo.load import FailedError, Loader, Runs
from tools.demo.year import GoOn, pass_year

DAYS, BEGIN = 2, datetime.fromisoformat("2025-06-02T12:20:00Z")
HOUR = timedelta(hours=1)
# Keeps what it is given, and then says that it is loaded.
_LOADER = """
import json, sys
lines = sys.stdin.read().splitlines()
open(sys.argv[1], "w").write("\\n".join(lines))
print(json.dumps([json.loads(x)["value"] for x in lines if json.loads(x)["type"] == "STATE"][-1]))
"""


class Kept(Runs):
    """Runs whose loader keeps the messages in a file; `states` are those that were set."""

    states: ClassVar[list[dict[str, Any]]] = []

    @contextmanager
    def loader(self) -> Iterator[Loader]:
        with (
            (self.warehouse.with_suffix(".states")).open("w+") as states,
            (self.warehouse.with_suffix(".log")).open("w+") as log,
            subprocess.Popen(
                [sys.executable, "-c", self.state, self.warehouse],
                stdin=subprocess.PIPE,
                stdout=states,
                stderr=log,
            ) as process,
        ):
            yield Loader(process, states, log)

    def set_state(self, state: dict[str, Any]) -> None:
        self.states.append(state)


def runs(file: Path, loader: str = _LOADER) -> Kept:
    return Kept(Console(quiet=True), {}, file, loader, file)


def passed(file: Path, *, every_hour: bool) -> list[dict[str, Any]]:
    """Let days pass in a shop, and return the messages that the loader got."""
    clock = Clock(BEGIN)
    shop = Shop(clock=clock)
    shop.year = Year(shop, checkouts=240, browsing_days=1, days=DAYS)
    with Sandbox(shop) as sandbox:
        found = [*shop.year.hours(shop.year.end - HOUR), shop.year.end]
        if every_hour:
            found = [BEGIN + n * HOUR for n in range(1, 24 * DAYS + 1)]
        pass_year(Console(quiet=True), runs(file), found, going_on(sandbox, clock))
    return [json.loads(line) for line in file.read_text().splitlines()]


def going_on(sandbox: Sandbox, clock: Clock) -> GoOn:
    def go_on(hour: datetime) -> Mapping[str, str]:
        clock.now = hour
        sandbox.shop.catch_up()
        return {
            f"TAP_BIGCOMMERCE_CARTS_{name.upper()}": value
            for name, value in sandbox.config().items()
        }

    return go_on


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    Kept.states.clear()
    return passed(tmp_path_factory.mktemp("year") / "messages", every_hour=False)


def test_each_schema_is_sent_once(messages: list[dict[str, Any]]) -> None:
    schemas = [each["stream"] for each in messages if each["type"] == "SCHEMA"]
    assert sorted(schemas) == [
        *("abandoned_cart_line_items", "abandoned_carts", "customers", "orders"),
    ]


def test_the_last_state_is_left_to_meltano(messages: list[dict[str, Any]]) -> None:
    states = [each["value"] for each in messages if each["type"] == "STATE"]
    assert Kept.states[:1] == [states[-1]]
    carts = [state["bookmarks"].get("abandoned_carts", {}) for state in states]
    marks = [each["replication_key_value"] for each in carts if "replication_key_value" in each]
    assert marks == sorted(marks)
    assert len(set(marks)) > 5


def test_the_last_of_all_rows_is_what_hourly_runs_leave(
    messages: list[dict[str, Any]], tmp_path: Path
) -> None:
    hourly = passed(tmp_path / "messages", every_hour=True)
    assert table(messages, "orders") == table(hourly, "orders")
    carts = table(hourly, "abandoned_carts")
    orders = table(hourly, "orders").values()
    assert sum(x["status_id"] == 11 and str(x["id"]) in carts for x in orders) > 5, "came back"
    assert table(messages, "abandoned_carts") == carts


def table(messages: list[dict[str, Any]], stream: str) -> dict[Any, dict[str, Any]]:
    rows = (x["record"] for x in messages if x["type"] == "RECORD" and x["stream"] == stream)
    return {row["id"]: row for row in rows}


def test_a_loader_that_fails_is_one_sentence(tmp_path: Path) -> None:
    failing = runs(tmp_path / "none", "import sys; sys.stdin.read(); sys.exit('The disk is full.')")
    with Sandbox(Shop(clock=Clock(BEGIN))) as sandbox, pytest.raises(FailedError) as failed:
        pass_year(Console(quiet=True), failing, [BEGIN], going_on(sandbox, Clock(BEGIN)))
    assert str(failed.value) == "The loader failed: The disk is full."


def test_a_tap_that_fails_is_one_sentence(tmp_path: Path) -> None:
    scopes = ["store_v2_customers_read_only"]
    kept = runs(tmp_path / "messages")
    with (
        Sandbox(Shop(clock=Clock(BEGIN)), scopes=scopes) as sandbox,
        pytest.raises(FailedError) as failed,
    ):
        pass_year(Console(quiet=True), kept, [BEGIN], going_on(sandbox, Clock(BEGIN)))
    assert str(failed.value).startswith("The tap could not read ")
