"""What `transform/models/definitions.md` says, each on a store of its own, in one build."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.funnel_rows import TESTER
from tests.support.warehouse.marts import SCHEMA, Dbt, described, meaning
from tests.support.warehouse.raw import fill

AS_OF = "2026-03-31 12:00:00"
TABLES = (
    *("abandoned_carts", "orders", "carts", "customers", "cart_events"),
    *("channels", "customer_groups"),
)
# Every comment of the marts: of which table, of which column (none: of the table), what it says.
COMMENTS = {
    "target-duckdb": f"""
        select table_name, null as column_name, comment
        from duckdb_tables() where schema_name = '{SCHEMA}'
        union all
        select table_name, column_name, comment
        from duckdb_columns() where schema_name = '{SCHEMA}'
    """,
    "target-postgres": f"""
        select
            relname as table_name, attname as column_name, description as comment
        from pg_description
        inner join pg_class on pg_class.oid = objoid
        left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
        where
            pg_description.classoid = 'pg_class'::regclass
            and relnamespace = '{SCHEMA}'::regnamespace
    """,
}
# The type of every column of the marts, and names that the engines have for what the YAML says.
TYPES = {
    "target-duckdb": f"""
        select table_name, column_name, lower(data_type) as type
        from duckdb_columns() where schema_name = '{SCHEMA}'
    """,
    "target-postgres": f"""
        select
            relname as table_name, attname as column_name,
            format_type(atttypid, atttypmod) as type
        from pg_attribute
        inner join pg_class on pg_class.oid = attrelid
        where relnamespace = '{SCHEMA}'::regnamespace and relkind = 'r' and attnum > 0
    """,
}
NAMES = {"varchar": "text", "decimal": "numeric", "timestamp without time zone": "timestamp"}
Store = dict[str, Rows]
STORES: dict[str, Store] = {}


def at(day: int, time: str = "12:00") -> str:
    """Return a moment of March 2026."""
    return f"2026-03-{day:02} {time}:00"


def left(number: int, cart: str | None, day: int = 1, **more: Any) -> dict[str, Any]:
    """Return an Incomplete order of 100 euros that was left at noon."""
    money = {"channel_id": 1, "default_currency_code": "EUR", "total_inc_tax": 100}
    when = {"date_created": at(day), "date_modified": at(day)}
    return {"id": str(number), "order_id": number, "cart_id": cart, **money, **when} | more


def order(number: int, cart: str | None, status: int, day: int = 1, **more: Any) -> dict[str, Any]:
    """Return an order that was made at noon."""
    row = left(number, cart, day) | {"id": number, "status_id": status, "is_deleted": False}
    return {name: value for name, value in row.items() if name != "order_id"} | more


def cart(name: str, status: str, day: int = 1, **more: Any) -> dict[str, Any]:
    """Return a cart of the inbox, filled at nine, with the shopper's last sign at ten."""
    when = {"created_time": at(day, "09:00"), "updated_time": at(day, "10:00")}
    told = {"date_modified": at(day, "11:00"), "first_received_at": at(1, "00:00")}
    money = {"channel_id": 1, "currency_code": "EUR", "cart_amount": 90}
    return {"id": name, "status": status, **when, **told, **money} | more


def store(name: str, **tables: Rows) -> str:
    """Note a store; gives its name."""
    STORES[name] = tables
    return name


@pytest.fixture(scope="module")
def built(engine: Engine, dbt: Dbt) -> dict[str, Rows]:
    """Build the marts of all stores at once."""
    fill(
        engine,
        **{
            table: [{"store": name} | row for name, s in STORES.items() for row in s.get(table, [])]
            for table in TABLES
        },
    )
    # Nobody can call an Incomplete order a sale.
    rules = {"infer_recovery": True, "not_sale_status_ids": [5, 6], "test_emails": [TESTER]}
    dbt(engine, "build", as_of=AS_OF, **rules)
    marts = """cart_outcomes checkouts cart_funnel cart_funnel_daily abandonment_daily
        store_coverage shoppers reminder_lift"""
    return {mart: engine.query(f"select * from {SCHEMA}.{mart}") for mart in marts.split()}


@pytest.fixture(scope="module")
def rows(built: dict[str, Rows]) -> Callable[..., list[tuple[Any, ...]]]:
    """Return columns of a store's rows in a mart, in their order."""

    def found(mart: str, store: str, columns: str) -> list[tuple[Any, ...]]:
        told = [row for row in built[mart] if row["store"] == store]
        return sorted(
            (tuple(_plain(row[name]) for name in columns.split()) for row in told), key=str
        )

    return found


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text.removesuffix(":00")


