"""No amount under a currency it is not in, and none without its value in the store's own."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import MARTS, SCHEMA, Dbt, described
from tests.support.warehouse.raw import fill

# What an amount is made of, in tenths of it.
PARTS = {
    "subtotal_ex_tax": 7,
    "shipping_cost_ex_tax": 2,
    "handling_cost_ex_tax": 1,
    "total_tax": 3,
    "discount_amount": 1,
    "coupon_discount": 2,
}
# What one unit of the first is in the second shop, where all else is alike.
FACTORS = {"EUR": Decimal(10), "USD": Decimal(2), "JPY": Decimal(100), "SEK": Decimal(4)}
RATES = {"EUR": Decimal(1), "USD": Decimal("1.25"), "JPY": Decimal(160)}
NOT_AMOUNTS = {
    *("exchange_rate", "hours_to_recover", "median_hours_to_recover", "hours_since"),
    *("abandonment_rate", "recovery_rate", "recovered_share", "extra_cost_share"),
}


class Store:
    """A store's tables, with money of several currencies or of one."""

    def __init__(self, name: str, factors: dict[str, Decimal]) -> None:
        self.name = name
        self.factors = factors
        self.tables: dict[str, Rows] = {
            table: [] for table in ("abandoned_carts", "abandoned_cart_line_items", "orders")
        }

    def left(self, number: int, code: str, amount: int, **more: Any) -> None:
        """Leave a cart with one line, on the number's day."""
        moment = f"2026-03-{number:02} 10:00:00"
        cart = self._order(number, code, amount, moment) | {
            "id": str(number),
            "platform": "bigcommerce",
            "order_id": number,
            "cart_id": f"c{number}",
            "customer_email": "a@example.com",
            "is_email_opt_in": True,
        }
        line = {
            "store": self.name,
            "abandoned_cart_id": str(number),
            "cart_date_modified": moment,
            "id": 1,
            "product_id": 7,
            "variant_id": 70,
            "quantity": 1,
            "price_inc_tax": self._money(code, amount),
            "total_inc_tax": self._money(code, amount),
        }
        self.tables["abandoned_carts"].append(cart | more)
        self.tables["abandoned_cart_line_items"].append(line)

    def bought(self, number: int, code: str, amount: int, cart: int, **more: Any) -> None:
        """Make a sale of a cart."""
        order = self._order(number, code, amount, f"2026-03-{cart:02} 12:00:00")
        self.tables["orders"].append(
            order | {"id": number, "cart_id": f"c{cart}", "status_id": 11} | more
        )

    def _order(self, number: int, code: str, amount: int, moment: str) -> dict[str, Any]:
        rate = RATES[code] * self.factors[code] / self.factors["EUR"] if code in RATES else None
        return {
            "store": self.name,
            "date_created": moment,
            "date_modified": moment,
            "channel_id": 1 + number % 2,
            # Shown in another currency, which says nothing of the amounts.
            "currency_code": "CHF",
            "currency_exchange_rate": "1.1000000000",
            "default_currency_code": code,
            "store_default_currency_code": "EUR",
            "store_default_to_transactional_exchange_rate": rate,
            "total_inc_tax": self._money(code, amount),
            "is_tax_inclusive_pricing": False,
            **{name: self._money(code, amount) * part / 10 for name, part in PARTS.items()},
        }

    def _money(self, code: str, amount: int) -> Decimal:
        return amount * self.factors[code]


def several(name: str, factors: dict[str, Decimal]) -> Store:
    """Return a store with Multi-Currency."""
    store = Store(name, factors)
    store.left(1, "EUR", 400)
    store.left(2, "USD", 500)
    store.left(3, "JPY", 16000)
    store.left(4, "SEK", 900)  # at no known rate
    store.left(5, "USD", 250)
    store.left(6, "EUR", 300)
    store.left(29, "EUR", 200, cart_id="c9")
    store.bought(101, "EUR", 350, cart=1)
    store.bought(105, "USD", 300, cart=5)
    store.bought(106, "JPY", 32000, cart=6)  # paid in another currency than was shown
    store.bought(107, "EUR", 120, cart=20)  # never left
    return store


def by_api2cart(name: str, factors: dict[str, Decimal]) -> Store:
    """Return the carts of such a store as API2Cart tells of them."""
    store = several(name, factors)
    for cart in store.tables["abandoned_carts"]:
        own = cart["default_currency_code"] == "EUR"
        cart |= {
            "platform": "api2cart",
            "order_id": None,
            "currency_code": None,
            "currency_exchange_rate": None,
            "channel_id": None,
            "store_default_currency_code": "EUR" if own else None,
        }
    store.tables["orders"] = []
    return store


def single(name: str, factors: dict[str, Decimal], **fields: Any) -> Store:
    """Return a store without Multi-Currency."""
    store = Store(name, factors)
    plain = {"currency_code": "USD", "currency_exchange_rate": "1.0000000000"} | fields
    store.left(1, "USD", 400, **plain)
    store.left(2, "USD", 500, **plain)
    store.bought(102, "USD", 450, cart=2, **plain)
    return store


MISSING = {
    "store_default_currency_code": None,
    "store_default_to_transactional_exchange_rate": None,
}
AT_ONE = {
    "store_default_currency_code": "",
    "store_default_to_transactional_exchange_rate": "1.0000000000",
}


