"""The queries' answers, worked out by hand: on two stores whose ids are the same, and others."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.documents.markdown import blocks
from tests.support.harness import NOON, Clock
from tests.support.paths import ROOT
from tests.support.warehouse.asked_about import HELD_OUT, HOLDOUT_SINCE, hand_stores
from tests.support.warehouse.engines import DuckDB, Engine
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.pipes import pipe
from tests.support.warehouse.raw import change, insertion, written
from tests.support.warehouse.truth import TABLES

Answers = dict[str, list[tuple[Any, ...]]]

QUERIES = ROOT / "tools" / "demo" / "sql"
PRODUCTS = {"Mug": 7, "Cap": 8}
# Loaded from a sandbox, all the way.
TWO = ("ours", "theirs")
# A week after the carts were left at 07:00, and not yet after the one of 08:00.
AS_OF = "2026-03-10 07:30:00"


def cart(shop: Shop, cart_id: str, total: str, name: str, **more: Any) -> int:
    """Add an order left at payment five hours ago, of two units of one product's variants."""
    lines = [
        shop.line(name=name, product_id=PRODUCTS[name], variant_id=variant) for variant in (71, 72)
    ]
    modified = more.pop("modified", NOON - timedelta(hours=5))
    order: int = shop.add_order(
        cart_id=cart_id,
        total_inc_tax=total,
        lines=lines,
        modified=modified,
        created=modified,
        **more,
    )
    return order


