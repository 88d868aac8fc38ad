"""Ways in which a warehouse can come to differ from its store, and what a check must say of each.

Every damage is done to a copy of the warehouse in `lived`. Rows are picked by their place in the
order of dates, so that they are the same in each warehouse.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.verify.findings import Fault
from tests.support.verify.lived import FIRST, SETTLED
from tests.support.warehouse.engines import SCHEMA
from tests.support.warehouse.raw import change

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from tap_bigcommerce_carts.verify.findings import Check
    from tests.support.verify.lived import Lived
    from tests.support.warehouse.engines import Engine, Rows

CARTS, LINES = "abandoned_carts", "abandoned_cart_line_items"
ORDERS, CUSTOMERS = "orders", "customers"
INBOX_CARTS, EVENTS = "carts", "cart_events"

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)

# A cart that still is one, with more than one line.
STILL = f"id in (select cast(id as varchar) from {SCHEMA}.orders where status_id = 0)"
WITH_LINES = f"line_item_count > 1 and {STILL}"

# How often a fault was found: by stream, kind and day.
Found = Counter[tuple[str, Fault, "date"]]

# More than any id of the store, and less than any of its orders'.
BEYOND, BEFORE = 1_000_000_000, 7


@dataclass(frozen=True)
class Damaged:
    """A copy of the warehouse that is being damaged."""

    told: Lived
    engine: Engine

    def rows(
        self, table: str, where: str = "true", first: datetime = FIRST, end: datetime = SETTLED
    ) -> Rows:
        """Return key and date of a table's rows between two dates, as they were before."""
        return self.told.engine.query(
            f"select id, date_modified from {SCHEMA}.{table} "
            f"where date_modified between '{naive(first)}' and '{naive(end)}' and {where} "
            "order by date_modified, id"
        )

    def line_of(self, cart: dict[str, Any]) -> str:
        """Return the condition for the first of the lines that a cart has now."""
        of = (
            f"abandoned_cart_id = '{cart['id']}' and cart_date_modified = '{cart['date_modified']}'"
        )
        first = f"select min(id) from {SCHEMA}.{LINES} where {of}"
        return f"{of} and id = ({first})"

    def run(self, *statements: str) -> None:
        """Change the copy."""
        change(self.engine, [*statements])

    def delete(self, table: str, ids: Iterable[Any]) -> None:
        """Take out rows by their ids."""
        self.run(f"delete from {SCHEMA}.{table} where id in ({listed(ids)})")

    def set(self, table: str, ids: Iterable[Any], what: str) -> None:
        """Change rows by their ids."""
        self.run(f"update {SCHEMA}.{table} set {what} where id in ({listed(ids)})")

    def double(self, table: str, where: str, what: str) -> None:
        """Put in a second time what is there, with something changed."""
        self.run(
            f"create temp table second as select * from {SCHEMA}.{table} where {where}",
            f"update second set {what}",
            f"insert into {SCHEMA}.{table} select * from second",
            "drop table second",
        )


def listed(ids: Iterable[Any]) -> str:
    """Write ids as SQL takes them, of text or of numbers."""
    return ", ".join(f"'{each}'" for each in ids)


