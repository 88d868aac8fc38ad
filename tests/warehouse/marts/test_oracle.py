"""Random stores: the marts say what the definitions say, worked out in plain Python.

`LONG=1` draws 2,000 stores in place of 250.
"""

import os
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.support.warehouse.engines import DuckDB, Engine, Rows
from tests.support.warehouse.funnel_rows import TESTER
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.oracle import Oracle, Row, Rules
from tests.support.warehouse.raw import fill

STORES = 2000 if os.environ.get("LONG") else 250
START = datetime.fromisoformat("2026-03-20 12:00")
AS_OF = datetime.fromisoformat("2026-03-31 12:00")
EMAILS = (None, "a@example.com", "B@example.com ", "b@example.com", TESTER)
RULES = {
    "as they come": Rules(AS_OF),
    "all others": Rules(
        AS_OF,
        lost_after_days=3,
        infer_recovery=True,
        not_sale_status_ids=(5, 4),
        archived_are_sales=True,
        test_emails=(TESTER,),
        time_zone="America/New_York",
    ),
}


class Chance(Random):
    """Draws what happens in a store. Moments are few, so that many things happen at once."""

    names: str | None
    rate: Decimal | None

    def moment(self, after: datetime = START) -> datetime:
        """Draw a moment, at least as late as another."""
        return after + timedelta(hours=self.choice((0, 1, 13, 24, 72, 100, 168)))

    def seldom(self) -> bool:
        """Draw something that happens once in five times."""
        return self.random() < 0.2

    def store(self) -> dict[str, Rows]:
        """Draw a store's tables."""
        # With Multi-Currency, without it, and as API2Cart tells.
        self.names = self.choice(("EUR", "EUR", None, None, " "))
        self.rate = self.choice((None, Decimal(1), Decimal("1.6"), Decimal("0.7")))
        left = [self.left(number) for number in range(1, 9) if self.random() < 0.4]
        carts = {row["order_id"]: row["cart_id"] for row in left}
        made = [
            self.order(number, carts.get(number)) for number in range(1, 11) if self.random() < 0.6
        ]
        inbox = [self.in_inbox(name) for name in _CARTS if self.random() < 0.5]
        return {
            "abandoned_carts": left,
            "orders": [] if self.seldom() else made,
            "carts": [] if self.seldom() else inbox,
            "customers": [self.customer(number) for number in (1, 2, 3) if self.random() < 0.6],
        }

    def left(self, number: int) -> Row:
        """Draw an Incomplete order."""
        row = self._order() | {"id": str(number), "order_id": number}
        row["cart_id"] = self.choice((None, *_CARTS))
        return row | {"is_email_opt_in": self.choice((True, False, None))}

    def order(self, number: int, cart: str | None) -> Row:
        """Draw an order; as a rule of the cart that it was left as."""
        named = self.choice((None, *_CARTS)) if cart is None or self.seldom() else cart
        return self._order() | {
            "id": number,
            "cart_id": named,
            "status_id": self.choice((0, 0, 4, 5, 6, 10, 11, 11)),
            "is_deleted": self.seldom(),
        }

    def in_inbox(self, name: str) -> Row:
        """Draw a cart of the inbox."""
        created = self.moment()
        updated = self.moment(created)
        abandoned = self.choice((None, updated + timedelta(hours=1), created + timedelta(hours=1)))
        status = self.choice(
            ("active", "abandoned", "converted", "converted", "deleted", "expired")
        )
        if status in ("abandoned", "expired"):
            abandoned = updated + timedelta(hours=1)
        converted = self.moment(updated) if status == "converted" else None
        return {
            "id": name,
            "status": status,
            "created_time": created,
            "updated_time": updated,
            "abandoned_at": abandoned,
            "left_at": abandoned - timedelta(hours=1) if abandoned else None,
            "converted_at": converted,
            "order_id": self.choice((None, *range(1, 13))) if converted else None,
            "first_event_at": created,
            "first_received_at": self.moment(START + timedelta(hours=48)),
            "date_modified": converted or updated,
            "channel_id": self.choice((1, 2)),
            "currency_code": self.choice(("EUR", "USD")),
            "cart_amount": Decimal(self.randrange(1, 9)),
            "customer_id": self.choice((None, None, 1, 2)),
            "email": self.choice(EMAILS) if self.seldom() else None,
        }

    def customer(self, number: int) -> Row:
        """Draw a customer."""
        word = {"accepts_product_review_abandoned_cart_emails": self.choice((True, False, None))}
        email = self.choice(EMAILS) if self.random() < 0.7 else None
        return {"id": number, "email": email, "date_modified": START, **word}

    def _money(self) -> Row:
        currency = self.choice(("EUR", "EUR", "USD"))
        rate = self.rate if currency == "USD" else self.choice((None, Decimal(1)))
        return {
            "default_currency_code": None if self.seldom() else currency,
            "currency_code": self.choice((currency, "JPY")),
            "currency_exchange_rate": self.choice((None, Decimal(1), Decimal("0.9"))),
            "store_default_currency_code": self.names,
            "store_default_to_transactional_exchange_rate": rate,
        }

    def _order(self) -> Row:
        created = self.moment()
        return {
            "date_created": created,
            "date_modified": self.moment(created),
            "channel_id": self.choice((1, 1, 2)),
            **self._money(),
            "total_inc_tax": Decimal(self.randrange(1, 9999)) / 100,
            "customer_id": self.choice((None, None, None, 1, 2, 4)),
            "customer_email": self.choice(EMAILS[:-1]) if not self.seldom() else TESTER,
        }