Ask = Callable[..., list[tuple[Any, ...]]]

TWO_ORDERS = store(
    "two orders",
    abandoned_carts=[
        left(100, "c0", date_created=at(17, "06:00"), date_modified=at(17, "06:10")),
        left(102, None, date_created=at(18, "06:00"), date_modified=at(18, "06:10")),
    ],
    carts=[cart("c0", "converted", 18, order_id=102, converted_at=at(18, "07:00"))],
    orders=[order(102, None, 11, date_created=at(18, "06:00"), date_modified=at(18, "07:00"))],
)


def test_an_order_that_only_the_inbox_names_a_cart_of_is_of_that_cart(rows: Ask) -> None:
    assert rows("cart_outcomes", TWO_ORDERS, "cart_key attempts outcome recovering_order_id") == [
        ("c0", 2, "recovered", 102)
    ]
    assert rows("cart_funnel", TWO_ORDERS, "cart_key outcome order_id") == [
        ("c0", "recovered", 102)
    ]


UNSEEN_ORDER = store(
    "unseen order",
    abandoned_carts=[left(100, "c0", date_modified=at(17, "06:10"))],
    carts=[cart("c0", "converted", 18, order_id=102, converted_at=at(18, "07:00"))],
    orders=[order(7, None, 11, 20)],
)


def test_what_came_in_by_an_order_that_was_not_loaded_is_not_known(rows: Ask) -> None:
    """Neither nothing, nor a row more."""
    asked = "day carts_abandoned carts_recovered recovered_order_value"
    assert rows("abandonment_daily", UNSEEN_ORDER, asked) == [
        ("2026-03-17", 1, 1, None),
        ("2026-03-20", 0, 0, "0"),
    ]


LATER_CART = store(
    "later cart",
    abandoned_carts=[left(100, "c0"), left(101, None)],
    orders=[order(101, "c0", 11, 2)],
)


def test_a_sale_is_of_all_the_orders_of_its_cart(rows: Ask) -> None:
    """Order 101 named its cart only later; the cart is one, and it came back."""
    assert rows("cart_outcomes", LATER_CART, "cart_key outcome is_same_order") == [
        ("c0", "recovered", True)
    ]
    assert rows("cart_funnel", LATER_CART, "cart_key outcome order_id") == [
        ("c0", "recovered", 101)
    ]


TWO_NAMES = store(
    "two names",
    abandoned_carts=[left(1, "before"), left(2, "after")],
    orders=[order(1, "after", 11, 2)],
)


def test_an_order_is_of_the_cart_that_it_was_left_as(rows: Ask) -> None:
    assert rows("cart_outcomes", TWO_NAMES, "cart_key outcome recovering_order_id") == [
        ("after", "lost", None),
        ("before", "recovered", 1),
    ]
    assert rows("cart_funnel", TWO_NAMES, "cart_key outcome order_id") == [
        ("after", "left_at_payment", None),
        ("before", "recovered", 1),
    ]


OTHER_ORDER = store(
    "other order",
    abandoned_carts=[left(1, "c0", 1)],
    orders=[order(*(2, "c0", 11, 2), total_inc_tax=60, default_currency_code="USD", channel_id=2)],
)


def test_a_sale_has_its_own_value_currency_and_storefront(rows: Ask) -> None:
    columns = "order_id value currency_code channel_id outcome"
    assert rows("cart_funnel", OTHER_ORDER, columns) == [(2, "60", "USD", 2, "recovered")]
    # What was left is told by the cart.
    assert rows("cart_outcomes", OTHER_ORDER, "value currency_code") == [("100", "EUR")]


DECLINED = store(
    "declined",
    orders=[
        order(1, "c0", 6, total_inc_tax=119, date_modified=at(9)),
        order(2, None, 5, 2),
        order(3, "c3", 6, 3),
        order(4, "c3", 11, 4),
        order(5, "c5", 11, 5),
    ],
)
DECLINED_IN_INBOX = store(
    "declined in the inbox",
    orders=[order(1, "c0", 6, total_inc_tax=119, date_modified=at(9))],
    carts=[cart("c0", "converted", order_id=1, converted_at=at(1))],
)


