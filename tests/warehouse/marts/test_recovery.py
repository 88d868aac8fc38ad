"""What comes back when, what may still come, who may be reminded, and what reminders do.

Sums over stores of a few hundred carts are worked out anew in plain Python; each rule of who may be
reminded has a store of its own. All of it is one build.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import md5
from random import Random
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.warehouse.comebacks import AS_OF, DAY, SHOPS, ZONE, Cart, drawn, tables, there
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.raw import change, fill
from tests.support.warehouse.statistics import coming, difference, reach_of_sum, rounded

SHARE, SINCE, WITHIN = "0.3", AS_OF - 60 * DAY, 5
BANDS = {"0-24 h": 1, "1-2 days": 2, "2-7 days": 7, "7-30 days": 30, "older": 10_000}
ENOUGH = 100
CARTS = drawn()
MARTS = (
    "recovery_curve",
    "recoverable_value",
    "carts_to_remind",
    "reminder_lift",
    "store_problems_daily",
)
RULES: dict[str, Any] = {
    "time_zone": ZONE,
    "as_of": str(AS_OF),
    "holdout_share": SHARE,
    "holdout_since": str(SINCE),
    "attribution_days": WITHIN,
}
STORES: dict[str, dict[str, Rows]] = {}


def ago(days: float) -> datetime:
    """Return the moment so many days ago."""
    return AS_OF - days * DAY


def left(number: int, days: float = 1, **more: Any) -> dict[str, Any]:
    """Return an Incomplete order of a guest who may be mailed, left so many days ago."""
    when = {"date_created": ago(days) - timedelta(minutes=9), "date_modified": ago(days)}
    money = {"channel_id": 1, "default_currency_code": "EUR", "total_inc_tax": 40}
    who = {"customer_email": "ann@example.com", "is_email_opt_in": True}
    return {
        "id": str(number),
        "order_id": number,
        "cart_id": f"c{number}",
        **when,
        **money,
        **who,
    } | more


def sale(number: int, days: float, **more: Any) -> dict[str, Any]:
    """Return a sale of a cart of its own, to nobody known, made so many days ago."""
    who = {"customer_email": None, "id": number, "status_id": 11}
    row = left(number, days) | who | more
    return {
        name: value for name, value in row.items() if name not in ("order_id", "is_email_opt_in")
    }


def cart(name: str, days: float = 1, **more: Any) -> dict[str, Any]:
    """Return a cart of the inbox that was left so many days ago, before payment."""
    signs = {"created_time": ago(days + 1), "first_received_at": ago(99), "updated_time": ago(days)}
    gone = {"left_at": ago(days), "abandoned_at": ago(days - 0.1), "date_modified": ago(days - 0.1)}
    money = {"channel_id": 1, "currency_code": "EUR", "cart_amount": 30, "items_total": 2}
    return {"id": name, "status": "abandoned", **signs, **gone, **money} | more


def customer(number: int, word: str = "agreed", **more: Any) -> dict[str, Any]:
    """Return a customer, who agreed, refused or has not said."""
    agreed = {"agreed": True, "refused": False}.get(word)
    said = {"accepts_product_review_abandoned_cart_emails": agreed, "first_name": "Bo"}
    return {"id": number, "email": f"customer{number}@example.com", **said} | more


def store(name: str, **rows: Rows) -> str:
    """Note a store, whose orders were loaded; gives its name."""
    STORES[name] = {"orders": [sale(900, 90)]} | rows
    return name


def together() -> dict[str, Rows]:
    """Return the tables of all stores."""
    found: defaultdict[str, Rows] = defaultdict(list, tables(CARTS))
    for name, each in STORES.items():
        for table, rows in each.items():
            found[table] += [{"store": name} | row for row in rows]
    return found


@pytest.fixture(scope="module")
def built(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    """Build the marts of all stores at once."""
    fill(engine, **together())
    dbt(engine, "run", "--select", *(f"+{mart}" for mart in MARTS), **RULES)
    asked = (*MARTS, "cart_outcomes")
    return {mart: engine.query(f"select * from {SCHEMA}.{mart}") for mart in asked}


def of_shops(rows: Rows) -> Rows:
    """Return the rows of the stores of many carts."""
    return [row for row in rows if row["store"] in SHOPS]


@pytest.fixture(scope="module")
def reminded(built: dict[str, Rows]) -> Callable[[str, str], list[tuple[Any, ...]]]:
    """Return columns of those who may be reminded in a store."""

    def found(store: str, columns: str) -> list[tuple[Any, ...]]:
        rows = [row for row in built["carts_to_remind"] if row["store"] == store]
        return sorted(tuple(row[name] for name in columns.split()) for row in rows)

    return found


def weeks() -> dict[tuple[str, date], list[Cart]]:
    """Return the carts of each week of a store."""
    found: defaultdict[tuple[str, date], list[Cart]] = defaultdict(list)
    for cart in CARTS:
        found[cart.store, cart.monday].append(cart)
    return found


def is_complete(week: list[Cart], days: int) -> bool:
    """Tell whether a week is over and all its carts are so old."""
    is_over = there(AS_OF) >= week[0].monday + timedelta(days=7 + days)
    return is_over and all(cart.age >= days * DAY for cart in week)


def test_the_curve_counts_what_came_back_by_each_day(built: dict[str, Rows]) -> None:
    expected = {}
    for (_, monday), week in weeks().items():
        for place in {cart.place for cart in week}:
            here = [cart for cart in week if cart.place == place]
            for days in range(31):
                back = [cart for cart in here if cart.is_back_by(days * DAY)]
                told = len(back), sum(cart.value for cart in back)
                complete = is_complete(week, days)
                expected[*place, monday, days] = (
                    len(here),
                    sum(cart.value for cart in here),
                    complete,
                ) + (told if complete else (None, None))
    names = "store channel_id currency_code cohort_week days_since".split()
    columns = "carts value is_complete carts_recovered value_recovered".split()
    assert {
        tuple(row[name] for name in names): tuple(row[name] for name in columns)
        for row in of_shops(built["recovery_curve"])
    } == expected
    # All kinds of it are there.
    assert {row[2] for row in expected.values()} == {True, False}


def test_what_is_to_be_expected_is_what_came_of_earlier_carts(built: dict[str, Rows]) -> None:
    past: defaultdict[str, list[Cart]] = defaultdict(list)
    for (store, _), week in weeks().items():
        past[store] += week if is_complete(week, 30) else []
    groups: defaultdict[tuple[Any, ...], list[Cart]] = defaultdict(list)
    for cart in CARTS:
        if not cart.back_at:
            band = next(name for name, days in BANDS.items() if cart.age < days * DAY)
            groups[*cart.place, band].append(cart)
    expected = {
        key: (
            len(group),
            sum(cart.ticked is True for cart in group),
            sum(cart.value for cart in group),
            *hopes(group, past[key[0]]),
        )
        for key, group in groups.items()
    }
    names = "store channel_id currency_code age_band".split()
    columns = """carts carts_contactable value expected_value expected_low expected_high
        expected_variance expected_share_error largest_value""".split()
    assert {
        tuple(row[name] for name in names): tuple(row[name] for name in columns)
        for row in of_shops(built["recoverable_value"])
    } == expected
    order = {(row["age_band"], row["age_order"]) for row in of_shops(built["recoverable_value"])}
    assert order == {(band, place) for place, band in enumerate(BANDS, 1)}
    # Something is known of the large store, and of the small one nothing.
    assert {key[0] for key, row in expected.items() if row[-1]} == {"large", "middle"}


def hopes(group: list[Cart], past: list[Cart]) -> tuple[Decimal | None, ...]:
    """Return what is to be expected of carts, its range, and what that is made of."""
    sums = [Decimal(0)] * 3
    for cart in group:
        waiting = [one for one in past if not one.is_back_by(cart.age)]
        later = sum(one.is_back_by(30 * DAY) for one in waiting)
        if len(waiting) < ENOUGH or cart.age >= 30 * DAY:
            return (None,) * 6
        parts = coming(Fraction(cart.value), later, len(waiting))
        sums = [total + rounded(part) for total, part in zip(sums, parts, strict=True)]
    expected, variance, error = sums
    value, largest = sum(cart.value for cart in group), max(cart.value for cart in group)
    reach = reach_of_sum(*map(Fraction, (variance, error, largest)))
    low = rounded(max(Fraction(expected) - reach, Fraction(0)))
    high = rounded(min(Fraction(expected) + reach, Fraction(value)))
    return expected, low, high, variance, error, largest


@pytest.mark.parametrize("carts", [1, 3, 10, 100])
@pytest.mark.parametrize("share", [0.02, 0.06, 0.15, 0.4])
def test_the_range_holds_what_comes_in(carts: int, share: float) -> None:
    """Of a past of 120 carts and values far apart, 400 times."""
    chance = Random("range")  # noqa: S311 - invented carts

    def is_within() -> bool:
        later = sum(chance.random() < share for _ in range(120))
        values = [round(chance.lognormvariate(4, 1)) for _ in range(carts)]
        came = sum(value for value in values if chance.random() < share)
        mean, variance, error = coming(Fraction(1), later, 120)
        total, squares = sum(values), sum(value**2 for value in values)
        reach = reach_of_sum(variance * squares, error * total, Fraction(max(values)))
        return abs(came - mean * total) <= reach

    within = sum(is_within() for _ in range(400)) / 400
    assert within >= 0.92
    assert carts < 100 or within < 0.99


def is_held_out(email: str) -> bool:
    """Tell whether an address is in the part that is held out."""
    digits = md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()[:8]
    return Fraction(int(digits, 16), 16**8) < Fraction(SHARE)


def test_the_address_decides_who_is_held_out(built: dict[str, Rows]) -> None:
    told = {row["customer_email"]: row["is_held_out"] for row in of_shops(built["cart_outcomes"])}
    assert told == {cart.email: is_held_out(cart.email) for cart in CARTS}


def test_the_lift_compares_those_held_out_with_the_others(built: dict[str, Rows]) -> None:
    lifts = {row.pop("store"): row for row in map(dict, of_shops(built["reminder_lift"]))}
    assert lifts == {store: lift(store) for store in SHOPS}


def lift(store: str) -> dict[str, Any]:
    """Work out the lift in a store."""
    firsts: dict[str, Cart] = {}
    for cart in sorted(CARTS, key=lambda cart: (cart.began_at, f"c{cart.number}")):
        if cart.store == store and cart.ticked and cart.began_at >= SINCE:
            firsts.setdefault(cart.email, cart)
    groups: dict[bool, list[bool]] = {False: [], True: []}
    for cart in firsts.values():
        if AS_OF - cart.began_at >= WITHIN * DAY:
            groups[is_held_out(cart.email)].append(has_bought(cart))
    counts = [(sum(group), len(group)) for group in groups.values()]
    (mailed, held), (low, high) = counts, map(rounded, difference(*counts))
    return {
        "holdout_share": Decimal(SHARE),
        "holdout_since": SINCE,
        "attribution_days": WITHIN,
        "shoppers_mailed": mailed[1],
        "recovered_mailed": mailed[0],
        "rate_mailed": rounded(Fraction(*mailed)),
        "shoppers_held_out": held[1],
        "recovered_held_out": held[0],
        "rate_held_out": rounded(Fraction(*held)),
        "lift": rounded(Fraction(*mailed) - Fraction(*held)),
        "lift_low": low,
        "lift_high": high,
        "is_certain": low > 0 or high < 0,
    }


def has_bought(first: Cart) -> bool:
    """Tell whether somebody bought soon after first leaving a cart: that one, or any other."""
    until = first.began_at + WITHIN * DAY
    return bool(first.back_at and first.back_at <= until) or any(
        first.began_at <= cart.back_at <= until
        for cart in CARTS
        if cart.back_at and (cart.store, cart.email) == (first.store, first.email)
    )


EARLY = store(
    "left early",
    carts=[cart("c0", 40, customer_id=1, email="customer1@example.com")],
    orders=[sale(8, 36, customer_id=1), sale(9, 60, customer_id=1)],
    customers=[customer(1)],
)


def test_carts_left_before_payment_count_and_an_empty_group_says_nothing(
    built: dict[str, Rows],
) -> None:
    (row,) = (row for row in built["reminder_lift"] if row["store"] == EARLY)
    here, other = "mailed", "held_out"
    if is_held_out("customer1@example.com"):
        here, other = other, here
    assert (row[f"shoppers_{here}"], row[f"recovered_{here}"]) == (1, 1)
    assert (row[f"shoppers_{other}"], row[f"rate_{other}"]) == (0, None)
    ends = ("lift", "lift_low", "lift_high", "is_certain")
    assert [row[name] for name in ends] == [None] * 4


AGAIN = store(
    "left again",
    # Reminded of and left again, eight days after it first was, and bought within five of that.
    abandoned_carts=[left(1, 12, date_created=ago(20))],
    orders=[sale(1, 12, date_created=ago(20), date_modified=ago(10))],
)
BEFORE = store(
    "left before and at payment",
    # Left before payment, and four days later there; bought within five days of that alone.
    abandoned_carts=[left(1, 16, customer_id=1, customer_email="customer1@example.com")],
    carts=[cart("c1", 20, customer_id=1, email="customer1@example.com")],
    orders=[sale(8, 12, customer_id=1)],
    customers=[customer(1)],
)


@pytest.mark.parametrize("store", [AGAIN, BEFORE])
def test_leaving_a_cart_again_does_not_move_the_clock(built: dict[str, Rows], store: str) -> None:
    (row,) = (row for row in built["reminder_lift"] if row["store"] == store)
    assert row["shoppers_mailed"] + row["shoppers_held_out"] == 1
    assert row["recovered_mailed"] + row["recovered_held_out"] == 0


def test_the_documents_queries_leave_out_whoever_is_held_out(
    engine: Engine, built: dict[str, Rows]
) -> None:
    section = (ROOT / "docs/analyst.md").read_text().split("## Reminders, and whether they help")[1]
    mail, lift = re.findall(r"```sql\n(.*?);\n```", section.split("\n## ")[0], re.DOTALL)
    told = [row["email"] for row in engine.query(mail)]
    rows = [row for row in built["carts_to_remind"] if row["hours_since"] >= 4]
    assert sorted(told) == sorted(row["email"] for row in rows if not is_held_out(row["email"]))
    assert 0 < len(told) < len(rows)
    assert len(engine.query(lift)) == len(built["reminder_lift"])


Ask = Callable[[str, str], list[tuple[Any, ...]]]

READY = store(
    "ready",
    abandoned_carts=[
        left(1, customer_first_name="Ann", customer_locale="de", items_total=3, customer_id=None)
    ],
    abandoned_cart_line_items=[
        {"abandoned_cart_id": "1", "id": 1, "cart_date_modified": ago(1), "name": "Tea"},
        {"abandoned_cart_id": "1", "id": 2, "cart_date_modified": ago(1), "name": "Cup"},
        {"abandoned_cart_id": "1", "id": 3, "cart_date_modified": ago(1), "name": "Tea"},
        {"abandoned_cart_id": "1", "id": 4, "cart_date_modified": ago(9), "name": "Taken out"},
    ],
    channels=[{"id": 1, "name": "Shop"}],
)


def test_a_row_has_what_a_mail_tool_needs(built: dict[str, Rows]) -> None:
    (row,) = (row for row in built["carts_to_remind"] if row["store"] == READY)
    assert row == {
        "store": READY,
        "shopper_key": "guest ann@example.com",
        "cart_key": "c1",
        "email": "ann@example.com",
        "first_name": "Ann",
        "customer_id": None,
        "customer_locale": "de",
        "channel_id": 1,
        "channel_name": "Shop",
        "abandoned_at": ago(1),
        "abandoned_on": ago(1).date(),
        "hours_since": 24,
        "value": 40,
        "currency_code": "EUR",
        "items_total": 3,
        "products": "Cup, Tea",
        "recovery_url": None,
        "carts_left": 1,
        "is_returning": False,
        "is_left_at_payment": True,
        "is_held_out": is_held_out("ann@example.com"),
    }


BOUGHT = store(
    "bought",
    abandoned_carts=[left(1, 5), left(2, 5, customer_email="bob@example.com")],
    orders=[
        sale(8, 4, customer_email="Ann@example.com"),
        sale(9, 6, customer_email="bob@example.com"),
    ],
)


def test_whoever_has_bought_since_is_not_reminded(reminded: Ask) -> None:
    """Bob bought before."""
    assert reminded(BOUGHT, "cart_key is_returning") == [("c2", True)]


OLDER_CART = store(
    "older cart came back",
    abandoned_carts=[left(1, 5), left(2, 3)],
    orders=[sale(1, 5, customer_email="ann@example.com", cart_id="c1", date_modified=ago(1))],
)


def test_an_order_that_was_left_may_have_been_paid_until_it_last_changed(reminded: Ask) -> None:
    assert reminded(OLDER_CART, "cart_key") == []


SIGNED_IN = store(
    "signed in elsewhere",
    abandoned_carts=[left(1, 5)],
    orders=[sale(8, 4, customer_email="ann@example.com", customer_id=7)],
)


def test_a_purchase_with_the_same_address_is_one(reminded: Ask) -> None:
    """Though nobody knows that the guest is customer 7, whose row was not loaded."""
    assert reminded(SIGNED_IN, "cart_key") == []


TWO_CARTS = store("two carts", abandoned_carts=[left(1, 5), left(2, 2), left(3, 9)])


def test_the_latest_cart_counts(reminded: Ask) -> None:
    assert reminded(TWO_CARTS, "cart_key carts_left") == [("c2", 3)]


BEFORE_PAYMENT = store(
    "before payment",
    carts=[
        cart("agreed", customer_id=1, email="customer1@example.com", locale="fr"),
        cart("by address", email="Customer2@example.com"),
        cart("refused", customer_id=3, email="customer3@example.com"),
        cart("has not said", customer_id=4, email="customer4@example.com"),
        cart("a guest", email="guest@example.com"),
        cart("nobody"),
        cart("emptied", status="deleted", customer_id=5, email="customer5@example.com"),
        cart(
            "bought",
            status="converted",
            customer_id=6,
            email="customer6@example.com",
            converted_at=ago(0.5),
        ),
    ],
    cart_line_items=[
        {"cart_id": "agreed", "id": "a", "name": "Tea"},
        {"cart_id": "agreed", "id": "b", "name": "Cup"},
    ],
    customers=[
        customer(1),
        customer(2),
        customer(3, "refused"),
        customer(4, "silent"),
        customer(5),
        customer(6),
    ],
)


def test_a_cart_left_before_payment_needs_a_customers_word(reminded: Ask) -> None:
    asked = "cart_key first_name customer_locale value items_total products is_left_at_payment"
    assert reminded(BEFORE_PAYMENT, asked) == [
        ("agreed", "Bo", "fr", 30, 2, "Cup, Tea", False),
        ("by address", None, None, 30, 2, None, False),
    ]


RETURNING = store(
    "returning",
    carts=[
        cart("made before", customer_id=1, email="customer1@example.com"),
        cart("new", customer_id=2, email="customer2@example.com"),
        cart("by the inbox alone", customer_id=3, email="customer3@example.com"),
        cart(
            "bought",
            days=9,
            status="converted",
            customer_id=3,
            email="customer3@example.com",
            converted_at=ago(8),
        ),
    ],
    # Made before the cart was filled, and paid for after it, as far as is known.
    abandoned_carts=[left(9, 3, customer_id=1, is_email_opt_in=None)],
    orders=[sale(9, 3, customer_id=1, date_modified=ago(1.5))],
    customers=[customer(1), customer(2), customer(3)],
)


def test_whoever_made_an_order_before_is_returning(reminded: Ask) -> None:
    """As in `checkouts`: an order counts when it was made, and the inbox's word is no order."""
    assert reminded(RETURNING, "cart_key is_returning") == [
        ("by the inbox alone", False),
        ("made before", True),
        ("new", False),
    ]


