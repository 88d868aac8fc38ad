"""Up to when a store is known to be complete, by the checks that were made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest

from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.findings import Check, Checked, Fault, Mode
from tap_bigcommerce_carts.verify.tables.load_checks import append
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.warehouse.engines import SCHEMA as RAW
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


LINE = {"store": "once", "abandoned_cart_id": "1", "id": 3, "cart_date_modified": at(5)}


@pytest.fixture(scope="module")
def told(engine: Engine, dbt: Dbt) -> dict[str, dict[str, Any]]:
    """Build the marts of all stores at once; return what they say of each."""
    fill(
        engine,
        abandoned_carts=[
            {"store": name, "id": "1", "date_modified": at(5)} for name in STORES if name != LOST
        ],
        orders=[{"store": name, "id": 2, "date_modified": at(5)} for name in ORDERS],
        abandoned_cart_line_items=[LINE],
        load_checks=[row for rows in STORES.values() for row in rows],
    )
    needed = ("--select", "+store_coverage", "--indirect-selection", "cautious")
    dbt(engine, "build", *needed, as_of=at(31))
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
FOUND_TWICE = store(
    "found twice",
    check(at(21), at(11), at(20), faults={15: 2}),
    check(at(22), at(11), at(20), faults={15: 1}),
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
    assert told[FOUND_TWICE]["rows_at_fault"] == 3  # of each day the newest counts


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
# As a check leaves it that broke off on its way.
REFUSED_DAY_BY_DAY = store(
    "refused day by day",
    FIRST,
    check(at(20, "11:00:00"), at(1), at(20, "10:00:00"), unverified=tuple(range(1, 21))),
)
FAULT_THEN_REFUSED = store(
    "fault then refused",
    FIRST,
    check(at(21), at(11), at(20, "12:00:00"), faults={15: 2, 18: 1}),
    check(at(22), at(11), at(21), unverified=tuple(range(11, 22))),
)
NOT_LOOKED_AT = store(
    "not looked at",
    [row | {"unverified": None} for row in failed(at(20), *NEEDED)],
)
REFUSED_BEFORE = store(
    "refused before", failed(at(20, "08:00:00"), "orders", "customers", "carts"), FIRST
)
REFUSED_ALWAYS = store(
    "refused always",
    check(at(20), at(10), at(19), streams=NEEDED[:2]),
    failed(at(20), "orders"),
)


def test_what_could_not_be_checked_is_not_proven(verified: Verified, told: Any) -> None:
    assert verified(UNVERIFIED)[:2] == (at(16), at(20))
    assert told[UNVERIFIED]["unverified"] == ", ".join(sorted(NEEDED))
    assert verified(REFUSED_BEFORE)[:2] == (at(10, "09:00:00"), at(20, "09:00:00"))
    assert told[REFUSED_BEFORE]["unverified"] == "carts, customers"
    assert verified(REFUSED_ALWAYS) == (None, None, at(20))
    assert told[REFUSED_ALWAYS]["unverified"] == "orders"
    assert verified(NOT_LOOKED_AT)[:2] == (None, None)


def test_what_could_not_be_checked_takes_nothing_back(verified: Verified, told: Any) -> None:
    for name in (REFUSED, REFUSED_DAY_BY_DAY):
        assert verified(name) == (*verified(ONCE)[:2], at(20, "11:00:00"))
        assert told[name]["unverified"] == ", ".join(sorted(NEEDED))
    # Nor does it mend anything.
    assert verified(FAULT_THEN_REFUSED)[:2] == verified(FAULT)[:2]
    assert told[FAULT_THEN_REFUSED]["rows_at_fault"] == 9


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
LOST_ORDERS = store(
    "lost orders",
    check(at(21), at(10), at(20), streams=NEEDED[:2]),
    failed(at(21), "orders"),
    orders=False,
)
NO_ORDERS = store("no orders", check(at(21), at(10), at(20), streams=NEEDED[:2]), orders=False)


def test_a_store_is_known_as_far_as_each_of_its_tables_is(verified: Verified, told: Any) -> None:
    assert verified(UNEVEN) == (at(12), at(17), at(18))
    assert told[UNEVEN]["rows_at_fault"] == 4
    assert verified(APART) == (None, None, at(18))
    assert verified(IN_PART) == (None, None, None)
    assert verified(LOST_ORDERS) == (None, None, at(21))
    assert verified(NO_ORDERS) == (at(10), at(20), at(21))


LOST = store("lost", check(at(21), at(10), at(20), faults={12: 7}), orders=False)


def test_a_store_that_lost_all_its_rows_is_still_told_of(told: Any) -> None:
    assert (told[LOST]["has_orders"], told[LOST]["rows_at_fault"]) == (False, 21)


CHANCE = Random(16)  # noqa: S311 - invented checks
# Seconds apart, so that windows meet, overlap, and leave a second out.
EDGES = [datetime(2026, 3, day, hour, 0, second) for day in range(1, 7) for hour in (0, 11)  # noqa: DTZ001
         for second in (0, 1, 2)]  # fmt: skip


def drawn_check(number: int) -> Rows:
    """Draw a check of a few days, often with something found."""
    start, end = sorted(CHANCE.sample(EDGES, 2))
    days = [day for day in range(start.day, end.day + 1) if CHANCE.random() < 0.2]
    found = CHANCE.random() < 0.7
    return check(
        at(10 + number),
        str(start),
        str(end),
        mode=CHANCE.choice(("keys", "keys", "deep", "quick")),
        faults=dict.fromkeys(days, 1) if found else {},
        unverified=() if found else tuple(days),
    )


DRAWN = [
    store(f"drawn {name}", *(drawn_check(number) for number in range(CHANCE.randint(1, 6))))
    for name in range(60)
]


@dataclass(frozen=True)
class Look:
    """What a check says of a day."""

    day: str
    at: str
    begins: datetime
    ends: datetime
    fault: bool
    fine: bool
    deep: bool
    window: tuple[datetime, datetime]

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """Read a row."""
        start, end = map(datetime.fromisoformat, (row["window_start"], row["window_end"]))
        midnight = datetime.fromisoformat(row["day"])
        fault = row["rows_at_fault"] > 0
        return cls(
            row["day"],
            row["checked_at"],
            max(start, midnight),
            min(end, midnight + timedelta(days=1)),
            fault,
            not fault and row["unverified"] is None,
            row["mode"] == "deep",
            (start, end),
        )

    def mends(self, other: Self) -> bool:
        """Whether it found gone what another found."""
        return (
            self.fine
            and self.at > other.at
            and self.begins <= other.begins
            and self.ends >= other.ends
            and (self.deep or not (other.deep and other.fault))
        )

    def holds_beside(self, trouble: Self) -> bool:
        """Whether it is true in spite of trouble on the same day."""
        return self.at > trouble.at and (self.deep or not (trouble.deep and trouble.fault))


def worked_out(rows: Rows) -> tuple[datetime | None, datetime | None]:
    """Work out from when and up to when a table is proven, moment by moment."""
    looks = [Look.of(row) for row in rows if row["mode"] != "quick" and row["stream"] == "orders"]
    troubles = [
        one
        for one in looks
        if one.fault and not any(each.mends(one) for each in looks if each.day == one.day)
    ]
    proofs = [
        one
        for one in looks
        if one.fine and all(one.holds_beside(each) for each in troubles if each.day == one.day)
    ]
    if not proofs:
        return None, None
    start, end = max(
        (each for each in proofs + troubles), key=lambda each: (each.window[1], each.at)
    ).window
    limit = min((each.begins for each in troubles if each.begins >= start), default=end)
    # Beside these moments nothing changes.
    near = (timedelta(seconds=n) for n in (-1, 0, 1))
    edges = {moment for each in proofs for moment in (each.begins, each.ends)}
    moments = sorted({edge + by for by in near for edge in edges})
    proven = [any(each.begins <= moment <= each.ends for each in proofs) for moment in moments]
    found: tuple[datetime | None, datetime | None] = None, None
    for moment, is_proven, was_proven in zip(moments, proven, [False, *proven], strict=False):
        if is_proven and not was_proven:
            if moment > limit:
                break
            found = moment, moment
        elif is_proven:
            found = found[0], moment
    return found


def test_random_checks_prove_what_they_do_moment_by_moment(told: Any) -> None:
    found = {name: (told[name]["verified_from"], told[name]["verified_until"]) for name in DRAWN}
    assert found == {name: worked_out(STORES[name]) for name in DRAWN}
    assert len(set(found.values())) > len(DRAWN) / 2


def test_the_marts_read_what_the_command_keeps(engine: Engine, dbt: Dbt) -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    window = Window(noon - timedelta(days=3), noon - timedelta(hours=2))
    fine = [Checked(stream, window) for stream in NEEDED]
    wrong = Checked("customers", window, unverified=["The column email is not there."])
    wrong.blame(Fault.MISSING, "7", noon - timedelta(days=1))
    row = {"store": "ours", "id": 2, "date_modified": at(5)}
    fill(engine, orders=[row], abandoned_carts=[row], abandoned_cart_line_items=[LINE])
    (address,) = engine.where().values()
    with Warehouse.at(address, RAW) as warehouse:
        append(warehouse, Check("ours", Mode.DEEP, noon, (*fine, wrong)))
    dbt(engine, "run", "--select", "+store_coverage")
    (row,) = engine.query(f"select * from {SCHEMA}.store_coverage")
    assert [str(row[f"verified_{name}"]) for name in ("from", "until", "at")] == [
        *(at(17, "12:00:00"), at(20, "10:00:00"), at(20, "12:00:00"))
    ]
    assert (row["rows_at_fault"], row["unverified"]) == (1, "customers")
    (staged,) = engine.query(
        f"select * from {SCHEMA}_staging.stg_bigcommerce__load_checks where rows_at_fault > 0"
    )
    (kept,) = engine.query(f"select * from {RAW}.load_checks where rows_at_fault > 0")
    assert staged == kept
    assert None not in kept.values()


def test_of_a_table_that_is_gone_nothing_is_proven(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    row = {"store": "ours", "id": 2, "date_modified": at(5)}
    checks = [{"store": "ours"} | row for row in FIRST]
    fill(warehouse, orders=[row], abandoned_carts=[row], load_checks=checks)
    dbt(warehouse, "run", "--select", "+store_coverage")
    (told,) = warehouse.query(f"select * from {SCHEMA}.store_coverage")
    assert (told["verified_until"], str(told["verified_at"])) == (None, at(20, "10:00:00"))


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