def test_declined_and_cancelled_orders_are_carts_that_were_left(rows: Ask) -> None:
    assert (
        rows("cart_outcomes", DECLINED, "cart_key outcome order_id abandoned_at value")
        == [
            ("2", "lost", 2, at(2)[:-3], "100"),
            ("c0", "lost", 1, at(1)[:-3], "119"),  # left when it was made, whatever changed later
            ("c3", "recovered", 3, at(3)[:-3], "100"),
        ]
    )
    assert {key for (key,) in rows("cart_outcomes", DECLINED, "abandoned_cart_id")} == {None}
    assert rows("abandonment_daily", DECLINED, "day carts_lost checkouts abandonment_rate") == [
        ("2026-03-01", 1, 1, "1"),
        ("2026-03-02", 1, 1, "1"),
        ("2026-03-03", 0, 1, "1"),
        ("2026-03-04", 0, 0, None),  # the sale is the checkout of the day before
        ("2026-03-05", 0, 1, "0"),
    ]
    assert rows("cart_funnel", DECLINED, "cart_key stage outcome") == [
        ("2", "payment", "left_at_payment"),
        ("c0", "payment", "left_at_payment"),
        ("c3", "placed", "recovered"),
        ("c5", "placed", "placed"),
    ]


def test_a_declined_order_has_its_own_value_and_date(rows: Ask) -> None:
    assert rows("cart_funnel", DECLINED_IN_INBOX, "stage outcome value left_at filled_at") == [
        ("payment", "left_at_payment", "119", at(1)[:-3], at(1, "09:00")[:-3])
    ]


ARCHIVED = store(
    "archived",
    orders=[order(1, "c1", 10, is_deleted=True), order(2, "c2", 6, is_deleted=True)],
    carts=[cart("c1", "converted", order_id=1, converted_at=at(1))],
)


def test_an_archived_order_is_neither_a_sale_nor_lost(rows: Ask) -> None:
    assert rows("cart_outcomes", ARCHIVED, "cart_key outcome") == [("c2", "lost")]
    assert rows("cart_funnel", ARCHIVED, "cart_key stage outcome left_at") == [
        ("c1", "payment", "left_at_payment", at(1)[:-3]),
        ("c2", "payment", "left_at_payment", at(1)[:-3]),
    ]


WORDS = {"yes": True, "no": False, "": None}


def person(number: int, accepts: str, email: str) -> dict[str, Any]:
    """Return a customer, and what they said of reminders."""
    word = {"accepts_product_review_abandoned_cart_emails": WORDS[accepts]}
    return {"id": number, "email": email, "date_modified": at(1), **word}


def asked(number: int, customer: int | None, ticked: str, email: str) -> dict[str, Any]:
    """Return a cart of somebody, and what they ticked."""
    who: dict[str, Any] = {"customer_id": customer, "customer_email": email or None}
    who |= {"is_email_opt_in": WORDS[ticked]}
    return left(number, f"c{number}", **who)


CONSENT = store(
    "consent",
    abandoned_carts=[
        asked(1, 99, "yes", "gone@example.com"),  # a customer without a row
        asked(2, None, "yes", " No@Example.com"),  # a guest with a refusing customer's address
        asked(3, 10, "no", "yes@example.com"),
        asked(4, None, "no", "yes@example.com"),
        asked(5, None, "yes", "guest@example.com"),
        asked(6, None, "no", "guest@example.com"),
        asked(7, None, "", "guest@example.com"),
        asked(8, 10, "yes", ""),
        asked(9, 10, "yes", "no@example.com"),  # agreed, but another with the address refused
        asked(10, 12, "yes", "silent@example.com"),
        asked(11, None, "yes", "silent@example.com"),
        asked(12, None, "yes", "both@example.com"),
    ],
    customers=[
        person(10, "yes", "yes@example.com"),
        person(11, "no", "no@example.com"),
        person(12, "", "silent@example.com"),
        person(13, "yes", "both@example.com"),
        person(14, "no", "Both@example.com"),
    ],
    orders=[order(20, None, 10)],
)


def test_a_refusal_anywhere_wins_and_what_is_not_known_is_null(rows: Ask) -> None:
    told: dict[int, bool | None] = dict(rows("cart_outcomes", CONSENT, "order_id is_contactable"))
    assert told == {
        1: None,
        2: False,
        3: True,
        4: True,
        5: True,
        6: False,
        7: None,
        8: False,
        9: False,
        10: None,
        11: None,
        12: False,
    }


