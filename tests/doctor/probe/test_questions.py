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
    ("bounds of orders", as_it_is, CONFIRMED, "Both bounds include"),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["max_date_modified"]),
        REFUTED,
        "The lower bound includes its own second, the upper one does not.",
    ),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["min_date_modified"]),
        REFUTED,
        "The upper bound includes its own second, the lower one does not.",
    ),
    (
        "bounds of orders",
        switched(exclusive_order_dates=["min_date_modified", "max_date_modified"]),
        REFUTED,
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
    ("transactions", as_it_is, TOLD, "no transactions (200)"),
    ("transactions", switched(no_transactions_as_204=True), TOLD, "no transactions (204)"),
    ("transactions", switched(incomplete_transactions=True), TOLD, "2 of 2"),
    ("shared carts", as_it_is, TOLD, "Of 8 orders in status Incomplete that name a cart, 0 share"),
    ("shared carts", share, TOLD, "Of 9 orders in status Incomplete that name a cart, 2 share it"),
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
    ("bounds of customers", as_it_is, CONFIRMED, "Both bounds include"),
    ("bounds of customers", switched(exclusive_dates=True), REFUTED, "Neither bound"),
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


def test_a_cart_of_long_ago_is_not_asked_for(store: Sandbox, shop: Shop) -> None:
    shop.add_order(modified=NOON - timedelta(days=26))
    assert "of the last 25 days" in asked(store, "cart").said
    assert not any("/v3/" in each.path for each in store.requests)