def stores(suffix: str, factors: dict[str, Decimal]) -> list[Store]:
    """Return one store of every kind."""
    return [
        several(f"several{suffix}", factors),
        by_api2cart(f"api2cart{suffix}", factors),
        single(f"missing{suffix}", factors, **MISSING),
        single(f"at one{suffix}", factors, **AT_ONE),
    ]


@pytest.fixture(scope="module")
def built(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    """Build the marts of stores of every kind, each in two denominations."""
    both = [*stores("", dict.fromkeys(FACTORS, Decimal(1))), *stores(" in new money", FACTORS)]
    names = both[0].tables
    fill(engine, **{name: [row for each in both for row in each.tables[name]] for name in names})
    dbt(engine, "build", as_of="2026-03-30 10:00:00")
    return {mart: engine.query(f"select * from {SCHEMA}.{mart}") for mart in MARTS}


def amounts(mart: str) -> dict[str, str]:
    """Return the amounts of a mart, and where their currency stands.

    What is to be expected is a guess, and nothing here, with all that it is made of: it takes many
    carts.
    """
    found = {
        column["name"]: column.get("config", {}).get("meta", {}).get("currency")
        for column in described("marts")[mart]["columns"]
    }
    guess = ("expected_", "largest_value")
    return {name: code for name, code in found.items() if code and not name.startswith(guess)}


def test_every_amount_says_where_its_currency_stands(built: dict[str, Rows]) -> None:
    for mart, rows in built.items():
        decimals = {
            name for row in rows for name, value in row.items() if isinstance(value, Decimal)
        }
        assert decimals - NOT_AMOUNTS == amounts(mart).keys(), mart


def test_new_money_changes_the_amounts_in_it_and_no_others(built: dict[str, Rows]) -> None:
    for mart, rows in built.items():
        columns = amounts(mart)
        keys = [name for name in MARTS[mart].split() if name != "store"]
        by_key = {(row["store"], *(row[name] for name in keys)): row for row in rows}
        assert len(by_key) == len(rows), mart
        olds = [row for row in rows if not row["store"].endswith(" in new money")]
        assert 2 * len(olds) == len(rows), mart
        for old in olds:
            new = by_key[f"{old['store']} in new money", *(old[name] for name in keys)]
            for name, code in columns.items():
                assert old[code] == new[code], (mart, name, old)
                if old[name] is None:
                    assert new[name] is None, (mart, name, old)
                else:
                    assert new[name] == old[name] * FACTORS[old[code]], (mart, name, old)


def test_no_amount_of_a_mart_is_always_nothing(built: dict[str, Rows]) -> None:
    for mart, rows in built.items():
        for name in amounts(mart):
            assert any(row[name] for row in rows), (mart, name)


def test_a_store_without_multi_currency_has_one_currency(built: dict[str, Rows]) -> None:
    for store in ("missing", "at one"):
        carts = _of(built, "cart_outcomes", store)
        assert [(cart["value"], cart["value_in_store_currency"]) for cart in carts] == [
            (400, 400),
            (500, 500),
        ]
        assert {cart["store_currency_code"] for cart in carts} == {"USD"}
        (product,) = _of(built, "abandoned_products", store)
        (shopper,) = _of(built, "shoppers", store)
        (coverage,) = _of(built, "store_coverage", store)
        for row in (product, shopper):
            assert row["value_in_store_currency"] == 900
            assert (row["store_currency_code"], row["carts_without_rate"]) == ("USD", 0)
        assert (coverage["store_currency_code"], coverage["carts_without_rate"]) == ("USD", 0)


@pytest.mark.parametrize("store", ["several", "api2cart"])
def test_a_cart_in_another_currency_is_worth_its_amount_at_its_rate(
    built: dict[str, Rows], store: str
) -> None:
    carts = _of(built, "cart_outcomes", store)
    names = ("value", "currency_code", "value_in_store_currency", "store_currency_code")
    assert [tuple(cart[name] for name in names) for cart in carts] == [
        (400, "EUR", 400, "EUR"),
        (500, "USD", 400, "EUR"),
        (16000, "JPY", 100, "EUR"),
        (900, "SEK", None, "EUR"),
        (250, "USD", 200, "EUR"),
        (300, "EUR", 300, "EUR"),
        (200, "EUR", 200, "EUR"),
    ]


def test_the_money_that_came_in_stands_beside_the_carts_value(built: dict[str, Rows]) -> None:
    carts = [row for row in _of(built, "cart_outcomes", "several") if row["recovering_order_id"]]
    order = "recovered_order_value"
    names = ("value", "currency_code", order, "recovered_order_currency_code")
    assert [tuple(cart[name] for name in names) for cart in carts] == [
        (400, "EUR", 350, "EUR"),
        (250, "USD", 300, "USD"),
        (300, "EUR", 32000, "JPY"),
    ]
    assert [cart[f"{order}_in_store_currency"] for cart in carts] == [350, 240, 200]
    days = _of(built, "abandonment_daily", "several")
    money = {
        (row["day"].day, row["currency_code"]): (row["value_recovered"], row[order])
        for row in days
        if row["day"].day in (1, 5, 6)
    }
    assert money == {
        (1, "EUR"): (400, 350),
        (5, "USD"): (250, 300),
        (6, "EUR"): (300, 0),
        (6, "JPY"): (0, 32000),
    }


def _of(built: dict[str, Rows], mart: str, store: str) -> Rows:
    rows = [row for row in built[mart] if row["store"] == store]
    return sorted(rows, key=lambda row: [str(row[name]) for name in MARTS[mart].split()])
