"""Up to when a store is known to be complete, by the checks that were made of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.warehouse.engines import DuckDB, Engine, Rows
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.raw import fill

NEEDED = ("abandoned_carts", "abandoned_cart_line_items", "orders")
STORES: dict[str, Rows] = {}
ORDERS: set[str] = set()


def at(day: int, time: str = "00:00:00") -> str:
    """Return a moment of March 2026."""
    return f"2026-03-{day:02} {time}"


def check(  # noqa: PLR0913 - what a check can be told apart by
    when: str,
    start: str,
    end: str,
    *,
    streams: tuple[str, ...] = NEEDED,
    mode: str = "keys",
    faults: dict[int, int] | None = None,
    unverified: tuple[int, ...] = (),
) -> Rows:
    """Return the rows of a check: one for each stream and day of its window.

    Args:
        when: the moment it was made.
        start: of the window.
        end: of the window, included.
        streams: what was checked.
        mode: how thorough it was.
        faults: wrong rows by the day of March.
        unverified: days of March on which something could not be checked.
    """
    days = range(int(start[8:10]), int(end[8:10]) + 1)
    return [
        {
            "check_id": f"{when} {mode}",
            "stream": stream,
            "day": at(day)[:10],
            "checked_at": when,
            "window_start": start,
            "window_end": end,
            "mode": mode,
            "rows_checked": 5,
            "rows_at_fault": (faults or {}).get(day, 0),
            "unverified": "The column total_inc_tax is not there." if day in unverified else None,
        }
        for stream in streams
        for day in days
    ]


def failed(when: str, *streams: str) -> Rows:
    """Return the rows of a check that could not look at anything."""
    row = {"check_id": when, "checked_at": when, "day": when[:10], "mode": "keys"}
    return [row | {"stream": stream, "unverified": "The token may not."} for stream in streams]


def store(name: str, *checks: Rows, orders: bool = True) -> str:
    """Note a store with its checks; gives its name."""
    STORES[name] = [{"store": name} | row for rows in checks for row in rows]
    if orders:
        ORDERS.add(name)
    return name


@pytest.fixture(scope="module")
def told(engine: Engine, dbt: Dbt) -> dict[str, dict[str, Any]]:
    """Build the marts of all stores at once; return what they say of each."""
    fill(
        engine,
        abandoned_carts=[
            {"store": name, "id": "1", "date_modified": at(5)} for name in STORES if name != LOST
        ],
        orders=[{"store": name, "id": 2, "date_modified": at(5)} for name in ORDERS],
        load_checks=[row for rows in STORES.values() for row in rows],
    )
    dbt(engine, "build", as_of=at(31))
    return {row["store"]: row for row in engine.query(f"select * from {SCHEMA}.store_coverage")}


@pytest.fixture(scope="module")
def verified(told: dict[str, dict[str, Any]]) -> Callable[[str], tuple[Any, ...]]:
    """Return from when, up to when and at which moment a store was verified, as text."""

    def found(name: str) -> tuple[Any, ...]:
        row = told[name]
        moments = (row["verified_from"], row["verified_until"], row["verified_at"])
        return tuple(None if moment is None else str(moment) for moment in moments)

    return found


Verified = Callable[[str], tuple[Any, ...]]

FIRST = check(at(20, "10:00:00"), at(10, "09:00:00"), at(20, "09:00:00"))
SECOND = check(at(21, "10:00:00"), at(11, "09:00:00"), at(21, "09:00:00"))

NEVER = store("never")
ONCE = store("once", FIRST)
TWICE = store("twice", FIRST, SECOND)


def test_a_store_that_was_never_checked_is_not_known(verified: Verified, told: Any) -> None:
    assert verified(NEVER) == (None, None, None)
    assert (told[NEVER]["rows_at_fault"], told[NEVER]["unverified"]) == (None, None)


def test_a_check_without_faults_proves_its_window(verified: Verified, told: Any) -> None:
    assert verified(ONCE) == (at(10, "09:00:00"), at(20, "09:00:00"), at(20, "10:00:00"))
    assert (told[ONCE]["rows_at_fault"], told[ONCE]["unverified"]) == (0, None)


def test_an_earlier_check_that_overlaps_reaches_farther_back(verified: Verified) -> None:
    assert verified(TWICE) == (at(10, "09:00:00"), at(21, "09:00:00"), at(21, "10:00:00"))


NEXT_SECOND = store(
    "next second",
    check(at(12), at(5, "08:00:00"), at(10, "07:59:59")),
    check(at(20), at(10, "08:00:00"), at(19)),
)
GAP = store(
    "gap",
    check(at(12), at(5, "08:00:00"), at(10, "07:59:59")),
    check(at(20), at(10, "08:00:01"), at(19)),
)


def test_windows_adjoin_if_no_second_lies_between(verified: Verified) -> None:
    assert verified(NEXT_SECOND)[:2] == (at(5, "08:00:00"), at(19))
    assert verified(GAP)[:2] == (at(10, "08:00:01"), at(19))


FAULT = store("fault", FIRST, check(at(21), at(11), at(20, "12:00:00"), faults={15: 2, 18: 1}))
FIRST_DAY = store("first day", FIRST, check(at(21), at(12, "09:00:00"), at(20), faults={12: 1}))
ALL_BAD = store("all bad", check(at(21), at(20), at(20, "12:00:00"), faults={20: 1}))


def test_a_fault_ends_it_at_its_day_whatever_was_found_before(
    verified: Verified, told: Any
) -> None:
    assert verified(FAULT) == (at(10, "09:00:00"), at(15), at(21))
    assert told[FAULT]["rows_at_fault"] == 9  # in each of three tables
    assert verified(FIRST_DAY) == (at(10, "09:00:00"), at(12), at(21))
    assert verified(ALL_BAD) == (None, None, at(21))


MENDED = store("mended", check(at(21), at(11), at(20), faults={15: 2}), SECOND)
MENDED_IN_PART = store(
    "mended in part",
    check(at(21), at(11), at(20), faults={15: 2}),
    check(at(22), at(15, "08:00:00"), at(20)),
)
OLD_FAULT = store(
    "old fault",
    check(at(9), at(1), at(8), faults={5: 1}),
    check(at(16), at(8), at(15)),
)


def test_a_fault_is_over_when_a_later_check_of_that_time_is_fine(
    verified: Verified, told: Any
) -> None:
    assert verified(MENDED) == (at(11), at(21, "09:00:00"), at(21, "10:00:00"))
    assert told[MENDED]["rows_at_fault"] == 0
    # What lies before eight o'clock was not looked at again.
    assert verified(MENDED_IN_PART)[:2] == (at(15, "08:00:00"), at(20))
    assert told[MENDED_IN_PART]["rows_at_fault"] == 6


def test_a_fault_before_the_latest_window_bounds_only_the_beginning(
    verified: Verified, told: Any
) -> None:
    assert verified(OLD_FAULT)[:2] == (at(6), at(15))
    assert told[OLD_FAULT]["rows_at_fault"] == 3


ASKED_OF_OLD = store("asked of old", FIRST, check(at(21), at(1), at(12)))
FOUND_OF_OLD = store("found of old", FIRST, check(at(21), at(9), at(12), faults={11: 1}))


def test_a_check_of_earlier_days_does_not_take_the_later_ones_back(verified: Verified) -> None:
    assert verified(ASKED_OF_OLD) == (at(1), at(20, "09:00:00"), at(21))
    assert verified(FOUND_OF_OLD)[:2] == (at(9), at(11))


COUNTED = store(
    "counted",
    FIRST,
    check(at(21), at(10), at(20, "23:00:00"), mode="quick"),
    check(at(22), at(10), at(20), mode="quick", faults={15: 1}),
)
ONLY_COUNTED = store("only counted", check(at(21), at(10), at(20), mode="quick"))


def test_counts_neither_prove_nor_contradict(verified: Verified) -> None:
    assert verified(COUNTED) == (at(10, "09:00:00"), at(20, "09:00:00"), at(20, "10:00:00"))
    assert verified(ONLY_COUNTED) == (None, None, None)


DEEP = check(at(21), at(10), at(20), mode="deep", faults={15: 1})
LESS_DEEP = store("less deep", DEEP, check(at(22), at(10), at(20)))
AS_DEEP = store("as deep", DEEP, check(at(22), at(10), at(20), mode="deep"))


def test_what_a_deep_check_found_only_a_deep_check_finds_gone(
    verified: Verified, told: Any
) -> None:
    assert verified(LESS_DEEP) == (at(10), at(15), at(22))
    assert told[LESS_DEEP]["rows_at_fault"] == 3
    assert verified(AS_DEEP) == (at(10), at(20), at(22))


UNVERIFIED = store("unverified", check(at(21), at(10), at(20), unverified=(14, 15)))
REFUSED = store("refused", FIRST, failed(at(20, "11:00:00"), *NEEDED))
REFUSED_BEFORE = store(
    "refused before", failed(at(20, "08:00:00"), "orders", "customers", "carts"), FIRST
)
REFUSED_ALWAYS = store(
    "refused always",
    check(at(20), at(10), at(19), streams=NEEDED[:2]),
    failed(at(20), "orders"),
)


def test_what_could_not_be_checked_is_not_proven(verified: Verified, told: Any) -> None:
    assert verified(UNVERIFIED)[:2] == (at(10), at(14))
    assert told[UNVERIFIED]["unverified"] == ", ".join(sorted(NEEDED))
    # What was proven before that day still is.
    assert verified(REFUSED) == (at(10, "09:00:00"), at(20), at(20, "11:00:00"))
    assert told[REFUSED]["unverified"] == ", ".join(sorted(NEEDED))
    assert verified(REFUSED_BEFORE)[:2] == (at(10, "09:00:00"), at(20, "09:00:00"))
    assert told[REFUSED_BEFORE]["unverified"] == "carts, customers"
    assert verified(REFUSED_ALWAYS) == (None, None, at(20))
    assert told[REFUSED_ALWAYS]["unverified"] == "orders"


UNEVEN = store(
    "uneven",
    check(at(21), at(10), at(20), streams=NEEDED[:2]),
    check(at(18), at(12), at(17), streams=NEEDED[2:]),
    check(at(22), at(1), at(21), streams=("customers",), faults={3: 4}),
)
APART = store(
    "apart",
    check(at(21), at(15), at(20), streams=NEEDED[:2]),
    check(at(18), at(1), at(10), streams=NEEDED[2:]),
)
IN_PART = store("in part", check(at(21), at(10), at(20), streams=NEEDED[:2]))
NO_ORDERS = store("no orders", check(at(21), at(10), at(20), streams=NEEDED[:2]), orders=False)


def test_a_store_is_known_as_far_as_each_of_its_tables_is(verified: Verified, told: Any) -> None:
    assert verified(UNEVEN) == (at(12), at(17), at(18))
    assert told[UNEVEN]["rows_at_fault"] == 4
    assert verified(APART) == (None, None, at(18))
    assert verified(IN_PART) == (None, None, None)
    assert verified(NO_ORDERS) == (at(10), at(20), at(21))


LOST = store("lost", check(at(21), at(10), at(20), faults={12: 7}), orders=False)


def test_a_store_that_lost_all_its_rows_is_still_told_of(told: Any) -> None:
    assert (told[LOST]["has_orders"], told[LOST]["rows_at_fault"]) == (False, 21)


def test_no_check_is_not_a_failure(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    one_cart(warehouse.path)
    dbt(warehouse, "source", "freshness")


def test_the_store_that_has_waited_longest_says_how_fresh_checks_are(
    engine: Engine, dbt: Dbt
) -> None:
    now = datetime.now(UTC)
    today, long_ago = (f"{now - timedelta(hours=hours):%Y-%m-%d %H:%M:%S}" for hours in (1, 100))
    checks = [check(today, at(1), at(1)), check(long_ago, at(1), at(1))]
    recent, old = ([{"store": when[0]["checked_at"]} | row for row in when] for when in checks)
    fill(engine, load_checks=recent)
    dbt(engine, "source", "freshness")
    fill(engine, load_checks=recent + old)
    with pytest.raises(AssertionError):
        dbt(engine, "source", "freshness")
