"""The marts of a shop worked out by hand, on both engines, exact to the last place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox
from tests.support.warehouse.engines import Engine
from tests.support.warehouse.hand_shop import SECOND, TESTER, THIRD, HandShop
from tests.support.warehouse.marts import SCHEMA, Dbt, everything, told
from tests.support.warehouse.pipes import pipe

OUTCOMES = f"select {{}} from {SCHEMA}.cart_outcomes where store = 'ours'"


@dataclass
class Built:
    """What the marts said after each load."""

    shop: HandShop
    second: dict[str, Any] = field(default_factory=dict)
    third: dict[str, Any] = field(default_factory=dict)
    incremental: dict[str, Any] = field(default_factory=dict)
    anew: dict[str, Any] = field(default_factory=dict)
    guessing: dict[str, Any] = field(default_factory=dict)


QUESTIONS = {
    "outcomes": OUTCOMES.format("cart_key, outcome, hours_to_recover"),
    "values": OUTCOMES.format("cart_key, value, currency_code, value_in_store_currency"),
    "people": OUTCOMES.format("cart_key, shopper_key, customer_group_id, is_contactable"),
    "recoveries": OUTCOMES.format("cart_key, recovering_order_id, is_same_order, recovered_at")
    + " and outcome = 'recovered'",
    "attempts": OUTCOMES.format("cart_key, attempts, order_id, began_at") + " and attempts > 1",
    "lines": f"select cart_key, name, quantity, value from {SCHEMA}.cart_outcome_lines"
    " where store = 'ours' and cart_key in ('edited', 'twice', 'same')",
    "days": "select day, channel_id, currency_code, carts_abandoned, carts_recovered,"
    " carts_lost, carts_open, orders_placed, checkouts, abandonment_rate, recovery_rate,"
    f" median_hours_to_recover from {SCHEMA}.abandonment_daily where store = 'ours'",
    "money": "select day, currency_code, value_abandoned, value_recovered, value_lost,"
    f" value_open, value_placed from {SCHEMA}.abandonment_daily where store = 'ours'",
    "products": "select product_id, name, variants, times_abandoned, units,"
    " value_in_store_currency, carts_without_rate, times_recovered, recovered_share"
    f" from {SCHEMA}.abandoned_products where store = 'ours'",
    "variants": "select product_id, variant_id, times_abandoned, units,"
    " value_in_store_currency, times_recovered"
    f" from {SCHEMA}.abandoned_variants where store = 'ours'",
    "shoppers": "select shopper_key, carts_abandoned, carts_lost, carts_recovered,"
    " value_in_store_currency, is_contactable, last_products"
    f" from {SCHEMA}.shoppers where store = 'ours' and shopper_key like 'customer%'",
    "theirs": "select cart_key, outcome, value, currency_code, exchange_rate,"
    f" value_in_store_currency from {SCHEMA}.cart_outcomes where store = 'theirs'",
    "guesses": OUTCOMES.format("cart_key, outcome, hours_to_recover") + " and is_inferred",
    "evenings": OUTCOMES.format("cart_key, abandoned_on, local_hour, local_weekday, checkout_week")
    + " and cart_key in ('late', 'paid first')",
}


@pytest.fixture(scope="module")
def built(engine: Engine, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Load, build, let things happen, load and build again, twice; then build all anew."""
    folder, shop = tmp_path_factory.mktemp("marts"), HandShop()
    engine.empty()
    found = Built(shop)
    _load(shop, engine, folder)
    dbt(engine, "run", as_of="2026-03-03 13:00:00", test_emails=[TESTER])
    shop.before_the_second_load()
    _load(shop, engine, folder)
    dbt(engine, "run", as_of=SECOND, test_emails=[TESTER])
    found.second = _ask(engine)
    shop.before_the_third_load()
    _load(shop, engine, folder)
    dbt(engine, "build", as_of=THIRD, test_emails=[TESTER])
    found.third, found.incremental = _ask(engine), everything(engine)
    dbt(engine, "run", "--full-refresh", as_of=THIRD, test_emails=[TESTER])
    found.anew = everything(engine)
    guessing = {"test_emails": [TESTER], "infer_recovery": True, "time_zone": "America/New_York"}
    dbt(engine, "build", as_of=THIRD, **guessing)
    found.guessing = _ask(engine)
    return found


def _load(shop: HandShop, engine: Engine, folder: Path) -> None:
    for name, store in (("ours", shop.ours), ("theirs", shop.theirs)):
        with Sandbox(store) as sandbox:
            pipe({**sandbox.config(), "store_name": name}, engine, folder, None)


def _ask(engine: Engine) -> dict[str, Any]:
    return {name: set(told(engine, sql)) for name, sql in QUESTIONS.items()}