def test_without_a_holdout_nothing_is_said_of_reminders(built: dict[str, Rows]) -> None:
    """Though many may be reminded."""
    assert any(row["is_contactable"] for row in built["cart_outcomes"])
    assert {row["is_held_out"] for row in built["cart_outcomes"]} == {False, None}
    assert built["reminder_lift"] == []


def whose(email: str) -> dict[str, str]:
    """Return whose order it is."""
    return {"customer_email": email}


GUESSES = store(
    "guesses",
    abandoned_carts=[
        left(1, "first", 1, **whose("a@example.com")),
        left(2, "second", 2, **whose("a@example.com")),
        left(3, "too late", 1, **whose("b@example.com")),
        left(4, "before", 5, **whose("c@example.com")),
        left(5, "alike", 5, **whose("d@example.com")),
        left(6, "like it", 5, **whose("d@example.com")),
        left(7, "its own", 6, **whose("e@example.com")),
        left(8, "another", 5, **whose("e@example.com")),
    ],
    orders=[
        order(11, None, 11, 3, **whose("a@example.com")),
        order(12, "x", 11, 4, **whose("a@example.com")),
        order(13, None, 11, 8, **whose("b@example.com")),  # seven days are not within seven days
        order(14, None, 11, 4, **whose("c@example.com")),
        order(15, None, 11, 5, **whose("d@example.com")),  # at the same second
        order(16, "its own", 11, 7, **whose("e@example.com")),
    ],
    carts=[cart("x", "converted", 3, order_id=12, converted_at=at(4))],
)


def test_one_order_brings_back_one_cart_and_the_marts_agree(rows: Ask) -> None:
    guessed = [
        ("alike", "recovered", True, 15),  # of two left at once the first by name
        ("another", "lost", False, None),
        ("before", "lost", False, None),
        ("first", "recovered", True, 12),
        ("its own", "recovered", False, 16),
        ("like it", "lost", False, None),
        ("second", "recovered", True, 11),  # the cart left last before the sale
        ("too late", "lost", False, None),
    ]
    columns = "cart_key outcome is_inferred recovering_order_id"
    assert rows("cart_outcomes", GUESSES, columns) == guessed
    assert rows("cart_funnel", GUESSES, "cart_key outcome is_inferred order_id") == sorted(
        [
            *(
                (key, "left_at_payment" if outcome == "lost" else outcome, *more)
                for key, outcome, *more in guessed
            ),
            ("x", "placed", False, 12),
        ],
        key=str,
    )


SINCE = {"first_received_at": at(10, "08:00")}
BEFORE_INBOX = store(
    "before the inbox",
    abandoned_carts=[left(4, "back at it", 5)],
    orders=[order(3, "came back", 11, 5), order(4, "back at it", 0, 5)],
    carts=[
        cart("early", "abandoned", 5, abandoned_at=at(5, "11:00"), **SINCE),
        cart(
            "came back",
            "converted",
            5,
            order_id=3,
            abandoned_at=at(5, "11:00"),
            converted_at=at(5),
            first_received_at=at(11),
        ),
        cart("back at it", "active", 5, updated_time=at(11), first_received_at=at(11)),
        cart("later", "abandoned", 10, abandoned_at=at(10, "11:00"), first_received_at=at(11)),
    ],
)
EVENTS = store(
    "events",
    carts=[
        cart("c1", "abandoned", 10, abandoned_at=at(10, "11:00"), first_event_at=at(2), **SINCE)
    ],
    cart_events=[{"sequence": 1, "received_at": at(9)}, {"sequence": 2, "received_at": at(10)}],
)


def test_days_before_the_inbox_received_anything_are_not_known(rows: Ask) -> None:
    """Events may be dated long before they came."""
    columns = "day is_early_stage_known left_before_payment left_at_payment placed recovered"
    assert rows("cart_funnel_daily", BEFORE_INBOX, columns) == [
        ("2026-03-05", False, None, 1, 1, 0),
        ("2026-03-10", True, 1, 0, 0, 0),
    ]
    assert rows("store_coverage", BEFORE_INBOX, "inbox_since") == [(at(10, "08:00")[:-3],)]
    assert rows("store_coverage", EVENTS, "inbox_since") == [(at(9)[:-3],)]


