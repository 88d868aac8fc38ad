"""Each question of `doctor --probe`: both answers are told apart, and so is a store that has none.

A second answer is had by a switch of the sandbox, or by an order more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tap_bigcommerce_carts.doctor.probe.budget import Budget
from tap_bigcommerce_carts.doctor.probe.probing import QUESTIONS, probed
from tap_bigcommerce_carts.doctor.probe.questions import Answer, Verdict
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits
from tap_bigcommerce_carts.sandbox.bigcommerce import v2_routes
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import ok
from tests.support.harness import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

    Change = Callable[[Sandbox], Any]

pytestmark = pytest.mark.usefixtures("every_scope")

CONFIRMED, REFUTED, TOLD, UNKNOWN = (
    Verdict.CONFIRMED,
    Verdict.REFUTED,
    Verdict.TOLD,
    Verdict.UNKNOWN,
)


def asked(store: Sandbox, name: str) -> Answer:
    """The answer to one question, asked alone."""
    connection = BigCommerceConnection(
        store.url, store.store_hash, store.token, Limits(timeout=5, retry_for=5)
    )
    (question,) = (each for each in QUESTIONS if each.name == name)
    (found,) = probed(connection, Budget(), (question,))
    return found.answer


def stock(shop: Shop) -> None:
    """Orders of each kind, no two in one second; customers who changed in another order."""
    for hours in range(30, 24, -1):
        shop.add_order(modified=NOON - timedelta(hours=hours))
    shop.add_order(11, modified=NOON - timedelta(hours=20))
    for minutes in (50, 20):
        at = NOON - timedelta(minutes=minutes)
        shop.carts.reach_payment(shop.carts.fill(1, at=at), at=at)
    for days in (2, 5, 1, 4, 3):
        shop.add_customer(modified=NOON - timedelta(days=days))


def switched(**values: Any) -> Change:
    def change(store: Sandbox) -> None:
        for name, value in values.items():
            setattr(store.faults, name, value)

    return change


def many(store: Sandbox) -> None:
    for number in range(250):
        store.shop.add_order(modified=NOON - timedelta(days=3, seconds=5 * number))


def at_once(store: Sandbox) -> None:
    """An import: more orders than a page has, all of one second, before all others."""
    for number in [*store.shop.orders]:
        store.shop.remove(number)
    for _ in range(260):
        store.shop.add_order(modified=NOON - timedelta(days=2))


def in_pairs(store: Sandbox) -> None:
    for number in [*store.shop.orders]:
        store.shop.add_order(modified=store.shop.order_records[number].modified)


def cut(store: Sandbox, count: int) -> None:
    """Add orders with more lines than come with the list."""
    for number in range(count):
        store.shop.add_order(modified=NOON - timedelta(hours=50 + number), lines=60)


def refusing(what: str) -> Change:
    def change(store: Sandbox) -> None:
        store.before(lambda _, sent: "422" if what in sent.path or what in sent.query else None)

    return change


def share(store: Sandbox) -> None:
    for status_id in (0, 11):
        store.shop.add_order(status_id, NOON - timedelta(hours=40), cart_id="one-of-two")
        store.shop.set(store.shop.next_order_id() - 1, cart_id="one-of-two")
    store.shop.set(min(store.shop.orders), cart_id="one-of-two")


def archive(store: Sandbox, *, listed: bool) -> None:
    store.faults.list_archived = listed
    store.shop.archive(min(store.shop.orders) + 2)


def archive_and_count(store: Sandbox) -> None:
    archive(store, listed=False)
    store.faults.count_unlisted = True
    # Where it was before it was archived.
    store.shop.touch(min(store.shop.orders) + 2, NOON - timedelta(hours=28))


def in_one_order(store: Sandbox) -> None:
    for number in store.shop.customers:
        store.shop.touch_customer(number, NOON - timedelta(hours=40 - number))


def in_zone(store: Sandbox, **values: Any) -> None:
    store.faults.store_offset = 7200
    switched(**values)(store)


def as_it_is(_store: Sandbox) -> None:
    pass


class Case(NamedTuple):
    """A question, what is changed of the store, and the answer that is to come."""

    name: str
    change: Change
    verdict: Verdict
    words: str


GIVEN: list[tuple[str, Change, Verdict, str]] = [
    ("includes", as_it_is, CONFIRMED, "of 8 orders 8 came with lines, 8 with all"),
    ("includes", switched(most_included=249), REFUTED, "of 8 orders 0 came with lines"),
    ("includes", switched(consignments_as_array=True), CONFIRMED, "8 with an array"),
    ("includes", switched(empty_line_items=True), REFUTED, "0 came with lines"),
    ("includes", lambda store: cut(store, 7), CONFIRMED, "15 orders 15 came with lines, 8 with"),
    ("includes", lambda store: cut(store, 8), REFUTED, "16 orders 16 came with lines, 8 with all"),
    ("includes", refusing("include"), REFUTED, "the list is refused (422)"),
    ("bounds of orders", as_it_is, TOLD, "Both bounds include"),
    ("bounds of orders", in_pairs, TOLD, "Both bounds include"),
    ("bounds of orders", refusing("include"), UNKNOWN, "The store refuses what was asked"),
    ("bounds of orders", at_once, UNKNOWN, "shares its second with a page of others"),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["max_date_modified"]),
        TOLD,
        "The lower bound includes its own second, the upper one does not.",
    ),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["min_date_modified"]),
        TOLD,
        "The upper bound includes its own second, the lower one does not.",
    ),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["min_date_modified", "max_date_modified"]),
        TOLD,
        "Neither bound",
    ),
    ("archived orders", as_it_is, UNKNOWN, "no archived order"),
    ("archived orders", lambda store: archive(store, listed=True), TOLD, "are listed, with"),
    ("archived orders", lambda store: archive(store, listed=False), TOLD, "are not listed"),
    (
        "archived orders",
        lambda store: store.shop.remove(min(store.shop.orders) + 2),
        UNKNOWN,
        "no archived order",
    ),
    ("count", as_it_is, CONFIRMED, "equals"),
    ("count", archive_and_count, REFUTED, "larger"),
    ("count", many, CONFIRMED, "equals"),
    ("count", at_once, UNKNOWN, "no date parts"),
    ("count", refusing("/count"), UNKNOWN, "refuses what was asked for (422)"),
    ("count", switched(most_rows=5), CONFIRMED, "equals"),
    ("count of all", as_it_is, TOLD, "has those in status Incomplete"),
    ("count of all", switched(incomplete_uncounted=True), TOLD, "has other numbers"),
    ("checkout", as_it_is, TOLD, "can be read: 2 of 2"),
    ("checkout", switched(carts_end_at_payment=True), TOLD, "cannot be read (404)"),
    ("checkout", switched(without_checkout=True), TOLD, "cannot be read (404)"),
    ("cart", as_it_is, TOLD, "can be read: 2 of 2"),
    ("cart", switched(carts_end_at_payment=True), TOLD, "cannot be read (404)"),
    ("order of a checkout", as_it_is, TOLD, "does not name"),
    ("order of a checkout", switched(checkout_order_ids=True), TOLD, "names its order"),
    ("order of a checkout", switched(without_checkout=True), UNKNOWN, "No checkout"),
    ("transactions", refusing("/transactions"), TOLD, "cannot be read (422)"),
    ("transactions", as_it_is, TOLD, "no transactions (200)"),
    ("transactions", switched(no_transactions_as_204=True), TOLD, "no transactions (204)"),
    ("transactions", switched(incomplete_transactions=True), TOLD, "2 of 2"),
    ("shared carts", as_it_is, TOLD, "Of 8 orders in status Incomplete with a cart, 0 share"),
    ("shared carts", share, TOLD, "Of 9 orders in status Incomplete with a cart, 2 share it"),
    ("shared carts", share, TOLD, "and 2 with an order that was placed"),
    ("unfiltered list", as_it_is, CONFIRMED, "too"),
    ("full page", as_it_is, UNKNOWN, "fewer than 250"),
    ("full page", many, CONFIRMED, "250 rows"),
    ("full page", switched(most_rows=5), REFUTED, "though there are more"),
    ("warning", as_it_is, UNKNOWN, "No order that was read"),
    ("bounds of ids", as_it_is, TOLD, "include the id"),
    ("bounds of ids", switched(exclusive_ids=True), TOLD, "is not listed"),
    ("dates without offset", as_it_is, TOLD, "refused (400)"),
    ("dates without offset", switched(bare_dates_as="utc"), TOLD, "is UTC, or the store"),
    ("dates without offset", lambda store: in_zone(store, bare_dates_as="utc"), TOLD, "is UTC."),
    (
        "dates without offset",
        lambda store: in_zone(store, bare_dates_as="store"),
        TOLD,
        "is in the store's time zone",
    ),
    ("bounds of customers", as_it_is, TOLD, "Both bounds include"),
    ("bounds of customers", switched(exclusive_dates=True), TOLD, "Neither bound"),
    ("bounds of customers", refusing("/customers"), UNKNOWN, "refuses what was asked for (422)"),
    ("limit of V3", as_it_is, TOLD, "refused by V3 (422)"),
    ("limit of V3", switched(v3_limit_capped=True), TOLD, "for 250"),
    ("ids at once", as_it_is, CONFIRMED, "takes 100 ids, and takes 250"),
    ("ids at once", switched(most_ids=100), CONFIRMED, "and does not take 250"),
    ("ids at once", switched(most_ids=99), REFUTED, "does not take 100"),
    ("unknown field", as_it_is, TOLD, "(400)"),
    ("unknown field", switched(ignored={"no_such_field"}), TOLD, "passes over"),
    ("wrong store", as_it_is, TOLD, "403, application/json"),
    ("wrong store", switched(wrong_store_as_404=True), TOLD, "404, text/html"),
    ("end of cursors", as_it_is, TOLD, "a cursor to go on from, and no link"),
    ("end of cursors", switched(end_cursor_null=True), TOLD, "no cursor to go on from"),
    ("end of cursors", switched(customers_cursor=False), TOLD, "offers no cursor"),
    ("cursor and sort", as_it_is, TOLD, "in the order of id"),
    ("cursor and sort", switched(cursors_keep_sort=True), TOLD, "in the order of `sort`"),
    ("cursor and sort", in_one_order, UNKNOWN, "either way"),
]


@pytest.mark.parametrize(
    "case", [Case(*each) for each in GIVEN], ids=lambda case: f"{case.name}-{case.words}"
)
def test_a_question_is_answered_as_the_store_is(store: Sandbox, shop: Shop, case: Case) -> None:
    stock(shop)
    case.change(store)
    answer = asked(store, case.name)
    assert case.words in answer.said
    assert answer.verdict is case.verdict


def test_the_list_without_a_filter_may_lack_them(
    store: Sandbox, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No switch of the sandbox does that, since it was seen to list them."""
    stock(shop)
    real = store.faults.heard

    def heard(query: Any, **more: Any) -> dict[str, str]:
        found: dict[str, str] = real(query, **more)
        return found if "status_id" in found else {**found, "status_id": "11"}

    monkeypatch.setattr(type(store.faults), "heard", lambda _, query, **more: heard(query, **more))
    shop.add_order(11)
    assert asked(store, "unfiltered list").verdict is REFUTED