AT_IT_NOW = store(
    "at a cart now",
    abandoned_carts=[left(1, 1, customer_id=1, customer_email="customer1@example.com")],
    carts=[
        cart(
            "now",
            0,
            status="active",
            customer_id=1,
            email="customer1@example.com",
            left_at=None,
            abandoned_at=None,
        )
    ],
    customers=[customer(1)],
)


def test_nobody_is_reminded_who_is_at_a_cart_now(reminded: Ask) -> None:
    assert reminded(AT_IT_NOW, "cart_key") == []


AT_PAYMENT_NOW = store(
    "at payment now",
    abandoned_carts=[
        left(1, 2),
        left(2, 2, customer_email="bob@example.com"),
        left(3, 2, customer_email="cy@example.com"),
    ],
    orders=[
        sale(8, 0.001, status_id=0, customer_email="Ann@example.com"),
        # The very cart, changed again, and one that is as it was left.
        sale(2, 0.001, status_id=0, customer_email="bob@example.com", cart_id="c2"),
        sale(3, 2, status_id=0, customer_email="cy@example.com", cart_id="c3"),
    ],
)


def test_nobody_is_reminded_who_is_at_the_payment_step_now(reminded: Ask) -> None:
    assert reminded(AT_PAYMENT_NOW, "cart_key") == [("c3",)]