def test_a_cart_filled_before_the_inbox_began_is_told_as_without_one(rows: Ask) -> None:
    told = {
        key: more for key, *more in rows("cart_funnel", BEFORE_INBOX, "cart_key outcome left_at")
    }
    assert told["came back"] == ["placed", None]
    assert told["back at it"] == ["left_at_payment", at(5)[:-3]]


NO_INBOX = store(
    "no inbox",
    abandoned_carts=[left(2, "c0", 3)],
    orders=[order(1, "c0", 10, 1, is_deleted=True), order(2, "c0", 0, 3), order(3, "c0", 11, 4)],
)


def test_without_an_inbox_a_cart_was_filled_when_it_first_reached_payment(rows: Ask) -> None:
    assert rows("cart_funnel", NO_INBOX, "filled_at placed_at") == [(at(1)[:-3], at(4)[:-3])]
    assert rows("cart_outcomes", NO_INBOX, "began_at recovered_at") == [(at(1)[:-3], at(4)[:-3])]


NIGHT = store(
    "night",
    carts=[
        cart(
            "older table", "abandoned", 5, updated_time=at(5, "23:30"), abandoned_at=at(6, "00:30")
        ),
        cart(
            "came back",
            "converted",
            5,
            updated_time=at(7),
            left_at=at(5, "23:30"),
            abandoned_at=at(6, "00:30"),
            converted_at=at(7),
            order_id=9,
        ),
        cart(
            "at payment", "abandoned", 5, updated_time=at(5, "23:30"), abandoned_at=at(6, "00:30")
        ),
    ],
    abandoned_carts=[left(1, "at payment", 5, date_modified=at(5, "23:30"))],
    orders=[order(1, "at payment", 0, 5)],
)


def test_a_cart_was_left_at_the_shoppers_last_sign(rows: Ask) -> None:
    assert rows("cart_funnel", NIGHT, "cart_key outcome left_at") == [
        ("at payment", "left_at_payment", at(5, "23:30")[:-3]),
        ("came back", "recovered", at(5, "23:30")[:-3]),
        ("older table", "left_before_payment", at(5, "23:30")[:-3]),
    ]
    assert rows("cart_outcomes", NIGHT, "abandoned_at") == [(at(5, "23:30")[:-3],)]


TESTERS = store(
    "testers",
    abandoned_carts=[
        left(1, "no address"),
        left(2, "registered", customer_id=7),
        left(3, "real", customer_email="a@example.com"),
    ],
    orders=[
        order(1, "no address", 0),
        order(4, "sold", 11, customer_id=7),
        order(5, "sold too", 11, customer_email=TESTER),
    ],
    carts=[cart("no address", "abandoned", email=TESTER.upper()), cart("sold too", "converted")],
    customers=[person(7, "yes", TESTER)],
)


def test_testers_are_nowhere(rows: Ask) -> None:
    """One source that tells is enough: the inbox, the order, or the customer."""
    assert rows("cart_outcomes", TESTERS, "cart_key") == [("real",)]
    assert rows("cart_funnel", TESTERS, "cart_key") == [("real",)]
    assert rows("abandonment_daily", TESTERS, "carts_abandoned orders_placed") == [(1, 0)]
    assert rows("store_coverage", TESTERS, "has_orders has_inbox carts orders inbox_carts") == [
        (True, True, 1, 0, 0)
    ]
    assert rows("shoppers", TESTERS, "shopper_key") == [("guest a@example.com",)]


SALES = store(
    "sales",
    abandoned_carts=[left(1, "sold before", 5), left(2, "sold twice", 5), left(3, "never", 5)],
    orders=[
        order(11, "sold before", 11, 4),
        order(12, "sold twice", 11, 7),
        order(13, "sold twice", 11, 6),
        order(14, "sold twice", 11, 4),
        order(3, "never", 0, 5),
    ],
)


def test_the_first_sale_after_the_cart_was_left_counts_else_the_first_before(rows: Ask) -> None:
    columns = "cart_key outcome recovering_order_id hours_to_recover"
    assert rows("cart_outcomes", SALES, columns) == [
        ("never", "lost", None, None),  # an Incomplete order is no sale, whatever the rules say
        ("sold before", "recovered", 11, None),
        ("sold twice", "recovered", 13, "24"),
    ]


TIES = store(
    "ties",
    abandoned_carts=[left(9, "c", total_inc_tax=9), left(10, "c", total_inc_tax=10)],
    orders=[order(12, "c", 11, 2, total_inc_tax=12), order(11, "c", 11, 2, total_inc_tax=11)],
)