@pytest.fixture(scope="module")
def order(built: Built) -> Callable[[str], int]:
    """Return the id of an order by its name."""
    return built.shop.ids.__getitem__


def test_every_cart_has_the_outcome_that_its_rule_gives(
    built: Built, order: Callable[[str], int]
) -> None:
    assert built.second["outcomes"] == {
        ("lost", "lost", None),
        ("edge", "lost", None),  # left at 10:00:00 on the 3rd, a week before 10:00:00 on the 10th
        ("open", "open", None),  # a second later
        ("same", "recovered", "6.00"),  # 07:00 to 13:00, when its order was paid
        ("again", "recovered", "2.50"),  # 06:00 to 08:30, when another order was made
        ("twice", "lost", None),
        ("declined", "lost", None),
        ("cancelled", "lost", None),
        ("refunded", "recovered", "25.00"),  # noon of the 2nd to 13:00 of the 3rd
        ("archived", "lost", None),
        ("dollars", "lost", None),
        ("no rate", "lost", None),
        (str(order("no cart id")), "lost", None),
        ("edited", "lost", None),  # at 09:30 on the 3rd for the last time
        ("as guest", "lost", None),
        ("paid first", "recovered", None),  # paid at 05:00, changed at 06:00
        ("guessed", "lost", None),  # bought from another cart, which proves nothing
    }


def test_amounts_are_converted_by_the_carts_own_rate(
    built: Built, order: Callable[[str], int]
) -> None:
    euros = {
        "lost": "40.0000",
        "edge": "30.0000",
        "open": "35.0000",
        "same": "50.0000",
        "again": "70.0000",
        "twice": "45.0000",  # the later try
        "declined": "60.0000",
        "cancelled": "61.0000",
        "refunded": "62.0000",
        "archived": "63.0000",
        str(order("no cart id")): "12.0000",
        "edited": "48.0000",  # as edited
        "as guest": "20.0000",
        "paid first": "21.0000",
        "guessed": "90.0000",
    }
    assert built.second["values"] == {
        *((name, value, "EUR", value) for name, value in euros.items()),
        ("dollars", "50.0000", "USD", "40.0000"),  # 50 / 1.25
        ("no rate", "1000.0000", "SEK", None),
    }


def test_a_store_that_sells_in_its_own_currency_needs_no_rate(built: Built) -> None:
    assert built.second["theirs"] == {
        ("lost", "lost", "7.0000", "USD", "1.0000000000", "7.0000"),
    }


def test_recoveries_name_the_order_and_how_it_is_known(
    built: Built, order: Callable[[str], int]
) -> None:
    assert built.second["recoveries"] == {
        ("same", order("same"), True, "2026-03-03 13:00:00"),
        ("again", order("same cart again"), False, "2026-03-03 08:30:00"),
        ("refunded", order("refunded"), True, "2026-03-03 13:00:00"),
        ("paid first", order("paid before"), False, "2026-03-02 05:00:00"),
    }


def test_several_orders_of_one_cart_are_one_abandonment(
    built: Built, order: Callable[[str], int]
) -> None:
    """It began ten minutes before the first try of 08:00 was left."""
    assert built.second["attempts"] == {("twice", 2, order("twice"), "2026-03-02 07:50:00")}


def test_who_may_be_reminded(built: Built) -> None:
    people = {row[0]: row[1:] for row in built.second["people"]}
    assert people["dollars"] == ("customer 1", 3, True)
    # A customer's own no outweighs a tick at the checkout.
    assert people["no rate"] == ("customer 2", None, False)
    # The address is customer 1's, though nobody was signed in; the tick counts.
    assert people["as guest"] == ("customer 1", None, True)
    assert people["guessed"] == ("guest g@example.com", None, False)


def test_only_current_lines_are_kept(built: Built) -> None:
    """Caps were taken out of `edited`; `twice` has the later try's mugs alone."""
    assert built.second["lines"] == {
        ("edited", "Mug", 2, "24.0000"),
        ("twice", "Mug", 2, "24.0000"),
        ("same", "Mug", 2, "24.0000"),
        ("same", "Box", 1, "0.0000"),
        ("same", "Gift", 1, "12.0000"),  # 10.00 and 20 % tax
    }


def test_days_count_carts_sales_and_checkouts(built: Built) -> None:
    assert built.second["days"] == {
        # day, channel, currency; carts: left, back, lost, open; sales, checkouts; rates; median
        ("2026-03-01", 1, "EUR", 1, 0, 1, 0, 0, 1, "1.0000", "0.0000", None),
        # twice, declined, cancelled, refunded, archived, no cart id, as guest, paid first and
        # guessed, of which refunded and paid first came back: 2 / 9. Both their orders are of
        # this day, and no sale without a cart. Only refunded has hours.
        ("2026-03-02", 1, "EUR", 9, 2, 7, 0, 2, 9, "1.0000", "0.2222", "25.00"),
        ("2026-03-02", 1, "USD", 1, 0, 1, 0, 0, 1, "1.0000", "0.0000", None),
        ("2026-03-02", 2, "SEK", 1, 0, 1, 0, 0, 1, "1.0000", "0.0000", None),
        # edge, open, same, again, edited. Sales: same, its like of again, and two without an
        # abandoned cart, so 5 of 7 checkouts. Between 2.50 and 6.00 hours: 4.25.
        ("2026-03-03", 1, "EUR", 5, 2, 2, 1, 4, 7, "0.7143", "0.4000", "4.25"),
    }