@pytest.mark.parametrize(
    ("position", "words"),
    [
        ("order", "on the order (1)"),
        ("consignments", "on the consignments (1)"),
        ("consignment", "on the consignment (1)"),
    ],
)
def test_it_is_told_where_the_warning_of_cut_lines_stands(
    store: Sandbox, shop: Shop, position: Any, words: str
) -> None:
    shop.add_order(lines=51)
    store.faults.warning_position = position
    assert words in asked(store, "warning").said


def test_fifty_lines_without_a_warning_are_told(store: Sandbox, shop: Shop) -> None:
    shop.add_order(lines=50)
    assert "not at all" in asked(store, "warning").said


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({}, "Every answer has"),
        ({"no_rate_headers": True}, "Rate headers lacked on /v2/orders"),
        ({"no_date": True}, "`Date` lacked on /v2/orders, /v2/orders/count"),
        ({"lower_headers": True}, "Every answer has"),
    ],
    ids=str,
)
def test_headers_that_lack_are_told_with_the_routes(
    store: Sandbox, shop: Shop, switch: dict[str, Any], words: str
) -> None:
    stock(shop)
    switched(**switch)(store)
    connection = BigCommerceConnection(
        store.url, store.store_hash, store.token, Limits(timeout=5, retry_for=5)
    )
    *_, last = probed(connection, Budget())
    assert last.question.name == "headers"
    assert words in last.answer.said
    assert "/v3/checkouts/{id}" in last.answer.said or not last.answer.said.startswith("Rate")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_an_empty_store_cannot_tell(store: Sandbox, question: Any) -> None:
    answer = asked(store, question.name)
    told_by_any = {"limit of V3", "unknown field", "wrong store"}
    assert (answer.verdict is UNKNOWN) is (question.name not in told_by_any)