def test_of_two_at_once_the_later_number_was_left_and_the_earlier_sold(rows: Ask) -> None:
    assert rows("cart_outcomes", TIES, "order_id value recovering_order_id") == [(10, "10", 11)]
    assert rows("cart_funnel", TIES, "order_id value") == [(11, "11")]


UNDATED = store(
    "undated",
    abandoned_carts=[left(1, "c1", 4, date_created=None)],
    orders=[
        order(2, "c2", 6, 5, date_created=None),
        order(3, "c3", 11, 6, date_created=None),
        order(4, "c4", 11, 6, status_id=None),
    ],
    carts=[cart("c5", "converted", 7, created_time=None)],
)


def test_an_order_without_a_date_was_made_at_its_last_change(rows: Ask) -> None:
    assert rows("cart_outcomes", UNDATED, "cart_key began_at abandoned_at") == [
        ("c1", at(4)[:-3], at(4)[:-3]),
        ("c2", at(5)[:-3], at(5)[:-3]),
    ]
    assert rows("cart_funnel", UNDATED, "cart_key outcome filled_at placed_at") == [
        ("c1", "left_at_payment", at(4)[:-3], None),
        ("c2", "left_at_payment", at(5)[:-3], None),
        ("c3", "placed", at(6)[:-3], at(6)[:-3]),
        ("c5", "placed", at(7, "11:00")[:-3], at(7, "11:00")[:-3]),
    ]
    assert rows("abandonment_daily", UNDATED, "day orders_placed") == [
        ("2026-03-04", 0),
        ("2026-03-05", 0),
        ("2026-03-06", 1),
    ]


INBOX = store(
    "inbox",
    abandoned_carts=[left(1, "back again", 5), left(2, "bought", 5), left(3, "theirs", 5)],
    orders=[order(1, "back again", 0, 5), order(4, "emptied", 0, 5), order(3, "theirs", 11, 6)],
    carts=[
        cart("back again", "active", 5, updated_time=at(31, "11:30")),
        cart("emptied", "deleted", 5),
        cart("bought", "converted", 5, order_id=22, converted_at=at(6)),
        cart("not theirs", "converted", 5, order_id=3, converted_at=at(6)),
    ],
)


def test_the_inbox_tells_what_orders_do_not(rows: Ask) -> None:
    told = {
        key: more for key, *more in rows("cart_funnel", INBOX, "cart_key stage outcome order_id")
    }
    assert told == {
        "back again": ["payment", "open", None],
        "emptied": ["payment", "emptied", None],
        "bought": ["placed", "recovered", 22],  # no order of this cart was loaded
        "theirs": ["placed", "recovered", 3],
        "not theirs": ["payment", "left_at_payment", None],  # the order is another cart's
    }
    assert rows("cart_outcomes", INBOX, "cart_key outcome recovering_order_id") == [
        ("back again", "lost", None),  # it has not come back, though the shopper is there
        ("bought", "recovered", 22),
        ("theirs", "recovered", 3),
    ]


NO_ORDERS = store(
    "no orders",
    abandoned_carts=[left(1, "c1"), left(2, "c2")],
    carts=[cart("c1", "converted", converted_at=at(2), order_id=1), cart("c3", "expired")],
)


def test_without_orders_outcomes_are_unknown_and_the_funnel_asks_the_inbox(rows: Ask) -> None:
    assert rows("cart_outcomes", NO_ORDERS, "cart_key outcome recovering_order_id") == [
        ("c1", "unknown", None),
        ("c2", "unknown", None),
    ]
    assert rows("cart_funnel", NO_ORDERS, "cart_key outcome order_id") == [
        ("c1", "recovered", 1),
        ("c2", "unknown", None),
        ("c3", "left_before_payment", None),
    ]


CHECKOUTS = store(
    "checkouts",
    abandoned_carts=[left(1, "left", 1), left(3, None, 3)],
    orders=[
        order(1, "left", 11, 2),
        order(2, "left", 11, 4),
        order(3, None, 0, 3),
        order(4, "never left", 11, 4, channel_id=2, customer_id=7),
        order(5, "never left", 4, 5),
        order(6, "cancelled", 5, 6),
        order(7, "archived", 11, 7, is_deleted=True),
        order(8, None, 11, 8),
    ],
    channels=[{"id": 1, "name": "Shop"}],
    customers=[{"id": 7, "date_modified": at(1), "customer_group_id": 3}],
    customer_groups=[{"id": 3, "name": "Trade"}],
)