def test_days_add_up_the_values_of_one_currency_each(built: Built) -> None:
    assert built.second["money"] == {
        # day, currency; value: left, back, lost, open; placed
        ("2026-03-01", "EUR", "40.0000", "0.0000", "40.0000", "0.0000", "0.0000"),
        # 45 + 60 + 61 + 62 + 63 + 12 + 20 + 21 + 90 = 434, back 62 + 21; placed 62 + 22
        ("2026-03-02", "EUR", "434.0000", "83.0000", "351.0000", "0.0000", "84.0000"),
        ("2026-03-02", "USD", "50.0000", "0.0000", "50.0000", "0.0000", "0.0000"),
        ("2026-03-02", "SEK", "1000.0000", "0.0000", "1000.0000", "0.0000", "0.0000"),
        # 30 + 35 + 50 + 70 + 48 = 233, back 50 + 70, lost 30 + 48; placed 50 + 75 + 91 + 100
        ("2026-03-03", "EUR", "233.0000", "120.0000", "78.0000", "35.0000", "316.0000"),
    }


def test_products_left_behind(built: Built) -> None:
    assert built.second["products"] == {
        # Mugs in 16 of 17 carts, two each: 14 of them at 24.00, one at 24.00 / 1.25 = 19.20,
        # one without a rate. same, refunded and paid first came back: 3 / 16 = 0.1875.
        (7, "Mug", 1, 16, 32, "355.2000", 1, 3, "0.1875"),
        # Caps in `again` alone, since they were taken out of `edited`: one cart with two variants.
        (8, "Cap", 2, 1, 4, "48.0000", 0, 1, "1.0000"),
    }
    assert built.second["variants"] == {
        (7, 70, 16, 32, "355.2000", 3),
        (8, 80, 1, 3, "36.0000", 1),
        (8, 81, 1, 1, "12.0000", 1),
    }


def test_shoppers(built: Built) -> None:
    """Customer 1: 40.00 of `dollars` and 20.00 of `as guest`. Customer 2's cart has no rate."""
    assert built.second["shoppers"] == {
        ("customer 1", 2, 2, 0, "60.0000", True, "Mug"),
        ("customer 2", 1, 1, 0, None, False, "Mug"),
    }


def test_weeks_later_carts_come_back_and_late_rows_are_taken_in(built: Built) -> None:
    gone = {("lost", "lost", None), ("open", "open", None), ("twice", "lost", None)}
    assert built.third["outcomes"] == built.second["outcomes"] - gone | {
        ("lost", "recovered", "648.00"),  # 11:00 on the 1st to 11:00 on the 28th: 27 days
        ("open", "lost", None),  # only time went by
        ("twice", "recovered", "48.00"),  # by an order of the 4th at 09:00 that came late
        ("late", "lost", None),
    }
    days = {row[:3]: row[3:] for row in built.third["days"]}
    assert days["2026-02-20", 1, "EUR"] == (1, 0, 1, 0, 0, 1, "1.0000", "0.0000", None)
    # The converted order was made on the 1st, where its cart was left.
    assert days["2026-03-01", 1, "EUR"] == (1, 1, 0, 0, 1, 1, "1.0000", "1.0000", "648.00")


def test_a_full_refresh_gives_the_same_tables(built: Built) -> None:
    assert built.incremental == built.anew
    assert built.anew["cart_outcomes"]


def test_the_same_shopper_is_believed_only_when_told_to(built: Built) -> None:
    """20:00 on the 2nd to 10:30 on the 3rd, with another cart's order."""
    assert built.third["guesses"] == set()
    assert built.guessing["guesses"] == {("guessed", "recovered", "14.50")}


def test_days_begin_and_end_in_the_time_zone(built: Built) -> None:
    """03:00 in UTC is 22:00 of the day before in New York, 06:00 is 01:00."""
    assert built.third["evenings"] == {
        ("late", "2026-02-20", 3, 5, "2026-02-16"),
        ("paid first", "2026-03-02", 6, 1, "2026-03-02"),
    }
    assert built.guessing["evenings"] == {
        ("late", "2026-02-19", 22, 4, "2026-02-16"),
        ("paid first", "2026-03-02", 1, 1, "2026-03-02"),
    }