@pytest.mark.parametrize("status", ["400", "413", "422"])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_a_store_that_refuses_is_not_taken_for_an_empty_one(
    store: Sandbox, shop: Shop, question: Any, status: str
) -> None:
    stock(shop)
    store.before(lambda *_: status)
    said = asked(store, question.name).said
    assert status in said or question.name == "headers"
    assert "no order" not in said
    assert "did not give" not in said


def test_a_count_without_those_that_are_listed_is_told(
    store: Sandbox, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No switch of the sandbox does that."""
    stock(shop)
    monkeypatch.setattr(v2_routes, "ok", lambda body: ok(without_counts(body)))
    answer = asked(store, "count of all")
    assert answer == Answer.told("Orders in status Incomplete are listed, but in no count.")


def without_counts(body: Any) -> Any:
    if isinstance(body, dict) and "statuses" in body:
        return {**body, "statuses": [{**each, "count": 0} for each in body["statuses"]]}
    return body


def test_one_is_told_in_the_singular(store: Sandbox, shop: Shop) -> None:
    shop.add_order()
    assert "of 1 order 1 came with lines" in asked(store, "includes").said
    assert "Of 1 order in status" in asked(store, "shared carts").said


def test_a_date_at_the_end_of_time_costs_its_question_alone(store: Sandbox, shop: Shop) -> None:
    shop.set(shop.add_order(), date_modified="0001-01-01T00:00:00+00:00")
    assert "another form" in asked(store, "bounds of orders").said


def test_a_cart_of_long_ago_is_not_asked_for(store: Sandbox, shop: Shop) -> None:
    shop.add_order(modified=NOON - timedelta(days=26))
    assert "of the last 25 days" in asked(store, "cart").said
    assert not any("/v3/" in each.path for each in store.requests)