REFUSED = store(
    "refused with an order",
    abandoned_carts=[
        left(1, 5),
        left(2, 5, customer_email="bob@example.com"),
        left(3, 5, customer_email="customer3@example.com", customer_id=3),
    ],
    orders=[
        # Ann said no when she tried again; Bob had said it earlier; a customer's word is another.
        sale(1, 5, status_id=6, customer_email="ann@example.com", cart_id="c1")
        | {"date_modified": ago(4), "is_email_opt_in": False},
        sale(8, 6, customer_email="bob@example.com") | {"is_email_opt_in": False},
        sale(3, 5, status_id=6, customer_id=3, cart_id="c3")
        | {"date_modified": ago(4), "is_email_opt_in": False},
    ],
    customers=[customer(3)],
)


def test_a_guests_newest_word_counts(reminded: Ask) -> None:
    assert reminded(REFUSED, "cart_key") == [("c2",), ("c3",)]


CANCELLED = store(
    "cancelled",
    abandoned_carts=[
        left(1, 5),
        left(2, 5, customer_email="bob@example.com"),
        left(5, 1, customer_email="eve@example.com"),
    ],
    orders=[
        # Paid, and cancelled by the merchant a day later; declined; cancelled, never Incomplete.
        sale(1, 5, status_id=5, customer_email="ann@example.com", cart_id="c1")
        | {"date_modified": ago(4)},
        sale(2, 5, status_id=6, customer_email="bob@example.com", cart_id="c2")
        | {"date_modified": ago(4)},
        sale(3, 5, status_id=5, customer_email="cy@example.com") | {"is_email_opt_in": True},
        sale(4, 5, status_id=6, customer_email="dan@example.com") | {"is_email_opt_in": True},
        # Eve came back to the cart, and left it again.
        sale(6, 3, status_id=5, customer_email="eve@example.com", cart_id="c5"),
    ],
)


