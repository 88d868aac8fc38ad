"""What the page says of checks: complete is only what was checked, and of all stores."""

from datetime import datetime, timedelta
from typing import Any

from tap_bigcommerce_carts.report.checks import by_store, complete, troubles

NOON = datetime(2026, 3, 10, 12, 0)  # noqa: DTZ001 - as engines give it, in UTC


def store(name: str = "ours", **more: Any) -> dict[str, Any]:
    """Return a store that was checked without a fault."""
    row: dict[str, Any] = {
        "store": name,
        "verified_from": NOON - timedelta(days=30),
        "verified_until": NOON - timedelta(hours=2),
        "verified_at": NOON,
        "rows_at_fault": 0,
        "unverified": None,
    }
    return row | more


def unchecked(name: str = "theirs") -> dict[str, Any]:
    """Return a store that was never checked."""
    return dict.fromkeys(store()) | {"store": name}


ALL = "complete from 2026-02-08 12:00 up to 2026-03-10 10:00 UTC, checked at 2026-03-10 12:00 UTC"
FAULTY: dict[str, Any] = {"verified_from": None, "verified_until": None, "rows_at_fault": 3}


def test_a_store_is_complete_as_far_as_it_was_checked() -> None:
    assert complete([store()]) == f"C{ALL[1:]}."
    assert by_store([store()]) == troubles([store()]) == []
    assert complete([]) == ""


def test_a_minute_that_is_not_proven_in_whole_is_left_out() -> None:
    odd = timedelta(seconds=7)
    row = store(verified_from=NOON - odd, verified_until=NOON + timedelta(minutes=5) + odd)
    assert "from 2026-03-10 12:00 up to 2026-03-10 12:05 UTC" in complete([row])


def test_what_was_never_checked_is_said_with_how_to_check_it() -> None:
    for stores in ([unchecked()], [unchecked(), unchecked("others")]):
        assert complete(stores) == (
            "Never checked against the store: bigcommerce-carts verify does it."
        )
        assert by_store(stores) == troubles(stores) == []


def test_marts_of_an_earlier_version_are_to_be_built_again() -> None:
    old = {"store": "ours"}
    assert complete([old]).endswith(
        "build the marts again to see up to when the tables are complete."
    )
    assert by_store([old, {"store": "theirs"}]) == troubles([old]) == []


def test_a_fault_is_said_and_nothing_called_complete() -> None:
    assert complete([store(**FAULTY)]) == (
        "Not known to be complete, checked at 2026-03-10 12:00 UTC."
    )
    (said,) = troubles([store(**FAULTY)])
    assert said.startswith("3 rows were found wrong or missing in the tables of ours,")
    (said,) = troubles([store(rows_at_fault=1)])
    assert said.startswith("1 row was found wrong or missing in the tables of ours,")


def test_what_could_not_be_checked_is_said() -> None:
    assert troubles([store(unverified="customers, orders")]) == [
        "The newest check of ours could not check all of customers, orders."
    ]
    in_part = store(verified_from=None, verified_until=None, verified_at=None)
    assert complete([in_part]) == "Not known to be complete, since not all tables were checked."


def test_of_several_stores_the_time_counts_that_all_are_complete_in() -> None:
    other = store(
        "theirs",
        verified_from=NOON - timedelta(days=9),
        verified_until=NOON - timedelta(days=1),
        verified_at=NOON - timedelta(hours=20),
    )
    assert complete([store(), other]) == (
        "Complete from 2026-03-01 12:00 up to 2026-03-09 12:00 UTC, checked at 2026-03-09 16:00"
        " UTC."
    )
    ours, theirs = by_store([store(), other])
    assert ours == f"ours: {ALL}"
    assert theirs.startswith("theirs: complete from 2026-03-01 12:00 up to 2026-03-09 12:00 UTC,")
    assert by_store([store(), store("theirs")]) == []


def test_several_stores_are_not_complete_if_one_is_not() -> None:
    assert complete([store(), unchecked()]) == (
        "Not known to be complete, since not all stores were checked."
    )
    assert by_store([store(), unchecked()])[1] == "theirs: never checked"
    assert complete([store(), store("theirs", **FAULTY)]).startswith("Not known to be complete,")
    apart = store(
        "theirs", verified_until=NOON - timedelta(days=40), verified_from=NOON - timedelta(days=50)
    )
    assert complete([store(), apart]).startswith("Not known to be complete,")