_CARTS = ("c0", "c1", "c2", "c3")
CHANCE = Chance("oracle")
SHOPS = {f"s{number:04}": CHANCE.store() for number in range(STORES)}


@pytest.fixture(scope="module")
def loaded(engine: Engine) -> dict[str, dict[str, Rows]]:
    """Load the stores; fewer into PostgreSQL."""
    shops = SHOPS if isinstance(engine, DuckDB) else dict(list(SHOPS.items())[:60])
    fill(
        engine,
        **{
            table: [{"store": name} | row for name, shop in shops.items() for row in shop[table]]
            for table in ("abandoned_carts", "orders", "carts", "customers")
        },
    )
    return shops


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_the_marts_say_what_the_definitions_say(
    engine: Engine, dbt: Dbt, loaded: dict[str, dict[str, Rows]], rules: Rules
) -> None:
    variables = asdict(rules) | {"as_of": str(rules.as_of)}
    dbt(engine, "build", "--full-refresh", **variables)
    oracles = {name: Oracle(shop, rules) for name, shop in loaded.items()}
    for mart, column in MARTS.items():
        expected = {
            (name, key): row
            for name, one in oracles.items()
            for key, row in getattr(one, mart).items()
        }
        assert differences(found(engine, mart, column), expected) == {}
    for mart in ("abandonment_daily", "cart_funnel_daily"):
        expected = {
            (name, *place): row
            for name, one in oracles.items()
            for place, row in getattr(one, mart).items()
        }
        assert differences(found(engine, mart, "day channel_id currency_code"), expected) == {}
    stores: dict[Any, Row] = {
        (name,): one.store_coverage
        for name, one in oracles.items()
        if any(loaded[name][table] for table in ("abandoned_carts", "orders", "carts"))
    }
    assert differences(found(engine, "store_coverage", ""), stores) == {}


def found(engine: Engine, mart: str, key: str) -> dict[tuple[Any, ...], Row]:
    """Return the columns of a mart that the definitions speak of, by its key."""
    names = COLUMNS[mart].split()
    return {
        (row["store"], *(row[name] for name in key.split())): {name: row[name] for name in names}
        for row in engine.query(f"select * from {SCHEMA}.{mart}")
        # Days on which nothing but the money of other days' carts came in.
        if mart != "abandonment_daily" or row["carts_abandoned"] or row["orders_placed"]
    }


def differences(told: dict[Any, Row], expected: dict[Any, Row]) -> dict[Any, Any]:
    """Return what differs, column by column: as told, and as expected."""
    nothing: Row = {}
    return {
        key: {
            name: (told.get(key, nothing).get(name), expected.get(key, nothing).get(name))
            for name in {**told.get(key, nothing), **expected.get(key, nothing)}
            if told.get(key, nothing).get(name) != expected.get(key, nothing).get(name)
        }
        for key in {*told, *expected}
        if told.get(key) != expected.get(key)
    }


MARTS = {"cart_outcomes": "cart_key", "cart_funnel": "cart_key", "shoppers": "shopper_key"}
COLUMNS = {
    "cart_outcomes": """cart_key abandoned_cart_id order_id attempts outcome began_at abandoned_at
        abandoned_on recovered_at hours_to_recover recovering_order_id is_same_order is_inferred
        value currency_code exchange_rate value_in_store_currency store_currency_code
        recovered_order_value recovered_order_currency_code
        recovered_order_value_in_store_currency channel_id shopper_key is_contactable""",
    "cart_funnel": """cart_key stage outcome is_inferred is_in_inbox filled_at filled_on left_at
        placed_at order_id value currency_code channel_id""",
    "abandonment_daily": """carts_abandoned value_abandoned is_outcome_known carts_recovered
        carts_lost carts_open orders_placed checkouts abandonment_rate recovery_rate
        value_recovered value_lost value_open value_placed median_hours_to_recover""",
    "cart_funnel_daily": """is_early_stage_known is_outcome_known carts_filled
        left_before_payment emptied still_open left_at_payment placed recovered""",
    "shoppers": """is_contactable carts_abandoned carts_recovered carts_lost carts_open
        value_in_store_currency carts_without_rate first_abandoned_at last_abandoned_at""",
    "store_coverage": """store_currency_code has_orders has_inbox carts orders inbox_carts
        inbox_since""",
}