def test_a_cart_whose_last_order_was_cancelled_is_let_be(reminded: Ask) -> None:
    assert reminded(CANCELLED, "cart_key") == [("c2",), ("c4",), ("c5",)]


ARCHIVED = store(
    "archived",
    abandoned_carts=[
        left(1, 5),
        left(2, 5, customer_email="bob@example.com"),
        left(3, 5, customer_email="cy@example.com"),
    ],
    orders=[
        sale(8, 4, customer_email="ann@example.com", is_deleted=True),
        sale(2, 5, customer_email="bob@example.com", cart_id="c2", is_deleted=True)
        | {"date_modified": ago(4)},
        sale(9, 6, customer_email="cy@example.com", is_deleted=True),
    ],
)


def test_an_archived_order_was_bought_all_the_same(reminded: Ask) -> None:
    """Cy's was before."""
    assert reminded(ARCHIVED, "cart_key is_returning") == [("c3", False)]


LONG_AGO = store(
    "long ago",
    abandoned_carts=[
        left(1, 30),
        left(2, 30 - 1 / 86400, customer_email="bob@example.com"),
    ],
)


def test_carts_are_reminded_of_for_some_days(reminded: Ask) -> None:
    assert reminded(LONG_AGO, "cart_key") == [("c2",)]


MASKED = store(
    "masked",
    abandoned_carts=[
        left(1, customer_email="5b1f0a", customer_first_name="77e1c2"),
        left(2, customer_email="customer1@example.com", customer_id=1),
    ],
    customers=[customer(1, email="9cc0de", first_name="41d0")],
)


