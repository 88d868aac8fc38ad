"""What is read in Meltano's log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_bigcommerce_carts.load.meltano_log import TAP, Gathered, Line, lines

TOLD = {"timestamp": "2026-03-03T12:00:00Z", "level": "info", "event": "Told"}


def of_tap(event: str, **more: Any) -> str:
    return json.dumps({**TOLD, "name": TAP, "stdio": "stderr", "event": event, **more})


def metric(name: str, value: Any, plugin: str = TAP, **tags: str) -> str:
    info = {"type": "counter", "metric": name, "value": value, "tags": tags}
    return of_tap("METRIC", metric_info=info, name=plugin)


def gathered(*written: str) -> Gathered:
    found = Gathered()
    for line in lines(written):
        found.take(line)
    return found


def test_rows_and_requests_are_those_of_the_tap() -> None:
    found = gathered(
        metric("record_count", 3, stream="orders"),
        metric("record_count", 4, stream="orders"),
        metric("record_count", 7, "target-postgres", stream="orders"),
        metric("http_request_count", 2, endpoint="orders"),
        metric("http_request_duration", 0.25),
    )
    assert (found.rows, found.requests) == ({"orders": 7}, 2)


def test_it_came_as_far_as_its_carts() -> None:
    end = "{}: 3 rows in 1 s, bookmark 2026-03-0{}T00:00:00Z."
    orders = of_tap(end.format("orders", 3), stream_name="orders")
    carts = of_tap(end.format("abandoned_carts", 2), stream_name="abandoned_carts")
    assert gathered(orders).bookmark == "2026-03-03T00:00:00Z"
    assert gathered(carts, orders).bookmark == "2026-03-02T00:00:00Z"
    assert gathered(of_tap("orders: nothing new.", stream_name="orders")).bookmark is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ([], "Meltano said nothing."),
        (["no JSON at all\n"], "no JSON at all"),
        ([of_tap("Something"), json.dumps({**TOLD, "event": "Block run failed"})], None),
        (
            [
                of_tap("The loader's end", name="target-postgres", level="error"),
                of_tap("The `access_token` is wrong.", level="error"),
                json.dumps({**TOLD, "event": "Block run failed", "level": "error"}),
            ],
            "The `access_token` is wrong.",
        ),
        (
            [
                json.dumps({**TOLD, "event": "Loader failed", "level": "error"}),
                json.dumps({**TOLD, "event": "Block run completed", "level": "error"}),
                json.dumps({**TOLD, "event": "Run completed"}),
            ],
            "Loader failed, and did not say why. Was it killed, for want of memory say?",
        ),
        (
            [
                json.dumps({**TOLD, "event": "No module named 'psycopg'", "level": "error"}),
                json.dumps({**TOLD, "event": "Need help fixing this problem?"}),
            ],
            "No module named 'psycopg'",
        ),
        (
            [
                json.dumps(
                    {**TOLD, "event": "Block run completed", "level": "error", "err": "No command"}
                ),
                json.dumps({**TOLD, "event": "Run completed"}),
            ],
            "Block run completed: No command",
        ),
        ([of_tap("The loader's own", name="target-postgres", level="critical")], None),
        (
            ['IO Error: Could not set lock on file "x": lock is held in /bin/python (PID 7)'],
            "The DuckDB file is open in python, process 7: close it there, and run this again.",
        ),
    ],
)
def test_the_reason_of_a_failure_is_what_helps_most(written: list[str], reason: str | None) -> None:
    last = [line.text for line in lines(written)][-1:]
    assert gathered(*written).reason == (reason or last[0])


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "\n",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        '{"event": ',
        '{"event": null, "level": 3, "name": [], "stdio": 1}',
        of_tap("METRIC", metric_info="none"),
        of_tap("METRIC", metric_info={"metric": "record_count", "value": "many"}),
        of_tap("METRIC", metric_info={"metric": "record_count", "value": 1, "tags": None}),
        "x" * 5_000_000,
        "\ufffd\ufffd\0",
    ],
)
def test_no_line_stops_the_reading(odd: str) -> None:
    found = gathered(odd, metric("http_request_count", 2))
    assert found.requests == 2
    assert isinstance(found.reason, str)


def test_a_reason_is_one_line_without_an_address() -> None:
    found = gathered(of_tap("Row:\n(me@example.com)\n" + "x" * 900, level="error"))
    assert found.reason.startswith("Row: ((an e-mail address)) xxx")
    assert len(found.reason) == 400


def test_a_line_is_shown_without_secrets() -> None:
    (line,) = lines([of_tap("Using a-token and a-password", level="warning")])
    shown = str(line.without(["a-password", "a-token"]))
    assert shown == f"2026-03-03T12:00:00Z warning  {TAP}: Using *** and ***"
    assert line.worrying
    assert not Line("of Meltano itself", "error").worrying
