"""What is shown of a check, to people and to programs."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rich.console import Console

from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.findings import Check, Checked, Day, Explained, Fault, Mode
from tap_bigcommerce_carts.verify.repair import Plan
from tap_bigcommerce_carts.verify.shown import Outcome, document, show

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Window(START, START + timedelta(days=9, hours=12))


def checked(days: int = 10) -> Checked:
    """A stream in which nothing differs."""
    found = Checked("orders", WINDOW)
    found.days = {(START + DAY * number).date(): Day(equal=100) for number in range(days)}
    return found


def check_of(*streams: Checked, mode: Mode = Mode.KEYS) -> Check:
    return Check("acme", mode, START + DAY * 12, streams)


def text_of(outcome: Outcome) -> list[str]:
    """The lines that are shown, their words one space apart."""
    out = io.StringIO()
    show(Console(file=out, width=120), outcome)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_days_without_faults_share_a_line() -> None:
    found = checked()
    found.explain(Explained.CONVERTED, START + DAY, 3)
    lines = text_of(Outcome("acme", check_of(found)))
    assert "orders 2026-03-01 to 2026-03-10 1,003 1,000 3 converted" in lines
    assert lines[-1] == (
        "acme: 1,003 rows as the store has them: orders up to 2026-03-10T12:00:00Z."
    )


def test_a_day_with_faults_has_a_line_of_its_own_and_its_keys_are_named() -> None:
    found = checked()
    for number in range(12):
        found.blame(Fault.MISSING, str(700 + number), START + DAY * 4)
    found.blame(Fault.AMOUNT, "9", START + DAY * 4, differing=("25.5", "none"))
    lines = text_of(Outcome("acme", check_of(found)))
    at = lines.index("orders 2026-03-01 to 2026-03-04 400 400")
    assert lines[at + 1 : at + 3] == [
        "2026-03-05 113 100 12 missing, 1 wrong amount",
        "2026-03-06 to 2026-03-10 500 500",
    ]
    named = next(line for line in lines if line.startswith("orders, missing"))
    assert named.startswith("orders, missing, the first 10: 700 (2026-03-05T00:00:00Z), 701")
    assert (
        "orders, wrong amount, 1: 9 (2026-03-05T00:00:00Z: 25.5 at the store, none loaded)" in lines
    )
    assert lines[-1] == "acme: 13 at fault: 12 missing, 1 wrong amount."


def test_a_single_day_is_no_span() -> None:
    one = Checked("orders", Window(START, START + timedelta(hours=9)))
    one.day(START).equal = 100
    assert "orders 2026-03-01 100 100" in text_of(Outcome("acme", check_of(one)))


def test_days_without_rows_are_days_that_were_looked_at() -> None:
    found = Checked("orders", WINDOW)
    found.day(START + DAY * 2).equal = 5
    found.blame(Fault.MISSING, "7", START + DAY * 4)
    lines = text_of(Outcome("acme", check_of(found, Checked("customers", WINDOW))))
    at = lines.index("orders 2026-03-01 to 2026-03-04 5 5")
    assert lines[at + 1 : at + 4] == [
        "2026-03-05 1 0 1 missing",
        "2026-03-06 to 2026-03-10 0 0",
        "customers 2026-03-01 to 2026-03-10 0 0",
    ]


def test_what_broke_off_before_the_first_row_was_not_checked() -> None:
    lost = Checked("customers", WINDOW, unverified=["The token may not read customers."])
    outcome = Outcome("acme", check_of(checked(), lost))
    assert "customers not checked" in text_of(outcome)
    (store,) = document([outcome])["stores"]
    assert [len(each["days"]) for each in store["streams"]] == [10, 0]


def test_without_a_state_the_last_line_says_what_is_not_seen() -> None:
    check = replace(check_of(checked()), has_state=False)
    last = text_of(Outcome("acme", check))[-1]
    assert "orders up to 2026-03-10T12:00:00Z. That is as far as the newest loaded rows" in last
    assert "rows lost after them are not seen" in last


def test_what_was_not_verified_is_said_and_is_no_proof() -> None:
    lost = Checked("customers", unverified=["The token may not read customers."])
    outcome = Outcome("acme", check_of(checked(), lost))
    assert not outcome.is_proven
    lines = text_of(outcome)
    assert "customers not checked" in lines
    assert "customers, not verified: The token may not read customers." in lines
    assert lines[-1] == "acme: no fault found, but not verified: customers."


def test_a_note_about_several_streams_is_one_line() -> None:
    carts, orders = Checked("abandoned_carts", WINDOW), checked()
    for each in (carts, orders):
        each.notes += ["A DOUBLE."] * 2
    lines = text_of(Outcome("acme", check_of(carts, orders)))
    assert [line for line in lines if "DOUBLE" in line] == ["abandoned_carts, orders: A DOUBLE."]


def test_counts_are_called_a_hint() -> None:
    lines = text_of(Outcome("acme", check_of(checked(), mode=Mode.QUICK)))
    assert any(line.startswith("Counts are a hint only") for line in lines)
    assert "counted alike" in lines[-1]


def test_a_store_that_was_not_checked_says_why() -> None:
    lines = text_of(Outcome("[acme]", failure="Check `access_token`."))
    assert lines == ["[acme]: not checked: Check `access_token`."]


def test_no_stream_at_all_is_no_proof() -> None:
    outcome = Outcome("acme", check_of())
    assert not outcome.is_proven
    assert text_of(outcome)[-1] == "acme: nothing checked: the STATE has no stream."


def test_a_stream_that_was_not_looked_at_is_no_proof() -> None:
    outcome = Outcome("acme", check_of(checked(), Checked("carts")))
    assert not outcome.is_proven
    assert text_of(outcome)[-1] == "acme: no fault found, but not verified: carts."


def test_a_check_that_was_not_kept_is_no_proof() -> None:
    outcome = Outcome("acme", check_of(checked()), "load_checks cannot be written.")
    assert not outcome.is_proven
    assert text_of(outcome)[-1] == (
        "acme: no fault found, but the check was not kept. load_checks cannot be written."
    )


def test_the_document_has_what_the_table_has() -> None:
    found = checked(2)
    found.window = Window(START, START + DAY)
    found.blame(Fault.MISSING, "7", START)
    found.explain(Explained.CHANGED, START)
    found.notes.append("A DOUBLE.")
    written = document([Outcome("acme", check_of(found)), Outcome("b", failure="No.")])
    counts = {
        "rows_checked": 102,
        "rows_equal": 100,
        "rows_explained": 1,
        "rows_at_fault": 1,
        "explained_by_kind": {"changed since": 1},
        "faults_by_kind": {"missing": 1},
    }
    nothing = {
        "rows_explained": 0,
        "rows_at_fault": 0,
        "explained_by_kind": {},
        "faults_by_kind": {},
    }
    assert written == {
        "proven": False,
        "failure": None,
        "stores": [
            {
                "store": "acme",
                "proven": False,
                "mode": "keys",
                "checked_at": "2026-03-13T00:00:00Z",
                "failure": None,
                "repairs": [],
                "streams": [
                    {
                        "stream": "orders",
                        "proven": False,
                        "window_start": "2026-03-01T00:00:00Z",
                        "window_end": "2026-03-02T00:00:00Z",
                        **counts,
                        "rows_checked": 202,
                        "rows_equal": 200,
                        "unverified": [],
                        "notes": ["A DOUBLE."],
                        "first_faults": [
                            {
                                "fault": "missing",
                                "key": "7",
                                "date": "2026-03-01T00:00:00Z",
                                "store": None,
                                "warehouse": None,
                            }
                        ],
                        "days": [
                            {"day": "2026-03-01", **counts},
                            {
                                "day": "2026-03-02",
                                "rows_checked": 100,
                                "rows_equal": 100,
                                **nothing,
                            },
                        ],
                    }
                ],
                "unchecked": [],
            },
            {
                "store": "b",
                "proven": False,
                "mode": None,
                "checked_at": None,
                "failure": "No.",
                "repairs": [],
                "streams": [],
                "unchecked": [],
            },
        ],
    }


def test_what_there_is_no_check_of_is_named_beside_no_stream() -> None:
    check = replace(check_of(checked()), unchecked=("channels", "store_logs"))
    assert "There is no check of channels, store_logs." in text_of(Outcome("acme", check))
    (store,) = document([Outcome("acme", check)])["stores"]
    assert store["unchecked"] == ["channels", "store_logs"]


def test_a_key_that_may_be_personal_is_not_shown() -> None:
    found = checked()
    ids = ["77", "1-2", "5f3e1b1c-9a0e-4b43-8f83-0c9f3a4f0d11", "5ed8b2a15ed8b2a15ed8b2a1"]
    for key in (*ids, "jane@example.com", "Jane", "+49 170 123"):
        found.blame(Fault.EXTRA, key, START)
    outcome = Outcome("acme", check_of(found), plans=(Plan({"orders": found.spare}, ()),))
    out = json.dumps(document([outcome])) + "".join(text_of(outcome))
    assert out.count("(a key that is no id)") == 9
    assert all(key in out for key in ids)
    assert "jane" not in out.lower()
    assert "+49" not in out


def test_counts_alone_are_no_proof() -> None:
    outcome = Outcome("acme", check_of(checked(), mode=Mode.QUICK))
    (store,) = document([outcome])["stores"]
    assert not store["proven"]
    assert not store["streams"][0]["proven"]
    assert not document([outcome])["proven"]