def test_a_hash_is_neither_an_address_nor_a_name(reminded: Ask) -> None:
    assert reminded(MASKED, "email first_name") == [("customer1@example.com", None)]


NO_ORDERS = store(
    "no orders",
    abandoned_carts=[left(1)],
    carts=[cart("c2", customer_id=1, email="customer1@example.com")],
    customers=[customer(1)],
    orders=[],
)


def test_where_nobody_knows_who_bought_nobody_is_reminded(reminded: Ask) -> None:
    assert reminded(NO_ORDERS, "cart_key") == []


ONE_ADDRESS = store(
    "one address",
    abandoned_carts=[left(1, 2, customer_id=1), left(2, 1, customer_id=2)],
    customers=[customer(1, email="ann@example.com"), customer(2, email=" Ann@example.com")],
)


def test_an_address_is_reminded_once(reminded: Ask) -> None:
    assert reminded(ONE_ADDRESS, "cart_key shopper_key") == [("c2", "customer 2")]


LINKS = store(
    "links",
    abandoned_carts=[
        left(1),
        left(2, customer_email="b@example.com", channel_id=2),
        left(3, customer_email="c@example.com", channel_id=3),
        left(4, customer_email="d@example.com", recovery_url="https://example.com/back/4"),
        left(5, customer_email="e@example.com"),
    ],
    carts=[cart(f"c{number}", recovery_token=f"7a{number}") for number in (1, 2, 3, 4)],
    channels=[
        {"id": 1, "site_url": "https://example.com/", "recovery_route": "/recover"},
        {"id": 2, "site_url": "https://example.com", "recovery_route": None},
        {"id": 3, "site_url": "https://example.com", "recovery_route": "/{lang}/recover"},
    ],
)