def naive(instant: datetime) -> str:
    """Write a date as the loaders leave it in a warehouse."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def blamed(stream: str, fault: Fault, rows: Rows, by: str = "date_modified") -> Found:
    """Say that each of these rows must be found."""
    return Counter((stream, fault, row[by].date()) for row in rows)


def missed(table: str, rows: Rows) -> Found:
    """Say that these rows are missing; lines that are there without their cart are wrong."""
    lines = blamed(LINES, Fault.LINES, rows) if table == CARTS else Counter()
    return blamed(table, Fault.MISSING, rows) + lines


def found(check: Check) -> Found:
    """Return what a check found."""
    return Counter(
        {
            (each.stream, fault, day): count
            for each in check.streams
            for day, of in each.days.items()
            for fault, count in of.faults.items()
        }
    )


def a_cart_is_gone(copy: Damaged) -> Found:
    cart = copy.rows(CARTS)[40]
    copy.delete(CARTS, [cart["id"]])
    return missed(CARTS, [cart])


def a_line_is_gone(copy: Damaged) -> Found:
    cart = copy.rows(CARTS, WITH_LINES)[7]
    copy.run(f"delete from {SCHEMA}.{LINES} where {copy.line_of(cart)}")
    return blamed(LINES, Fault.LINES, [cart])


def an_hour_is_gone(copy: Damaged) -> Found:
    """Whatever changed in the busiest hour that is settled."""
    hours = Counter(row["date_modified"].replace(minute=0, second=0) for row in copy.rows(ORDERS))
    ((hour, most),) = hours.most_common(1)
    assert most > 3
    expected: Found = Counter()
    for table in (ORDERS, CARTS):
        rows = [r for r in copy.rows(table) if hour <= r["date_modified"] < hour + HOUR]
        copy.delete(table, [row["id"] for row in rows])
        expected += missed(table, rows)
    return expected


def a_page_is_gone(copy: Damaged) -> Found:
    rows = copy.rows(ORDERS)[60:310]
    copy.delete(ORDERS, [row["id"] for row in rows])
    return blamed(ORDERS, Fault.MISSING, rows)


def an_order_has_two_keys(copy: Damaged) -> Found:
    order = copy.rows(ORDERS)[90]
    copy.double(ORDERS, f"id = {order['id']}", f"id = {BEYOND}")
    return blamed(ORDERS, Fault.EXTRA, [order])


def a_cart_has_two_keys(copy: Damaged) -> Found:
    """Under the second it has no lines."""
    cart = copy.rows(CARTS)[50]
    copy.double(CARTS, f"id = '{cart['id']}'", f"id = '0{cart['id']}'")
    return blamed(CARTS, Fault.EXTRA, [cart]) + blamed(LINES, Fault.LINES, [cart])


def a_second_key_may_have_been_the_stores(copy: Damaged) -> Found:
    """An id that is a number and not too great; but the row is another's."""
    order, cart = copy.rows(ORDERS)[91], copy.rows(CARTS)[51]
    copy.double(ORDERS, f"id = {order['id']}", f"id = {BEFORE}")
    copy.double(CARTS, f"id = '{cart['id']}'", f"id = '{BEFORE}'")
    extra = blamed(ORDERS, Fault.EXTRA, [order]) + blamed(CARTS, Fault.EXTRA, [cart])
    return extra + blamed(LINES, Fault.LINES, [cart])


def a_customer_has_two_keys(copy: Damaged) -> Found:
    customer = copy.rows(CUSTOMERS)[20]
    copy.double(CUSTOMERS, f"id = {customer['id']}", f"id = {BEYOND}")
    return blamed(CUSTOMERS, Fault.EXTRA, [customer])


def an_amount_is_a_cent_off(copy: Damaged) -> Found:
    order, cart = copy.rows(ORDERS)[200], copy.rows(CARTS, WITH_LINES)[60]
    copy.set(ORDERS, [order["id"]], "total_inc_tax = total_inc_tax + 0.01")
    copy.set(CARTS, [cart["id"]], "total_inc_tax = total_inc_tax - 0.01")
    return blamed(ORDERS, Fault.AMOUNT, [order]) + blamed(CARTS, Fault.AMOUNT, [cart])


def a_large_amount_is_a_cent_off(copy: Damaged) -> Found:
    """As many digits as DuckDB's DOUBLE still keeps to the cent."""
    order = copy.told.picked["dear"]
    copy.set(ORDERS, [order], "total_inc_tax = total_inc_tax + 0.01")
    return blamed(ORDERS, Fault.AMOUNT, copy.rows(ORDERS, f"id = {order}"))


def amounts_are_gone(copy: Damaged) -> Found:
    rows = copy.rows(ORDERS)[320:325]
    copy.set(ORDERS, [row["id"] for row in rows], "total_inc_tax = null")
    return blamed(ORDERS, Fault.AMOUNT, rows)


def an_order_is_older(copy: Damaged) -> Found:
    """It missed a change: the store has it at a later date, which is long settled."""
    order = copy.rows(ORDERS)[150]
    copy.set(ORDERS, [order["id"]], "date_modified = date_modified - interval '9 days'")
    return blamed(ORDERS, Fault.STALE, [order])


def a_customer_is_older(copy: Damaged) -> Found:
    customer = copy.rows(CUSTOMERS)[40]
    copy.set(CUSTOMERS, [customer["id"]], "date_modified = date_modified - interval '1 second'")
    return blamed(CUSTOMERS, Fault.STALE, [customer])


def dates_are_gone(copy: Damaged) -> Found:
    rows = copy.rows(ORDERS)[330:333]
    copy.set(ORDERS, [row["id"] for row in rows], "date_modified = null")
    return blamed(ORDERS, Fault.DATE, rows)


def the_time_zone_is_another(copy: Damaged) -> Found:
    """What changed just before the first date is seen on that date now."""
    rows = copy.rows(ORDERS)
    before = copy.rows(ORDERS, first=FIRST - 2 * HOUR, end=FIRST - SECOND)
    copy.run(f"update {SCHEMA}.{ORDERS} set date_modified = date_modified + interval '2 hours'")
    expected = blamed(ORDERS, Fault.TIME_ZONE, rows)
    return expected + Counter({(ORDERS, Fault.TIME_ZONE, FIRST.date()): len(before)})


