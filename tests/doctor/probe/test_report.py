"""The report of `doctor --probe`: 30 requests, all of them GET, and nothing of the store in it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import tap_bigcommerce_carts
from tap_bigcommerce_carts.doctor.probe.budget import MOST_REQUESTS, Budget
from tap_bigcommerce_carts.doctor.probe.probing import QUESTIONS, probed
from tap_bigcommerce_carts.doctor.probe.questions import Verdict
from tap_bigcommerce_carts.errors import BudgetSpentError
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits
from tap_bigcommerce_carts.sandbox import ALL_SCOPES
from tests.support.harness import NOON
from tests.support.paths import ROOT
from tests.support.planting import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop
    from tests.support.examining import Ended

JSON = "--format=json"
PACKAGE = Path(tap_bigcommerce_carts.__file__).parent


@pytest.fixture
def costly(store: Sandbox, shop: Shop, every_scope: None) -> None:
    """A store that needs as many requests as there can be: nothing is as first asked."""
    for hours in range(40, 20, -1):
        shop.add_order(
            id=870_040 - hours,
            modified=NOON - timedelta(hours=hours),
            shopper=f"{MARK}@example.org",
        )
        shop.add_customer(modified=NOON - timedelta(hours=hours), email=f"{MARK}@example.org")
    for minutes in (50, 20):
        at = NOON - timedelta(minutes=minutes)
        shop.carts.reach_payment(shop.carts.fill(1, at=at, shopper=f"{MARK}@example.com"), at=at)
    for number in sorted(shop.orders)[3:6]:
        shop.remove(number)
    for number in shop.orders:
        shop.set(number, staff_notes=MARK, customer_message=MARK)
    faults = store.faults
    faults.exclusive_order_dates = ("min_date_modified", "max_date_modified")
    faults.exclusive_dates = True
    faults.bare_dates_as, faults.store_offset = "store", 7200
    assert every_scope is None


def connection(store: Sandbox) -> BigCommerceConnection:
    limits = Limits(timeout=5, retry_for=5)
    return BigCommerceConnection(store.url, store.store_hash, store.token, limits)


@pytest.mark.usefixtures("costly")
def test_no_more_than_thirty_requests_are_sent_and_all_read(store: Sandbox) -> None:
    budget = Budget()
    found = list(probed(connection(store), budget))
    assert len(store.requests) == budget.spent <= MOST_REQUESTS == 30
    assert {each.method for each in store.requests} == {"GET"}
    assert [each.question for each in found] == list(QUESTIONS)


@pytest.mark.usefixtures("costly")
def test_what_comes_last_is_left_when_the_requests_are_used_up(store: Sandbox) -> None:
    found = list(probed(connection(store), Budget(9)))
    assert len(store.requests) == 9
    verdicts = [each.answer.verdict for each in found]
    assert verdicts[0] is Verdict.CONFIRMED
    assert found[-4].answer.said == "The 9 requests were used up before."
    assert verdicts.count(Verdict.NOT_ASKED) > 5
    # Of what was read already, nothing is asked again.
    assert next(each for each in found if each.question.name == "warning").answer.verdict is (
        Verdict.UNKNOWN
    )


def test_tries_again_count(store: Sandbox, shop: Shop) -> None:
    shop.add_order()
    store.before(lambda _number, _request: "500")
    budget = Budget(2)
    answers = [each.answer for each in probed(connection(store), budget, QUESTIONS[:1])]
    assert (len(store.requests), budget.spent) == (2, 2)
    assert answers[0].verdict in {Verdict.NOT_ASKED, Verdict.UNKNOWN}
    with pytest.raises(BudgetSpentError):
        budget.spend()


@pytest.mark.usefixtures("costly")
@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_of_the_store_is_in_the_report(
    store: Sandbox, shop: Shop, doctor: Callable[..., Ended], form: str
) -> None:
    shop.archive(min(shop.orders))
    ended = doctor("--probe", f"--format={form}", config=store.config())
    assert (ended.code, ended.errors) == (0, [])
    assert "GET" in ended.out
    secret = [MARK, store.token, store.store_hash, "127.0.0.1", store.url]
    for order in shop.orders.values():
        address = order["billing_address"]
        secret += [
            str(order["id"]),
            order["cart_id"],
            order["total_inc_tax"],
            order["date_modified"],
        ]
        secret += [address["first_name"], address["last_name"], address["email"]]
        secret += [line["name"] for line in shop.lines(order["id"])]
        secret += [line["sku"] for line in shop.lines(order["id"])]
    said = set(re.findall(r"[^\s\"',;()]+", ended.out))
    assert not [each for each in secret if each in said or (" " in each and each in ended.out)]
    assert not [each for each in secret[:5] if each in ended.out]


@pytest.mark.parametrize("scope", sorted(ALL_SCOPES))
def test_a_scope_that_is_missing_costs_its_questions_alone(
    store: Sandbox, shop: Shop, scope: str
) -> None:
    for hours in range(4, 0, -1):
        shop.add_order(modified=NOON - timedelta(hours=hours))
    shop.add_customer()
    store.scopes = set(ALL_SCOPES - {scope})
    found = {each.question.name: each.answer for each in probed(connection(store), Budget())}
    left = {name for name, answer in found.items() if answer.verdict is Verdict.NOT_ASKED}
    customers = {
        "bounds of customers",
        "limit of V3",
        "ids at once",
        *("end of cursors", "cursor and sort"),
    }
    orders = {each.name for each in QUESTIONS} - customers - {"headers", "wrong store"}
    missing = {
        "store_v2_orders_read_only": orders,
        "store_v2_customers_read_only": customers,
        "store_cart_read_only": {"cart"},
        "store_checkout_read_only": {"checkout", "order of a checkout"},
        "store_v2_transactions_read_only": {"transactions"},
    }
    # The one cart there is can be found nowhere, and whether it may be asked for is told first.
    assert left == missing.get(scope, set())
    for name in left:
        assert found[name].said.startswith("The access token lacks the scope ")
    # It is asked for once.
    assert sum(each.status == 403 for each in store.requests) <= 2


@pytest.mark.usefixtures("every_scope")
def test_nor_is_an_id_in_what_is_said_on_the_way(
    store: Sandbox, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    cart_id = shop.carts.fill(1)
    order_id = shop.carts.reach_payment(cart_id)
    shop.set(order_id, id=870_001)
    store.before(lambda _, request: "500" if "/v3/orders/" in request.path else None)
    found = {each.question.name: each.answer for each in probed(connection(store), Budget())}
    assert found["transactions"].verdict is Verdict.UNKNOWN
    assert found["transactions"].said == "The store did not give what was asked for (500)."
    assert "/v3/orders/{id}/transactions" in caplog.text
    assert cart_id not in caplog.text
    assert "870001" not in caplog.text


def test_a_value_of_another_type_costs_its_questions_alone(store: Sandbox, shop: Shop) -> None:
    shop.set(shop.add_order(), id=[1], cart_id={})
    answers = [each.answer for each in probed(connection(store), Budget())]
    assert len(answers) == len(QUESTIONS)
    assert any("another form" in each.said for each in answers)


def test_the_document_names_what_was_read_and_what_rests_on_it(
    store: Sandbox, shop: Shop, doctor: Callable[..., Ended]
) -> None:
    shop.add_order(modified=NOON - timedelta(hours=2))
    ended = doctor("--probe", JSON, config=store.config())
    document = ended.document
    assert document["failure"] is None
    assert document["requests"] == len(store.requests)
    assert [each["name"] for each in document["answers"]] == [each.name for each in QUESTIONS]
    first = document["answers"][0]
    assert first["reads"] == ["GET /v2/orders"]
    assert first["rests"] == "bigcommerce/abandoned_carts.py"
    assert first["verdict"] == "as assumed"


def test_what_follows_is_said_where_the_store_is_not_as_assumed(
    store: Sandbox, shop: Shop, doctor: Callable[..., Ended]
) -> None:
    shop.add_order(modified=NOON - timedelta(hours=2))
    store.faults.most_included = 249
    ended = doctor("--probe", config=store.config())
    assert ended.code == 0
    assert ended.out.count("What follows:") == 1
    assert "Each cart costs a request of its own" in " ".join(ended.out.split())


def test_settings_are_found_as_the_documents_say(
    store: Sandbox, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.config().items():
        monkeypatch.setenv(f"TAP_BIGCOMMERCE_CARTS_{name.upper()}", value)
    ended = doctor("--probe")
    assert (ended.code, ended.errors) == (0, [])
    assert "This store lists no order in status Incomplete." in ended.out


def test_a_token_that_is_refused_is_one_sentence(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    ended = doctor("--probe", JSON, config={**store.config(), "access_token": "mistyped-token"})
    assert ended.code == 3
    assert "(401)" in ended.document["failure"]
    assert store.store_hash not in ended.out
    assert len(store.requests) == 1
    assert ended.document["failure"] == ended.errors[0]


@pytest.mark.usefixtures("sleeps")
def test_a_proxys_address_is_nowhere(
    store: Sandbox, doctor: Callable[..., Ended], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    config = {**store.config(), "api_url": "https://carts.proxy.invalid:9"}
    ended = doctor("--probe", JSON, config=config)
    assert ended.code == 3
    assert "No connection to ***" in ended.document["failure"]
    assert "Trying again" in caplog.text
    assert "proxy.invalid" not in caplog.text + ended.out


@pytest.mark.parametrize("as_404", [False, True])
def test_another_stores_hash_ends_it_and_is_told_from_a_missing_scope(
    store: Sandbox, doctor: Callable[..., Ended], *, as_404: bool
) -> None:
    store.faults.wrong_store_as_404 = as_404
    ended = doctor("--probe", JSON, config={**store.config(), "store_hash": "another1"})
    assert ended.code == 3
    assert ended.document["answers"] == []
    assert "Check `store_hash`" in ended.document["failure"]
    assert "another1" not in ended.out
    assert len(store.requests) == (1 if as_404 else 2)


@pytest.mark.usefixtures("every_scope")
def test_what_was_not_sent_is_not_asked_and_costs_nothing(store: Sandbox, shop: Shop) -> None:
    shop.add_order(modified=NOON - timedelta(hours=2))
    shop.add_customer()
    store.before(lambda _, sent: "reset" if "/v3/" in sent.path else None)
    budget = Budget()
    found = {each.question.name: each.answer for each in probed(connection(store), budget)}
    assert budget.spent == len(store.requests)
    assert "(no answer)" in found["checkout"].said
    assert found["bounds of ids"].verdict is Verdict.NOT_ASKED
    assert "others before it were given up" in found["bounds of ids"].said


def test_wrong_settings_and_other_platforms_are_wrong_calls(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    wrong = doctor("--probe", config={**store.config(), "page_size": 900})
    assert (wrong.code, wrong.out) == (2, "")
    assert "`page_size`" in wrong.errors[0]
    other = doctor("--probe", config=store.api2cart_config())
    assert other.code == 2
    assert "`source: bigcommerce`" in other.errors[0]
    assert store.requests == []


def words(text: str) -> str:
    return " ".join(re.sub(r"[*`]", "", text).lower().split())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.name)
def test_what_rests_on_an_answer_is_there(question: Any) -> None:
    """The file is there; what it assumes is said to users, in the documents."""
    assert (PACKAGE / question.rests).is_file()
    if not question.assumed.startswith(("Either: ", "Nothing ")):
        pages = [page for page in (ROOT / "docs").glob("*.md") if page.name != "probe.md"]
        said = words(" ".join(page.read_text() for page in pages))
        assert words(question.assumed).rstrip(".") in said
    assert question.asks.endswith("?")
    assert question.otherwise.endswith(".")