@pytest.fixture(scope="module")
def answers(engine: Engine, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Load both stores, let shoppers come back to the first, load it again, and ask the marts."""
    folder, clock = tmp_path_factory.mktemp("queries"), Clock()
    engine.empty()
    ours, theirs = Shop(clock=clock), Shop(clock=clock)
    cart(ours, "c-1", "40.0000", "Mug")  # lost
    after_all = cart(ours, "c-2", "50.0000", "Mug")
    cart(ours, "c-3", "70.0000", "Cap")  # another order follows
    cart(ours, "c-4", "40.0000", "Mug")  # the same cart, tried again for 45
    cart(ours, "c-4", "45.0000", "Cap", modified=NOON - timedelta(hours=4))
    declined = cart(ours, "c-5", "60.0000", "Mug")
    cart(theirs, "c-1", "7.0000", "Mug", currency_code="USD", default_currency_code="USD")
    for load in range(2):
        for name, shop in (("ours", ours), ("theirs", theirs)):
            with Sandbox(shop) as sandbox:
                pipe({**sandbox.config(), "store_name": name}, engine, folder, None)
        if load == 0:
            clock.advance(hours=1)
            ours.convert(after_all)  # six hours after it was left
            ours.set(declined, status_id=6, status="Declined", modified=clock())
            placed = clock.now - timedelta(hours=4)  # two hours after c-3 was left
            order: dict[str, Any] = {"status_id": 10, "created": placed, "modified": clock()}
            ours.add_order(cart_id="c-3", total_inc_tax="64.0000", **order)
            ours.add_order(cart_id="c-6", status_id=10, created=clock(), modified=clock())
    by_hand = hand_stores()
    made = {name: rows for name, rows in by_hand.items() if name not in TABLES}
    change(engine, written(engine.types, **made)[1:])
    change(engine, [insertion(name, *rows) for name, rows in by_hand.items() if name in TABLES])
    dbt(engine, "run", as_of=AS_OF, holdout_share=HELD_OUT, holdout_since=HOLDOUT_SINCE)
    return asked(engine)


def asked(engine: Engine) -> Answers:
    """Ask all queries; return their answers by the queries' names."""
    return {
        file.stem[3:]: list(rows(engine.query(file.read_text()))) for file in QUERIES.glob("*.sql")
    }


def told(answers: Answers, question: str, *stores: str) -> list[tuple[Any, ...]]:
    """An answer's rows of some stores."""
    return [row for row in answers[question] if row[0] in stores]


def rows(answer: Any) -> Iterator[tuple[Any, ...]]:
    """An answer's rows, numbers without the engines' ways of writing them."""
    for row in answer:
        yield tuple(
            Decimal(str(value))
            if isinstance(value, int | float | Decimal)
            else value and str(value)
            for value in row.values()
        )


def test_every_query_of_the_documents_is_answered(answers: Answers, engine: Engine) -> None:
    """Those among them that are in `QUERIES` are answered rightly, too."""
    queries = [each.text for each in blocks("sql") if is_query(each.text)]
    assert len(queries) > len(answers)
    for each in queries:
        engine.query(each)


def test_the_questions_ask_the_marts_alone() -> None:
    """Whoever may read these and nothing else gets an answer, and testers are in none."""
    for file in QUERIES.glob("*.sql"):
        asked_of = re.findall(r"\b(?:from|join) (\w+)\.\w", file.read_text())
        assert set(asked_of) == {SCHEMA}, file.name


def is_query(sql: str) -> bool:
    """Whether it asks; what does not has a test where the rest of what it is about has."""
    first = next(line for line in sql.splitlines() if not line.startswith("--"))
    return not first.startswith("insert ")


def test_abandonment_rate(answers: Answers) -> None:
    """Five carts were left (c-4 is one), of six checkouts (c-6 was never left)."""
    assert told(answers, "abandonment_rate", *TWO) == [
        ("ours", "2026-03-01", 6, 5, Decimal("83.3")),
        ("theirs", "2026-03-01", 1, 1, 100),
    ]


def test_value_lost(answers: Answers) -> None:
    """50 of c-2 and 70 of c-3 came back; 40 of c-1, 60 of c-5 (declined); 45 of c-4's last try.

    c-3 came back as an order of 64.
    """
    assert told(answers, "value_lost", *TWO) == [
        ("ours", "EUR", 5, 265, 120, 100, 45, 114),
        ("theirs", "USD", 1, 7, 0, 7, 0, 0),
    ]


def test_money_that_is_not_known_of_one_cart_is_not_known(answers: Answers) -> None:
    """Of two carts that came back, of 10 and of 30, the order of one was not loaded."""
    assert told(answers, "value_lost", "half") == [("half", "EUR", 2, 40, 40, 0, 0, None)]


def test_share_recovered(answers: Answers) -> None:
    """c-2 and c-3 of five, c-1 and c-5 are lost, c-4 is open."""
    assert told(answers, "share_recovered", *TWO) == [
        ("ours", 5, 2, 2, 1, 40),
        ("theirs", 1, 0, 1, 0, 0),
    ]


def test_time_to_recover(answers: Answers) -> None:
    """Six hours (c-2) and two hours (c-3)."""
    assert told(answers, "time_to_recover", *TWO) == [("ours", 2, 0, 2, 2, 4)]


def test_top_products(answers: Answers) -> None:
    """Mug in c-1, c-2 and c-5, Cap in c-3 and c-4's later try, each in two variants."""
    assert answers["top_products"] == [
        ("ours", 7, "Mug", 3, 6),
        ("ours", 8, "Cap", 2, 4),
        ("shop", 9, "Lamp", 1, 3),
        ("theirs", 7, "Mug", 1, 2),
    ]


def test_where_they_stop(answers: Answers) -> None:
    """One at each step, one that was placed, and one of which it is not known."""
    assert answers["where_they_stop"] == [("inbox", 5, 4, 3, 2, 1, 1)]


# What else is known of checkouts: the store `shop`


def test_extra_costs(answers: Answers) -> None:
    """Shipping is a fifth of each of four lost carts; 10% of 3; 5, 5 and 0% of 4, 8 and 6."""
    assert told(answers, "extra_costs", "shop") == [
        ("shop", "EUR", "lost", 4, 20, 0),
        ("shop", "EUR", "placed", 3, Decimal("3.3"), Decimal("33.3")),
        ("shop", "EUR", "recovered", 1, 10, 0),
    ]


def test_coupons(answers: Answers) -> None:
    """Used by 3, which was left and came back, and by 4, which was placed at once."""
    assert told(answers, "coupons", "shop") == [
        ("shop", "none", 6, 4, Decimal("66.7"), 0),
        ("shop", "used", 2, 1, 50, 1),
    ]


def test_price_bands(answers: Answers) -> None:
    """Left for 20, 30, 40, 50 and 60 (which came back); placed for 80, 100 and 200."""
    assert told(answers, "price_bands", "shop") == [
        ("shop", "EUR", "1: below 25", 1, 1, 100, 0),
        ("shop", "EUR", "2: 25 to 50", 2, 2, 100, 0),
        ("shop", "EUR", "3: 50 to 100", 3, 2, Decimal("66.7"), 1),
        ("shop", "EUR", "4: 100 to 200", 1, 0, 0, 0),
        ("shop", "EUR", "5: 200 to 500", 1, 0, 0, 0),
    ]


def test_new_and_returning(answers: Answers) -> None:
    """Lea had bought by the time of 7; Ada had not yet by that of 6, and three are of nobody."""
    assert told(answers, "new_and_returning", "shop") == [
        ("shop", "new", 4, 3, 75, 1),
        ("shop", "returning", 1, 1, 100, 0),
    ]


def test_customer_groups(answers: Answers) -> None:
    """Ada is of the club (2, 5, 6), Lea of the trade (3, 7)."""
    assert told(answers, "customer_groups", "shop") == [
        ("shop", "club", 3, 2, Decimal("66.7"), 0),
        ("shop", "guest", 3, 1, Decimal("33.3"), 0),
        ("shop", "trade", 2, 2, 100, 1),
    ]


def test_storefronts(answers: Answers) -> None:
    """3 and 4 are of the outlet; 20, 40, 30 and 50 were lost in the main shop."""
    assert told(answers, "storefronts", "shop") == [
        ("shop", 1, "Main shop", "EUR", 6, Decimal("66.7"), 140),
        ("shop", 2, "Outlet", "EUR", 2, 50, 0),
    ]


def test_countries(answers: Answers) -> None:
    """3, 4 and 7 are French."""
    assert told(answers, "countries", "shop") == [
        ("shop", "DE", 5, 3, 60, 0),
        ("shop", "FR", 3, 2, Decimal("66.7"), 1),
    ]


def test_payment_methods(answers: Answers) -> None:
    """Card: 3, 6, and 5, which was declined; invoice: 4 and 8. What was left has none."""
    assert told(answers, "payment_methods", "shop") == [
        ("shop", "Card", 3, 1, Decimal("33.3")),
        ("shop", "Invoice", 2, 0, 0),
    ]


def test_weekdays_and_hours(answers: Answers) -> None:
    """Monday 1 and 2, Tuesday 3 and 4, Wednesday 5 and 6, Thursday 7, Friday 8."""
    assert told(answers, "weekdays", "shop") == [
        ("shop", 1, 2, 2, 100, 0),
        ("shop", 2, 2, 1, 50, 1),
        ("shop", 3, 2, 1, 50, 0),
        ("shop", 4, 1, 1, 100, 0),
        ("shop", 5, 1, 0, 0, 0),
    ]
    assert told(answers, "hours", "shop") == [
        ("shop", 9, 3, 2, Decimal("66.7"), 0),
        ("shop", 10, 1, 1, 100, 0),
        ("shop", 20, 4, 2, 50, 1),
    ]


def test_complete_weeks(answers: Answers) -> None:
    """Of four each. The week of `ours` can still change, and `mail` began on a Friday."""
    assert told(answers, "complete_weeks", "shop", "ours", "mail") == [
        ("shop", "2026-02-02", 4, 75, Decimal("33.3")),
        ("shop", "2026-02-09", 4, 50, 0),
    ]


def test_a_week_is_over_in_every_time_zone(answers: Answers, engine: Engine) -> None:
    """At 05:00 in UTC it is still Sunday in Los Angeles, a week after that of 9 February."""
    assert len(told(answers, "complete_weeks", "shop")) == 2
    (query,) = QUERIES.glob("*_complete_weeks.sql")
    rules = "(select timestamp '2026-02-23 05:00:00' as as_of, 7 as lost_after_days) as rules"
    weeks = engine.query(query.read_text().replace("analytics.mart_rules", rules))
    assert [str(row["week"]) for row in weeks if row["store"] == "shop"] == ["2026-02-02"]


def test_top_variants(answers: Answers) -> None:
    """As many as of their products; of Mug one of three came back, of Cap one of two."""
    mug, cap = Decimal("33.3"), 50
    assert told(answers, "top_variants", *TWO, "shop") == [
        ("ours", 7, 71, "Mug", 3, 3, mug),
        ("ours", 7, 72, "Mug", 3, 3, mug),
        ("ours", 8, 71, "Cap", 2, 2, cap),
        ("ours", 8, 72, "Cap", 2, 2, cap),
        ("shop", 9, 91, "Lamp", 1, 3, 0),
        ("theirs", 7, 71, "Mug", 1, 1, 0),
        ("theirs", 7, 72, "Mug", 1, 1, 0),
    ]


def test_is_it_complete(answers: Answers) -> None:
    """Of `shop` February was checked; of `ours` nothing was."""
    assert told(answers, "is_it_complete", "shop", "ours") == [
        ("ours", 5, 8, None, None, None),
        ("shop", 5, 8, "2026-02-28", 0, None),
    ]


# What may still come back


def test_recovery_curve(answers: Answers) -> None:
    """50 of 200 came back after two days; no week of the others is 30 days old."""
    assert told(answers, "recovery_curve", "past") == [
        *(("past", days, 200, 0, 0) for days in (0, 1)),
        *(("past", days, 200, 50, 25) for days in (3, 7, 14, 30)),
    ]
    assert told(answers, "recovery_curve", "ours", "shop") == []


def test_still_to_expect(answers: Answers) -> None:
    """Of 200 carts that had not come back after a day 50 did: 25%. One cart may do so, or not.

    Of those that are older than all that is known, and of a store of few, nothing can be said.
    """
    assert told(answers, "still_to_expect", "past") == [
        ("past", "EUR", "1-2 days", 1, 1, 0, 100, 25, 0, 100),
        ("past", "EUR", "older", 1, 150, 0, 1500, None, None, None),
    ]
    assert told(answers, "still_to_expect", "shop") == [
        ("shop", "EUR", "7-30 days", 1, 2, 2, 80, None, None, None),
        ("shop", "EUR", "older", 1, 2, 1, 60, None, None, None),
    ]


def test_whom_to_remind(answers: Answers) -> None:
    """Lea left 7 and came back to 3. Ada bought, the guests of `shop` have no address."""
    assert told(answers, "whom_to_remind", "shop") == [
        ("shop", "Lea", "Lamp", 50, "EUR", "2026-02-12", 1)
    ]
    # Of the two who are mailed one came back; the other two are held out.
    assert told(answers, "whom_to_remind", "mail") == [
        ("mail", None, None, 10, "EUR", "2026-02-20", 1)
    ]


def test_was_it_the_reminder(answers: Answers) -> None:
    """One of two, and none of two: 50 points more, from 27.3 fewer to 90.6 (Newcombe)."""
    assert told(answers, "was_it_the_reminder", "mail") == [
        ("mail", 2, 2, 50, 0, 50, Decimal("-27.3"), Decimal("90.6"))
    ]


def test_store_problems(answers: Answers) -> None:
    """Two quotes and a payment failed on a day on which one cart was left; a notice is none.

    Neither is an entry of which nobody knows how bad it was.
    """
    assert answers["store_problems"] == [
        ("shop", "2026-02-11", "shipping", 2, 1),
        ("shop", "2026-02-11", "payment", 1, 1),
    ]


def test_without_orders_what_is_not_known_is_null_and_not_zero(dbt: Dbt, tmp_path: Path) -> None:
    """API2Cart's road: the carts and their value are known, what became of them is not."""
    engine, store = DuckDB(tmp_path / "warehouse.duckdb"), "shop.example.com"
    one_cart(engine.path)
    dbt(engine, "run", as_of=AS_OF)
    answered = asked(engine)
    assert answered == {question: [] for question in answered} | {
        "abandonment_rate": [(store, "2026-03-01", None, 1, None)],
        "value_lost": [(store, "EUR", 1, 40, None, None, None, None)],
        "share_recovered": [(store, 1, None, None, None, None)],
        "is_it_complete": [(store, 1, 0, None, None, None)],
    }
