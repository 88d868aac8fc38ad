"""The funnel from a filled cart to a sale: no cart twice, and no zero where nothing is known."""

from datetime import datetime

import pytest

from tap_bigcommerce_carts.report.marts import QUERIES
from tests.support.paths import ROOT
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.funnel_rows import (
    ABANDONED_CARTS,
    AS_OF,
    CARTS,
    EARLIER,
    HEARD_OF,
    NOT_HEARD_OF,
    ORDERS,
    TESTER,
    UNHEARD,
)
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.raw import fill

BOTH = {
    "at payment": ("payment", "left_at_payment"),
    "back at the cart": ("payment", "left_at_payment"),
    "before the inbox": ("payment", "left_at_payment"),
    "not in the inbox": ("payment", "left_at_payment"),
    "in all three": ("placed", "recovered"),
    "before the change": ("placed", "recovered"),
    "straight": ("placed", "placed"),
    "came back early": ("placed", "placed"),
    "event lost": ("placed", "placed"),
    "event lost, came back": ("placed", "placed"),
    "sale alone": ("placed", "placed"),
    "no orders": ("payment", "unknown"),
    "declined": ("payment", "left_at_payment"),
    "not heard of": ("payment", "unknown"),
}
# Without a cart id anywhere the order stands for itself.
WITHOUT_INBOX = BOTH | {"29": ("placed", "recovered")}
WITH_INBOX = BOTH | {
    "left early": ("filled", "left_before_payment"),
    "expired": ("filled", "left_before_payment"),
    "emptied": ("filled", "emptied"),
    "open": ("filled", "open"),
    "open at payment": ("payment", "open"),
    "back at the cart": ("payment", "open"),
    "just at payment": ("payment", "left_at_payment"),
    "archived": ("payment", "left_at_payment"),
    "came back early": ("placed", "recovered"),
    "event lost, came back": ("placed", "recovered"),
    "order not loaded": ("placed", "placed"),
    "order without cart": ("placed", "placed"),
    "payment without cart": ("placed", "recovered"),
    "next day": ("filled", "open"),
    "next day, unread": ("filled", "open"),
    "next day, unread too": ("filled", "open"),
    "next day, straight": ("placed", "placed"),
    "heard of": ("placed", "placed"),
    "heard of, left": ("filled", "left_before_payment"),
}
# How far those came that did not reach payment, as far as their checkouts tell.
EARLY_STEPS = {
    "left early": "address",
    "expired": "filled",
    "emptied": None,
    "open": "shipping",
    "next day": "email",
    "next day, unread": None,
    "next day, unread too": None,
    "heard of, left": "email",
}
LEFT_CARTS = [*ABANDONED_CARTS, *NOT_HEARD_OF]
EARLY = ("carts_filled", "left_before_payment", "emptied", "still_open")
REACHED = tuple(f"reached_{step}" for step in ("email", "address", "shipping", "payment", "placed"))
LATE = ("left_at_payment", "placed", "recovered")


