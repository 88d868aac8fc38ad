"""Runs the tap against a sandbox and reads what it wrote."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from jsonschema import Draft7Validator

from tap_bigcommerce_carts.errors import MissingScopeError, StoreError
from tap_bigcommerce_carts.run import Run
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEFAULT_STREAMS = ("abandoned_carts", "abandoned_cart_line_items", "customers", "orders")
ALL_STREAMS = (
    *DEFAULT_STREAMS,
    *("abandoned_cart_settings", "abandoned_cart_emails"),
    *("channels", "customer_groups", "store_logs"),
)
ONE_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NOON = datetime(2026, 3, 3, 12, 0, 0, tzinfo=UTC)


class Clock:
    """The store's clock, moved by the test."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Let time pass; gives the new time."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class Output:
    """What a run wrote: Singer messages in order, log text, exit code."""

    messages: list[dict[str, Any]]
    log: str = ""
    code: int = 0
    text: str = ""
    tables: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                self.tables[message["stream"]].append(message["record"])

    @property
    def state(self) -> dict[str, Any]:
        """The last STATE written; {} if there was none."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """The rows of a stream, in the order written."""
        return self.tables[stream]

    def ids(self, stream: str) -> list[Any]:
        """The ids of a stream's rows, in the order written."""
        return [row["id"] for row in self.tables[stream]]

    def bookmark(self, stream: str) -> str | None:
        """A stream's bookmark in the last STATE."""
        bookmarks: dict[str, Any] = self.state.get("bookmarks", {})
        value: str | None = bookmarks.get(stream, {}).get("replication_key_value")
        return value


def read_messages(text: str) -> list[dict[str, Any]]:
    """Parse the lines of a tap's output, amounts as exact decimals."""
    return [json.loads(line, parse_float=Decimal) for line in text.split("\n") if line]


def catalog_for(streams: Iterable[str], source: str = "bigcommerce", **more: str) -> dict[str, Any]:
    """Make a catalog that selects just these streams."""
    chosen = set(streams)
    config = {"source": source, **more}
    catalog = TapBigCommerceCarts(config=config, validate_config=False).catalog_dict
    for entry in catalog["streams"]:
        root = next(each["metadata"] for each in entry["metadata"] if not each["breadcrumb"])
        root["selected"] = entry["tap_stream_id"] in chosen
    return catalog


class WatchedRun(Run):
    """A run, with the reasons why streams were not read to their end."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reasons: list[Exception] = []
        self.reason_of: dict[str, Exception] = {}

    def leave_out(self, streams: list[str], error: Exception, *, wanted: bool = True) -> None:
        super().leave_out(streams, error, wanted=wanted)
        self.reasons.append(error)
        self.reason_of |= dict.fromkeys(streams, error)

    def raise_reason(self) -> None:
        """Raise the first reason that no test expects by the exit code alone."""
        for reason in self.reasons:
            if not isinstance(reason, MissingScopeError):
                raise reason


class Watched(TapBigCommerceCarts):
    """The tap, whose run is watched."""

    run: WatchedRun

    def make_run(self) -> WatchedRun:
        return WatchedRun(self._config, self.config_jsonschema, CartKeeper)


def run(
    config: dict[str, Any],
    *,
    state: dict[str, Any] | None = None,
    streams: Iterable[str] | None = None,
    catalog: dict[str, Any] | None = None,
    failing: bool = False,
) -> Output:
    """Run the tap in this process; errors are raised as they are, those of one stream at the end.

    The log is not captured here: use pytest's `caplog`. With `failing`, a run that the store
    ends, or a stream of it, gives what it wrote until then, and exit code 1.
    """
    if streams is not None:
        catalog = catalog_for(streams, config.get("source", "bigcommerce"))
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    failed = False
    with redirect_stdout(written):
        tap = Watched(config=dict(config), state=state, catalog=catalog)
        try:
            tap.sync_all()
            if not failing:
                tap.run.raise_reason()
        except StoreError:
            failed = True
            if not failing:
                raise
        finally:
            tap.run.close()
    written.seek(0)
    return Output(read_messages(written.read()), code=1 if tap.run.unread or failed else 0)


def command(
    config: dict[str, Any] | str,
    *arguments: str,
    folder: Path,
    state: Any = None,
    catalog: Any = None,
    environment: dict[str, str] | None = None,
) -> Output:
    """Run the tap as its users do, as a command with files; gives log and exit code too."""
    options = [*arguments]
    for name, content in (("config", config), ("state", state), ("catalog", catalog)):
        if content is None:
            continue
        file = folder / f"{name}.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        options += [f"--{name}", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "tap_bigcommerce_carts", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )
    speaks_singer = not {"--about", "--discover", "--help"}.intersection(options)
    messages = read_messages(done.stdout) if speaks_singer else []
    return Output(messages, done.stderr, done.returncode, done.stdout)


def error_lines(output: Output) -> list[str]:
    """The sentences of the log's ERROR lines."""
    return [
        line.split("|", 3)[3].strip()
        for line in output.log.splitlines()
        if line.count("|") >= 3 and line.split("|")[1].strip() == logging.getLevelName(40)
    ]


def sole_error(output: Output) -> str:
    """Check that a command failed with one ERROR line and no traceback; return its sentence."""
    assert output.code == 1
    assert "Traceback" not in output.log
    (line,) = error_lines(output)
    return line


def logged_errors(log: pytest.LogCaptureFixture) -> list[str]:
    """The sentences that a run in this process logged as errors."""
    return [each.getMessage() for each in log.records if each.levelname == "ERROR"]


def refused(config: dict[str, Any], error: type[Exception], **files: str) -> str:
    """Run what the command runs, in this process, with the texts of files given to it.

    Returns the sentence of the error that it must end with.
    """
    given: dict[str, Any] = {
        name: io.StringIO(files[name]) if name in files else None for name in ("state", "catalog")
    }
    settings = SimpleNamespace(config=dict(config), parse_env=False)
    with (
        redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
        pytest.raises(error) as caught,
    ):
        TapBigCommerceCarts.invoke(config=settings, **given)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def catalog_entry(catalog: dict[str, Any], stream: str) -> dict[str, Any]:
    """A stream's entry in a catalog."""
    (found,) = (each for each in catalog["streams"] if each["tap_stream_id"] == stream)
    return cast("dict[str, Any]", found)


def assert_valid(output: Output) -> None:
    """Check that every row fits the schema written for it, with dates in the one form."""
    schemas = {
        each["stream"]: each["schema"] for each in output.messages if each["type"] == "SCHEMA"
    }
    for stream, rows in output.tables.items():
        validator = Draft7Validator(schemas[stream])
        dates = [
            name
            for name, of in schemas[stream]["properties"].items()
            if of.get("format") == "date-time"
        ]
        for row in rows:
            problems = [f"{stream}.{[*each.path]}" for each in validator.iter_errors(row)]
            assert problems == []
            for name in dates:
                assert row.get(name) is None or ONE_FORM.fullmatch(row[name])