def test_a_checkout_is_a_cart_that_was_left_or_a_sale_of_none(rows: Ask) -> None:
    columns = "checkout_key cart_key order_id outcome checkout_on"
    assert rows("checkouts", CHECKOUTS, columns) == [
        ("cart 3", "3", 3, "lost", "2026-03-03"),
        ("cart cancelled", "cancelled", 6, "lost", "2026-03-06"),
        ("cart left", "left", 1, "recovered", "2026-03-01"),  # its two sales are no more checkouts
        ("order 4", "never left", 4, "placed", "2026-03-04"),
        ("order 5", "never left", 5, "placed", "2026-03-05"),
        ("order 8", "8", 8, "placed", "2026-03-08"),
    ]
    days: dict[str, int] = dict(rows("abandonment_daily", CHECKOUTS, "day checkouts"))
    assert sum(days.values()) == 6
    # Its cart is of the first.
    assert days["2026-03-02"] == 0


def test_storefronts_and_groups_have_the_names_that_were_loaded(rows: Ask) -> None:
    columns = "order_id channel_name is_guest customer_group_name"
    told = {key: more for key, *more in rows("checkouts", CHECKOUTS, columns)}
    assert told[1] == ["Shop", None, None]
    assert told[4] == [None, False, "Trade"]
    assert told[5] == ["Shop", True, None]


def costs(value: Any = 100, **more: Any) -> dict[str, Any]:
    """Return what an order is made of: 80 and extra costs, less two discounts."""
    amounts = {"total_inc_tax": value, "subtotal_ex_tax": 80, "total_tax": 20}
    amounts |= {"shipping_cost_ex_tax": 8, "shipping_cost_inc_tax": "9.60"}
    amounts |= {"handling_cost_ex_tax": 2, "handling_cost_inc_tax": "2.40"}
    return amounts | {"discount_amount": 6, "coupon_discount": 4} | more


COSTS = store(
    "costs",
    abandoned_carts=[
        left(1, None, **costs(is_tax_inclusive_pricing=False)),
        left(2, None, **costs(is_tax_inclusive_pricing=True)),
        left(3, None, **costs()),
        left(4, None, **costs(total_tax=0)),
        left(5, None, **costs(0, is_tax_inclusive_pricing=False)),
        left(6, None, **costs(is_tax_inclusive_pricing=False, handling_cost_ex_tax=None)),
        left(7, None, **costs(2, is_tax_inclusive_pricing=True, total_tax=None)),
    ],
    orders=[
        order(11, None, 11, **costs(80, is_tax_inclusive_pricing=False)),
        order(12, None, 6, **costs("900.07", is_tax_inclusive_pricing=True)),
    ],
)


def test_extra_costs_are_what_came_on_top_of_the_prices_that_were_shown(rows: Ask) -> None:
    columns = "order_id extra_costs extra_cost_share"
    told: dict[int, tuple[Any, ...]] = {
        key: tuple(more) for key, *more in rows("checkouts", COSTS, columns)
    }
    assert told == {
        1: ("30", "0.3"),  # shipping 8, handling 2, tax 20
        2: ("12", "0.12"),  # shipping and handling with the tax on them, 9.60 and 2.40
        3: (None, None),  # nobody says whether the tax was shown
        4: ("10", "0.1"),  # there was none
        5: ("30", None),  # of nothing
        6: (None, None),
        7: ("12", "6"),  # a coupon took most of it off
        11: ("30", "0.375"),
        12: ("12", "0.0133"),
    }
    columns = "items_value shipping_cost handling_cost tax discount coupon_discount order_id"
    parts = ("80", "8", "2", "20", "6", "4")
    assert {(*parts, 1), (*parts, 12)} <= {*rows("cart_outcomes", COSTS, columns)}
    assert {(*parts, 1), (*parts, 11)} <= {*rows("checkouts", COSTS, columns)}


COUPONS = store(
    "coupons",
    abandoned_carts=[
        left(1, "used", coupon_discount="0.01"),
        left(2, "refused", coupon_discount=0),
        left(3, "none", coupon_discount=0),
        left(4, "not in the inbox", coupon_discount=0),
        left(5, "not told", coupon_discount=None),
    ],
    orders=[order(6, "placed", 11, coupon_discount=0)],
    carts=[
        cart("used", "abandoned", coupon_codes="[]"),
        cart("refused", "abandoned", coupon_codes='["SPRING"]'),
        cart("none", "abandoned", coupon_codes="[]", line_item_count=3),
        cart("not told", "abandoned", coupon_codes='["SPRING"]'),
        cart("placed", "converted", coupon_codes='["SPRING", "MAY"]', line_item_count=2),
    ],
)


