"""Carts that are not what they should be, or never answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.bigcommerce.carts_by_id import CartsById
from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.errors import RefusedError, UnexpectedResponseError
from tap_bigcommerce_carts.inbox.lifecycle import CartEvent, Reading, lifecycle_of
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.sandbox import Fault
from tap_bigcommerce_carts.streams.inbox_carts import (
    CART_FIELDS,
    LINE_FIELDS,
    cart_rows,
    line_rows,
)
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tests.support.harness import NOON
from tests.support.scripted import Answer, Script
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox, by_id, keep, reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Request, Sandbox, Shop
    from tests.support.harness import Clock, Output

pytestmark = pytest.mark.slow

ELSEWHERE = "../../../OTHERSTORE/v3/customers?limit=1&x="


def test_the_access_token_goes_nowhere_that_an_event_says(
    shop: Shop, store: Sandbox, inbox: Inbox, read: Callable[..., Output]
) -> None:
    cart = shop.carts.fill()
    keep(inbox, "store/order/created", {"token": ELSEWHERE})
    keep(inbox, "store/order/created", {"token": "0" * 32})
    keep(inbox, "store/cart/abandoned", {"token": ELSEWHERE})
    keep(inbox, "store/cart/abandoned", {"token": ".."})
    keep(inbox, "store/cart/updated", {}, cart_id=ELSEWHERE)
    keep(inbox, "store/cart/updated", {}, cart_id="..")
    keep(inbox, "store/order/created", {}, cart_id="not-a-cart")
    rows = by_id(read())
    assert rows[cart]["read_at"]
    asked = [each.path for each in store.requests if "/v3/" in each.path]
    # The list of hooks tells the time.
    assert asked.pop(0) == "/stores/sandbox1/v3/hooks"
    assert asked == [f"/stores/sandbox1/v3/{what}/{cart}" for what in ("carts", "checkouts")]
    assert set(rows) == {cart}


@pytest.mark.parametrize("said", [ELSEWHERE, "..", "a/b", 7, None, ["x"], {"x": 1}, ""])
def test_a_cart_that_a_token_leads_to_is_checked(said: Any) -> None:
    with Script(Answer(body={"data": {"cart_id": said}})).serving() as server:
        assert carts_of(server.url).cart_of_token("0" * 32) is None


def test_a_token_is_quoted() -> None:
    script = Script(Answer(body={"data": {"cart_id": "cart-1"}}))
    with script.serving() as server:
        assert carts_of(server.url).cart_of_token("a_b-C") == "cart-1"
        assert carts_of(server.url).cart_of_token("a%2e%2e") is None
    assert [path for _, path, _ in script.seen] == ["/stores/abc123/v3/abandoned-carts/a_b-C"]


def carts_of(url: str) -> CartsById:
    return CartsById(
        StoreSession(BigCommerceConnection(url, "abc123", "token", Limits(retry_for=0)))
    )


ODD_CARTS = [
    Answer(422, {"status": 422, "title": "Not a UUID."}),
    Answer(400, {"status": 400, "title": "Bad request."}),
    Answer(200, {"data": []}),
    Answer(200, {"data": None}),
    Answer(200, []),
    Answer(200, {"data": {"id": "another-cart", "email": "someone@example.org"}}),
]


@pytest.mark.parametrize("odd", ODD_CARTS, ids=lambda each: json.dumps(each.body))
def test_an_answer_that_is_not_the_cart_is_told_from_what_ends_a_run(odd: Answer) -> None:
    with Script(odd).serving() as server, pytest.raises((RefusedError, UnexpectedResponseError)):
        carts_of(server.url).read("odd")


def test_what_is_no_cart_by_its_id_is_passed_over(
    shop: Shop, inbox: Inbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    cart = shop.carts.fill()
    forging = "x\nERROR forged\x1b[2J someone@example.org"
    for odd in ("x" * 101, forging, "", "../../x"):
        keep(inbox, "store/cart/updated", {"type": "cart", "id": odd}, cart_id=odd)
    rows = by_id(read())
    assert rows.keys() == {cart}
    assert caplog.text.count("carts whose id is none") == 1
    assert "someone@example.org" not in caplog.text


def test_an_empty_cart_was_emptied(
    shop: Shop, store: Sandbox, clock: Clock, read: Callable[..., Output]
) -> None:
    shop.carts.ends_empty = False
    cart = shop.carts.fill(2)
    first = read()
    clock.advance(minutes=10)
    shop.carts.empty(cart)
    clock.advance(hours=2)
    out = read(first.state)
    row = by_id(out)[cart]
    assert (row["status"], row["deleted_at"]) == ("deleted", "2026-03-03T12:10:00Z")
    assert (row["items_total"], row["line_item_count"], row["abandoned_at"]) == (0, 0, None)
    assert not out.rows(LINES)
    # Nothing more is asked of it, until somebody fills it again.
    clock.advance(days=31)
    store.clear()
    quiet = read(out.state)
    assert not quiet.tables
    assert not reads(store)


def test_an_empty_cart_that_is_filled_again_lives(
    shop: Shop, clock: Clock, read: Callable[..., Output]
) -> None:
    shop.carts.ends_empty = False
    cart = shop.carts.fill()
    shop.carts.empty(cart)
    out = read()
    assert by_id(out)[cart]["status"] == "deleted"
    clock.advance(minutes=5)
    shop.carts.add(cart)
    row = by_id(read(out.state))[cart]
    assert (row["status"], row["deleted_at"]) == ("active", None)


@pytest.mark.parametrize(
    ("lines", "told", "units"),
    [
        ({"physical_items": 3}, 1, 0),
        ({"physical_items": "x", "custom_items": [{"id": "a", "quantity": 2}, 7]}, 2, 2),
        ({"physical_items": {"id": "a", "quantity": "4"}, "digital_items": {}}, 0, 4),
        (5, 4, 0),
        (None, 0, 0),
    ],
)
def test_lines_that_are_none_are_told(lines: Any, told: int, units: int) -> None:
    document = CartKeeper(Masking.KEEP, "").kept({"line_items": lines, "base_amount": 3})
    at = int(NOON.timestamp())
    reading = Reading(at, document)
    event = CartEvent(1, "store/cart/updated", at, at, {})
    life = lifecycle_of("c", [event], reading, now=at, idle=3600)
    rows = RowBuilder(CART_FIELDS, None, {"store": "s"})
    [row] = cart_rows([life], rows)
    assert (sum(rows.losses.values()), row.items_total) == (told, units)
    assert len(line_rows([life], RowBuilder(LINE_FIELDS, None, {"store": "s"}))) == bool(units)


def test_a_line_whose_id_is_too_long_for_a_key_is_not_written_under_half_of_it() -> None:
    lines = {"physical_items": [{"id": "a" * 256, "quantity": 1}]}
    document = CartKeeper(Masking.KEEP, "").kept({"line_items": lines})
    at = int(NOON.timestamp())
    event = CartEvent(1, "store/cart/updated", at, at, {})
    life = lifecycle_of("c", [event], Reading(at, document), now=at, idle=3600)
    [row] = line_rows([life], RowBuilder(LINE_FIELDS, None, {"store": "s"}))
    # Without an id a line is passed by.
    assert row.id is None


@pytest.mark.usefixtures("sleeps")
@pytest.mark.parametrize("fault", ["500_html", "422"])
def test_a_cart_that_never_answers_is_passed_by(  # noqa: PLR0913, PLR0917
    shop: Shop,
    store: Sandbox,
    clock: Clock,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """The others are told once; the cart is asked for again by itself, until it is over."""
    first, bad, last = (shop.carts.fill(2) for _ in range(3))
    clock.advance(minutes=5)

    def strike(_number: int, request: Request) -> Fault | None:
        return Fault(fault) if request.path.endswith(f"/carts/{bad}") else None

    store.before(strike)
    output = read(failing=True, retry_for=5)
    assert output.code == 1
    assert set(by_id(output)) == {first, last}
    assert {row["cart_id"] for row in output.rows(LINES)} == {first, last}
    assert bad in {row["cart_id"] for row in output.rows(LOG)}
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert f"{CARTS}, {LINES}: 1 passed by: cart {bad} cannot be read" in line
    for name in (CARTS, LINES):
        assert output.state["bookmarks"][name]["passed_by"] == [bad]
    again = read(output.state, failing=True, retry_for=5)
    assert again.code == 1
    assert again.rows(CARTS) == again.rows(LINES) == []
    now, clock.now = clock.now, clock.now + timedelta(days=31)
    given_up = read(again.state, retry_for=5)
    assert given_up.code == 0
    assert by_id(given_up)[bad]["read_at"] is None
    assert "passed_by" not in given_up.state["bookmarks"][CARTS]
    assert f"Cart {bad} is told by what was known of it before" in caplog.text
    clock.now = now
    store.before(None)
    healed = read(again.state)
    assert healed.code == 0
    assert set(by_id(healed)) == {bad}
    assert "passed_by" not in healed.state["bookmarks"][LINES]
    assert bad in {row["cart_id"] for row in healed.rows(LINES)}
    after = read(healed.state)
    assert after.rows(CARTS) == []


def test_a_line_without_an_id_holds_nothing_back(
    shop: Shop, clock: Clock, read: Callable[..., Output], monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = shop.carts.fill(2)
    answered = CartsById.read

    def without_id(carts: CartsById, cart_id: str, *, brief: bool = False) -> Any:
        found = answered(carts, cart_id, brief=brief)
        if found:
            next(lines for lines in found["line_items"].values() if lines)[0]["id"] = ""
        return found

    monkeypatch.setattr(CartsById, "read", without_id)
    output = read(failing=True)
    assert output.code == 1
    assert len(output.rows(LINES)) == 1
    assert output.state["bookmarks"][LINES]["passed_by"] == [cart]
    again = read(output.state, failing=True)
    assert again.code == 1
    clock.advance(minutes=60 * 24 * 31)
    given_up = read(again.state)
    assert given_up.code == 0
    assert "passed_by" not in given_up.state["bookmarks"][LINES]


@pytest.mark.usefixtures("sleeps")
def test_when_no_cart_answers_the_others_are_not_asked_for(
    shop: Shop, store: Sandbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(60):
        shop.carts.fill(1)
    store.faults.only, store.faults.kinds, store.faults.rate = "/v3/carts", ("500_html",), 1.0
    output = read(failing=True, retry_for=5)
    assert output.code == 1
    assert len({row["cart_id"] for row in output.rows(LOG)}) == 60
    assert output.rows(CARTS) == []
    assert len(set(reads(store))) < 20
    assert "10 times in a row" in caplog.text