def test_a_link_needs_the_site_its_page_and_the_token(reminded: Ask) -> None:
    assert reminded(LINKS, "cart_key recovery_url") == [
        ("c1", "https://example.com/recover?t=7a1"),
        ("c2", None),
        ("c3", None),
        ("c4", "https://example.com/back/4"),
        ("c5", None),
    ]


TROUBLE = store(
    "trouble",
    store_logs=[
        {"id": number, "type": kind, "severity": severity, "date_created": moment}
        for number, (kind, severity, moment) in enumerate(
            [
                ("Shipping", 4, ago(1)),
                ("shipping", 3, ago(1)),
                ("shipping", 2, ago(1)),
                ("shipping", None, ago(1)),
                # A day later there than in UTC.
                ("payment", 4, datetime.fromisoformat("2026-06-28 22:30")),
                ("tax", 1, ago(1)),
            ]
        )
    ],
)


def test_warnings_and_errors_are_problems(built: dict[str, Rows]) -> None:
    assert sorted(tuple(row.values()) for row in built["store_problems_daily"]) == [
        (TROUBLE, date(2026, 6, 29), "payment", 1, 1, 0),
        (TROUBLE, date(2026, 6, 29), "shipping", 2, 1, 1),
    ]


GROUPED = {
    "recoverable_value": "update {} set carts = carts + 1 where age_order = 1",
    "reminder_lift": "update {} set shoppers_mailed = shoppers_mailed + 1",
    "store_problems_daily": "delete from {} where kind = 'payment'",
}


@pytest.mark.parametrize("mart", GROUPED)
def test_sums_that_are_not_those_of_the_rows_are_noticed(
    engine: Engine, dbt: Dbt, built: dict[str, Rows], mart: str
) -> None:
    assert built[mart]
    test = ("test", "--select", "sums_equal_what_they_are_of")
    dbt(engine, *test, **RULES)
    change(engine, [f"create table kept as select * from {SCHEMA}.{mart}"])
    change(engine, [GROUPED[mart].format(f"{SCHEMA}.{mart}")])
    with pytest.raises(AssertionError, match="sums_equal_what_they_are_of"):
        dbt(engine, *test, **RULES)
    restore = f"insert into {SCHEMA}.{mart} select * from kept"
    change(engine, [f"delete from {SCHEMA}.{mart}", restore, "drop table kept"])