def test_a_coupon_took_something_off_or_was_refused_or_there_was_none(rows: Ask) -> None:
    assert rows("checkouts", COUPONS, "cart_key coupon_use line_item_count") == [
        ("none", "none", 3),
        ("not in the inbox", "none", None),
        ("not told", None, None),
        ("placed", "refused", 2),
        ("refused", "refused", None),
        ("used", "used", None),
    ]


BANDS = store(
    "bands",
    abandoned_carts=[
        left(number, None, total_inc_tax=value)
        for number, value in enumerate((-3, "24.9999", 25, 100, "499.99", 500, 9999, None), 1)
    ],
)


def test_a_price_is_in_the_band_that_begins_with_it(rows: Ask) -> None:
    assert [band for _, band in rows("cart_outcomes", BANDS, "order_id price_band")] == [
        "1: below 25",
        "1: below 25",
        "2: 25 to 50",
        "4: 100 to 200",
        "5: 200 to 500",
        "6: 500 or more",
        "6: 500 or more",
        None,
    ]


def of(customer: int | None, email: str | None) -> dict[str, Any]:
    """Return who an order is of."""
    return {"customer_id": customer, "customer_email": email}


RETURNING = store(
    "returning",
    abandoned_carts=[
        left(1, "again", 5, **of(7, None)),
        left(2, "as a guest", 5, **of(None, "Seven@example.com")),
        left(3, "meanwhile", 5, date_created=at(2), **of(7, None)),  # begun before the sale
        left(4, "that moment", 3, **of(7, None)),
        left(5, "new", 5, **of(None, "new@example.com")),
        left(6, "nobody", 5, **of(None, None)),
        left(8, "own", 4, date_created=at(4), **of(8, None)),
    ],
    orders=[
        order(11, "first", 11, 3, **of(7, None)),
        order(12, "second", 11, 4, **of(7, None)),
        order(13, "failed", 6, 1, **of(None, "new@example.com")),
        order(14, "own", 11, 3, **of(8, None)),  # of the same cart
    ],
    customers=[person(7, "yes", "seven@example.com")],
)


def test_somebody_who_bought_before_the_checkout_began_is_returning(rows: Ask) -> None:
    told: dict[str, bool | None] = dict(rows("checkouts", RETURNING, "cart_key is_returning"))
    assert told == {
        "again": True,
        "as a guest": True,
        "meanwhile": False,
        "that moment": False,
        "new": False,
        "nobody": None,
        "own": False,
        "failed": False,
        "first": False,
        "second": True,
    }
    assert rows("shoppers", RETURNING, "shopper_key is_returning") == [
        ("customer 7", False),  # by key the last of those left on the fifth
        ("customer 8", False),
        ("guest new@example.com", False),
    ]


def test_without_orders_nobody_knows_who_bought_before(rows: Ask) -> None:
    assert {each for (each,) in rows("checkouts", CONSENT, "is_returning")} == {False, None}
    assert {each for (each,) in rows("checkouts", BANDS, "is_returning")} == {None}


@pytest.mark.usefixtures("built")
def test_the_warehouse_itself_says_what_tables_and_columns_mean(engine: Engine) -> None:
    said = {
        (row["table_name"], row["column_name"]): row["comment"]
        for row in engine.query(COMMENTS[engine.loader])
    }
    assert said == {
        (name, column): meaning(text)
        for name, model in described("marts").items()
        for column, text in [
            (None, model["description"]),
            *((each["name"], each["description"]) for each in model["columns"]),
        ]
    }


@pytest.mark.usefixtures("built")
def test_columns_have_the_types_that_are_promised(engine: Engine) -> None:
    found = {}
    for row in engine.query(TYPES[engine.loader]):
        name, bracket, digits = str(row["type"]).replace(",", ", ").partition("(")
        told = NAMES.get(name, name) + bracket + digits
        found[row["table_name"], row["column_name"]] = told
    assert found == {
        (name, column["name"]): column["data_type"]
        for name, model in described("marts").items()
        for column in model["columns"]
    }