@pytest.fixture(scope="module")
def with_inbox(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    """Return the funnel of a store with an inbox."""
    fill(engine, carts=[*CARTS, *HEARD_OF], abandoned_carts=LEFT_CARTS, orders=ORDERS)
    return _built(engine, dbt)


@pytest.fixture(scope="module")
def without_inbox(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    """Return the funnel of the same store when it has none."""
    fill(engine, abandoned_carts=LEFT_CARTS, orders=ORDERS)
    return _built(engine, dbt)


def test_every_cart_is_one_row_with_its_stage_and_outcome(with_inbox: dict[str, Rows]) -> None:
    assert _outcomes(with_inbox) == WITH_INBOX
    assert len(with_inbox["cart_funnel"]) == len(WITH_INBOX)


def test_without_an_inbox_only_carts_that_reached_payment_are_there(
    without_inbox: dict[str, Rows],
) -> None:
    assert _outcomes(without_inbox) == WITHOUT_INBOX
    assert len(without_inbox["cart_funnel"]) == len(WITHOUT_INBOX)
    assert not any(cart["is_in_inbox"] for cart in without_inbox["cart_funnel"])


def test_the_days_add_up_to_the_carts(with_inbox: dict[str, Rows]) -> None:
    day = _day(with_inbox, "2026-03-02")
    assert {name: day[name] for name in (*EARLY, *LATE)} == {
        "carts_filled": 21,
        "left_before_payment": 2,
        "left_at_payment": 5,
        "placed": 5,
        "recovered": 5,
        "emptied": 1,
        "still_open": 3,
    }


def test_an_order_tells_the_last_steps_and_the_checkout_those_before(
    with_inbox: dict[str, Rows], without_inbox: dict[str, Rows]
) -> None:
    steps = {key: EARLY_STEPS.get(key, stage) for key, (stage, _) in WITH_INBOX.items()}
    assert {cart["cart_key"]: cart["step"] for cart in with_inbox["cart_funnel"]} == steps
    assert all(cart["step"] == cart["stage"] for cart in without_inbox["cart_funnel"])


def test_a_day_counts_the_carts_that_reached_each_step(with_inbox: dict[str, Rows]) -> None:
    """Of 21 carts four did not reach payment, and of one of these nobody knows how far it came."""
    day = _day(with_inbox, "2026-03-02")
    assert day["carts_with_step"] == 20
    assert [day[name] for name in REACHED] == [19, 19, 18, 17, 10]


def test_steps_of_a_day_are_unknown_if_most_early_ones_are(with_inbox: dict[str, Rows]) -> None:
    """In all storefronts: else those that reached payment would stand for all."""
    days = [day for day in with_inbox["cart_funnel_daily"] if str(day["day"]) == "2026-03-03"]
    assert [day["carts_filled"] for day in days if day["channel_id"] == 1] == [3]
    assert {day[name] for day in days for name in ("carts_with_step", *REACHED)} == {None}
    assert _day(with_inbox, EARLIER)["carts_with_step"] is None


def test_days_before_the_inbox_do_not_know_of_the_early_stage(
    with_inbox: dict[str, Rows],
) -> None:
    day = _day(with_inbox, EARLIER)
    assert {day[name] for name in EARLY} == {None}
    assert [day[name] for name in LATE] == [1, 0, 0]


def test_without_an_inbox_the_early_stage_is_unknown_and_not_zero(
    without_inbox: dict[str, Rows],
) -> None:
    days = without_inbox["cart_funnel_daily"]
    assert {day[name] for day in days for name in EARLY} == {None}
    day = _day(without_inbox, "2026-03-02")
    assert [day[name] for name in LATE] == [4, 5, 3]
    (unknown,) = (day for day in days if day["store"] == "t")
    assert {unknown[name] for name in LATE} == {None}


def test_where_an_outcome_is_unknown_it_is_unknown_how_many_were_bought(
    with_inbox: dict[str, Rows],
) -> None:
    """How far they came is known all the same; the page and the question leave the day out."""
    day = _day(with_inbox, "2026-03-02", UNHEARD)
    assert (day["carts_filled"], day["carts_with_step"]) == (3, 3)
    assert [day[name] for name in REACHED] == [3, 2, 2, 2, None]
    for asked in ("steps", "funnel", "question"):
        assert {row["store"] for row in with_inbox[asked]} == {"s"}


def test_a_cart_has_the_money_and_the_times_of_its_order(with_inbox: dict[str, Rows]) -> None:
    carts = {cart["cart_key"]: cart for cart in with_inbox["cart_funnel"]}
    names = ("filled_at", "left_at", "placed_at", "order_id", "value")
    told = {key: [_plain(carts[key][name]) for name in names] for key in carts}
    assert told["left early"] == ["09:00", "10:00", None, None, 30]
    assert told["in all three"] == ["09:00", "10:30", "12:00", 12, 40]
    assert told["event lost"] == ["09:00", None, "12:00", 15, 40]
    assert told["order not loaded"] == ["09:00", None, "12:00", 17, 30]
    assert told["sale alone"] == ["12:00", None, "12:00", 26, 40]
    assert told["emptied"] == ["09:00", None, None, None, 30]


def test_the_coverage_tells_of_the_inbox(with_inbox: dict[str, Rows]) -> None:
    stores = {store["store"]: store for store in with_inbox["store_coverage"]}
    assert {name: (each["has_inbox"], each["inbox_carts"]) for name, each in stores.items()} == {
        "s": (True, len(CARTS) - 1),  # the tester's
        "t": (False, 0),
        UNHEARD: (True, len(HEARD_OF)),
    }


def _built(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    dbt(engine, "build", as_of=AS_OF, test_emails=[TESTER])
    marts = ("cart_funnel", "cart_funnel_daily", "store_coverage")
    page = {name: QUERIES[name].sql.format(schema=SCHEMA) for name in ("steps", "funnel")}
    question = (ROOT / "tools/demo/sql/06_where_they_stop.sql").read_text()
    asked = {mart: f"select * from {SCHEMA}.{mart}" for mart in marts} | page
    return {name: engine.query(sql) for name, sql in (asked | {"question": question}).items()}


def _outcomes(funnel: dict[str, Rows]) -> dict[str, tuple[str, str]]:
    return {cart["cart_key"]: (cart["stage"], cart["outcome"]) for cart in funnel["cart_funnel"]}


def _day(funnel: dict[str, Rows], day: str, store: str = "s") -> dict[str, object]:
    (found,) = (
        each
        for each in funnel["cart_funnel_daily"]
        if str(each["day"]) == day and each["store"] == store
    )
    return found


def _plain(value: object) -> object:
    return value.strftime("%H:%M") if isinstance(value, datetime) else value