def a_line_of_before_is_current(copy: Damaged) -> Found:
    (cart,) = copy.rows(CARTS, f"id = '{copy.told.picked['shrunk']}'")
    copy.run(
        f"update {SCHEMA}.{LINES} set cart_date_modified = '{cart['date_modified']}' "
        f"where abandoned_cart_id = '{cart['id']}'"
    )
    return blamed(LINES, Fault.LINES, [cart])


def a_customer_is_gone(copy: Damaged) -> Found:
    customer = copy.rows(CUSTOMERS)[30]
    copy.delete(CUSTOMERS, [customer["id"]])
    return blamed(CUSTOMERS, Fault.MISSING, [customer])


def a_status_is_late(copy: Damaged) -> Found:
    (order,) = copy.rows(ORDERS, f"id = {copy.told.picked['converted']}")
    copy.set(ORDERS, [order["id"]], "status_id = 0, status = 'Incomplete'")
    return blamed(ORDERS, Fault.STATUS, [order])


def rows_of_another_store(copy: Damaged) -> Found:
    """Another store's orders, loaded under this store's name."""
    rows = copy.rows(ORDERS)[250:270]
    copy.double(
        ORDERS,
        f"id in ({listed(row['id'] for row in rows)})",
        f"id = id + {BEYOND}, cart_id = null, total_inc_tax = total_inc_tax + 1",
    )
    return blamed(ORDERS, Fault.EXTRA, rows)


def a_key_is_cut(copy: Damaged) -> Found:
    """The store may have had a cart of the shorter key, and deleted it."""
    cart = copy.rows(CARTS)[70]
    copy.set(CARTS, [cart["id"]], f"id = '{cart['id'][:-1]}'")
    return missed(CARTS, [cart]) + blamed(LINES, Fault.LINES, [cart])


def the_bookmark_is_ahead(copy: Damaged) -> Found:
    """What was read last never arrived."""
    expected: Found = Counter()
    for table in (ORDERS, CARTS):
        rows = copy.rows(table)[-12:]
        since = rows[0]["date_modified"]
        copy.run(f"delete from {SCHEMA}.{table} where date_modified >= '{since}'")
        expected += missed(table, rows)
    return expected


def a_quantity_is_wrong(copy: Damaged) -> Found:
    cart = copy.rows(CARTS, WITH_LINES)[9]
    copy.run(f"update {SCHEMA}.{LINES} set quantity = quantity + 1 where {copy.line_of(cart)}")
    return blamed(LINES, Fault.LINES, [cart])


def a_line_is_doubled(copy: Damaged) -> Found:
    cart = copy.rows(CARTS, WITH_LINES)[11]
    copy.double(LINES, copy.line_of(cart), f"id = {BEYOND}")
    return blamed(LINES, Fault.LINES, [cart])


def an_event_is_gone(copy: Damaged) -> Found:
    event = copy.told.engine.query(
        f"select sequence, happened_at from {SCHEMA}.{EVENTS} order by sequence"
    )[30]
    copy.run(f"delete from {SCHEMA}.{EVENTS} where sequence = {event['sequence']}")
    return blamed(EVENTS, Fault.GAP, [event], "happened_at")


def an_inbox_cart_is_gone(copy: Damaged) -> Found:
    cart = copy.rows(INBOX_CARTS, "status = 'abandoned'")[12]
    copy.delete(INBOX_CARTS, [cart["id"]])
    lines = blamed("cart_line_items", Fault.LINES, [cart])
    return blamed(INBOX_CARTS, Fault.MISSING, [cart]) + lines


def an_inbox_cart_is_late(copy: Damaged) -> Found:
    cart = copy.rows(INBOX_CARTS, "status = 'converted'")[2]
    copy.set(INBOX_CARTS, [cart["id"]], "status = 'abandoned'")
    return blamed(INBOX_CARTS, Fault.STATUS, [cart])


# Found by comparing keys, dates, statuses and amounts, and the number of lines.
BY_KEYS = (
    a_cart_is_gone,
    a_line_is_gone,
    an_hour_is_gone,
    a_page_is_gone,
    an_order_has_two_keys,
    a_cart_has_two_keys,
    a_second_key_may_have_been_the_stores,
    a_customer_has_two_keys,
    an_amount_is_a_cent_off,
    a_large_amount_is_a_cent_off,
    amounts_are_gone,
    an_order_is_older,
    a_customer_is_older,
    dates_are_gone,
    the_time_zone_is_another,
    a_line_of_before_is_current,
    a_customer_is_gone,
    a_status_is_late,
    rows_of_another_store,
    a_key_is_cut,
    the_bookmark_is_ahead,
    a_line_is_doubled,
    an_event_is_gone,
    an_inbox_cart_is_gone,
    an_inbox_cart_is_late,
)
# Found by looking at what stands in the lines.
DEEP = (a_quantity_is_wrong,)
