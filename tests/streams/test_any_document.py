"""Any document, however odd: rows that fit the stream's schema, or the one error it must give."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import re
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import pytest
import requests
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from singer_sdk.contrib.msgspec import encoder
from typing_extensions import override

from tap_bigcommerce_carts.api2cart.session import Api2CartSession
from tap_bigcommerce_carts.api2cart.store import Api2CartStore
from tap_bigcommerce_carts.bigcommerce import store as bigcommerce_store
from tap_bigcommerce_carts.bigcommerce.carts_by_id import CartsById
from tap_bigcommerce_carts.bigcommerce.checkouts import CheckoutsById
from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import (
    NotFoundError,
    OutOfReachError,
    StoreError,
    TransientError,
    UnexpectedResponseError,
    UnreadableResponseError,
)
from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.cart_reader import CartReader
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS, READINGS
from tap_bigcommerce_carts.model import (
    BEGINNING,
    Api2CartConnection,
    BigCommerceConnection,
    Limits,
    Window,
)
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.fields import Field, schema_of
from tap_bigcommerce_carts.rows.personal_data import Masking, mask_for
from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop.cart import custom_item, gift_certificate
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tap_bigcommerce_carts.streams import (
    abandoned_cart_saver,
    abandoned_carts,
    cart_events,
    customers,
    inbox_carts,
    names,
    orders,
    store_logs,
    through_api2cart,
)
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tests.support.harness import (
    ALL_STREAMS,
    NOON,
    Clock,
    Output,
    Watched,
    catalog_for,
    read_messages,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hypothesis.strategies import DrawFn, SearchStrategy

    from tap_bigcommerce_carts.rows.builder import Row

    Tables = list[tuple[tuple[Field, ...], list[Row]]]

pytestmark = pytest.mark.slow

LONG = os.environ.get("LONG") == "1"
WINDOW = Window(BEGINNING, NOON + timedelta(days=1))
# No such small list needs so many.
MOST_REQUESTS = 200
SALT = "grain-of-salt-5b1f3a"
HOW = st.sampled_from(Masking)

# Odd documents

# Stand for what `json` cannot write.
RAW = {
    '"<deep>"': "[" * 600 + "]" * 600,
    '"<deeper>"': '{"a":' * 3_000 + "1" + "}" * 3_000,
    '"<huge>"': "1e999",
    '"<long>"': "9" * 400,
    '"<half>"': '"\\ud83d"',
}
TEXTS = (
    *("", " ", "0", "-1", "1", "1.0", "1e5", "1e999", "0x10", "12" * 40, "٣", "true", "null"),
    *("NaN", "Infinity", "2026-02-30", "0000-00-00 00:00:00", "2026-03-03T14:05:09+99:00"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "6325-01-01T00:00:00Z"),
    *("Mon, 30 Feb 2026 10:00:00 +0000", "1772550000", "2026-03-03", "a\0b", "Zoë 🛒", "x" * 9_000),
    *RAW,
)
PLAIN: SearchStrategy[Any] = st.one_of(
    st.sampled_from([each.strip('"') if each in RAW else each for each in TEXTS]),
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e300, 84.1]),
)
ODD = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "name", "value", "")), inner, max_size=3)
    ),
    max_leaves=5,
)
Place = tuple[Any, ...]
NEAR = 2


class Json(str):
    """A document that is shown cut, since it may be of any length."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__repr__(self[:1_000])


def places(document: Any, here: Place = ()) -> Iterator[Place]:
    """The places in a document, outermost first."""
    inside: Any = ()
    if isinstance(document, dict):
        inside = document.items()
    elif isinstance(document, list):
        inside = enumerate(document)
    for key, value in inside:
        yield (*here, key)
        yield from places(value, (*here, key))


def at(document: Any, place: Place) -> Any:
    """What stands at a place."""
    for step in place:
        document = document[step]
    return document


@st.composite
def odd(draw: DrawFn, document: Any) -> str:
    """A document, as JSON, in which something is as it should not be."""
    is_other = draw(st.integers(0, 19)) == 0
    made = draw(ODD) if is_other else copy.deepcopy(document)
    for _ in range(0 if is_other else draw(st.integers(1, 4))):
        found = list(places(made))
        if not found:
            break
        # Anywhere; near the surface, where most columns are; or where something should be inside.
        near = [place for place in found if len(place) <= NEAR]
        holding = [place for place in found if isinstance(at(made, place), dict | list)]
        place = draw(st.sampled_from(draw(st.sampled_from((found, near, holding))) or found))
        target, key = at(made, place[:-1]), place[-1]
        change = draw(st.sampled_from(("odd", "odd", "plain", "plain", "away", "listed", "twice")))
        if change == "odd":
            target[key] = draw(ODD)
        elif change == "plain":
            target[key] = draw(PLAIN)
        elif change == "away":
            del target[key]
        elif change == "listed":
            target[key] = [target[key]]
        else:
            target[key] = [target[key], copy.deepcopy(target[key])]
    written = json.dumps(made)
    for mark, raw in RAW.items():
        written = written.replace(mark, raw)
    return Json(written)


@st.composite
def some_odd(draw: DrawFn) -> dict[str, str]:
    """One or more of a store's documents, changed."""
    names = ("cart", "order", "customer", "settings", "email")
    chosen = draw(st.sets(st.sampled_from(names), min_size=1))
    return {name: draw(odd(documents()[name])) for name in sorted(chosen)}


# Answers without a network


@dataclass
class Answers:
    """Gives each answer for a path once; then what says that there is no more."""

    answers: dict[str, list[str]]
    asked: int = 0

    def to(self, path: str) -> bytes | None:
        self.asked += 1
        assert self.asked < MOST_REQUESTS, path
        waiting = self.answers.get(path)
        if waiting:
            return waiting.pop(0).encode("utf-8", "surrogatepass")
        if path.startswith(("/v3/carts/", "/v3/checkouts/")):
            raise NotFoundError(path)
        return b'{"data": [], "meta": {}}' if path.startswith("/v3") else None


class OfflineStore(StoreSession):
    """Reads what a test says."""

    def __init__(self, answers: Answers) -> None:
        connection = BigCommerceConnection(
            "https://api.example.com", "abc123", "token", Limits(retry_for=0)
        )
        super().__init__(connection)
        self._given = answers
        self.clock = NOON + timedelta(days=1)

    @override
    def request(self, path: str, query: Any, read: Callable[[bytes | None], Any], **_: Any) -> Any:
        return read(self._given.to(path))


class OfflineClient(Api2CartSession):
    """Calls what a test says."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(
            Api2CartConnection("https://api.example.com", "key", "key", Limits(retry_for=0))
        )
        self._given = answers

    @override
    def request(self, path: str, query: Any, read: Callable[[bytes | None], Any], **_: Any) -> Any:
        nothing = b'{"return_code": 0, "result": {"order": []}, "pagination": {"next": null}}'
        return read(self._given.to(path) or nothing)


def store(answers: dict[str, list[str]]) -> BigCommerceStore:
    connection = BigCommerceConnection(
        "https://api.example.com", "abc123", "token", Limits(retry_for=0)
    )
    with patch.object(bigcommerce_store, "StoreSession", lambda _: OfflineStore(Answers(answers))):
        return BigCommerceStore(connection)


# The streams: each makes rows of one document


def builder(fields: tuple[Field, ...], how: Masking) -> RowBuilder:
    return RowBuilder(fields, mask_for(how, SALT), {"store": "abc123"})


def readable(page: list[Any]) -> list[Any]:
    """Leave out what a stream passes by."""
    return [each for each in page if not each.problem]


def with_ids(rows: list[Row]) -> list[Row]:
    """Leave out what a stream passes by."""
    return [row for row in rows if row.id is not None]


def of_carts(order: str, how: Masking) -> Tables:
    return of_listed({"/v2/orders": [f"[{order}]"]}, how)


def of_lines(lines: str, how: Masking) -> Tables:
    """Lines that did not come with their order are asked for by themselves."""
    order = {**documents()["cart"], "consignments": []}
    path = f"/v2/orders/{order['id']}/products"
    return of_listed({"/v2/orders": [json.dumps([order])], path: [lines]}, how)


def of_addresses(addresses: str, how: Masking) -> Tables:
    """Addresses that did not all come with their customer are asked for by themselves."""
    customer = {**documents()["customer"], "address_count": 11}
    rows = builder(customers.CUSTOMER_FIELDS, how)
    answers = {
        "/v3/customers": [json.dumps({"data": [customer]})],
        "/v3/customers/addresses": [f'{{"data": {addresses}}}'],
    }
    pages = store(answers).customers(lambda: WINDOW)
    return [
        (customers.CUSTOMER_FIELDS, customers.customer_rows(readable(page), rows)) for page in pages
    ]


def of_listed(answers: dict[str, list[str]], how: Masking) -> Tables:
    found: Tables = []
    rows, lines = (
        builder(fields, how)
        for fields in (abandoned_carts.CART_FIELDS, abandoned_carts.LINE_FIELDS)
    )
    for page in store(answers).abandoned_carts(lambda: WINDOW, rows.document, lines.document):
        kept = readable(page)
        found.append((abandoned_carts.CART_FIELDS, abandoned_carts.cart_rows(kept, rows)))
        found.append(
            (abandoned_carts.LINE_FIELDS, with_ids(abandoned_carts.line_rows(kept, lines)))
        )
    return found


def of_orders(order: str, how: Masking) -> Tables:
    rows = builder(orders.ORDER_FIELDS, how)
    pages = store({"/v2/orders": [f"[{order}]"]}).orders(lambda: WINDOW, rows.document)
    return [(orders.ORDER_FIELDS, orders.order_rows(readable(page), rows)) for page in pages]


def of_customers(customer: str, how: Masking) -> Tables:
    rows = builder(customers.CUSTOMER_FIELDS, how)
    pages = store({"/v3/customers": [f'{{"data": [{customer}]}}']}).customers(lambda: WINDOW)
    return [
        (customers.CUSTOMER_FIELDS, customers.customer_rows(readable(page), rows)) for page in pages
    ]


def of_settings(document: str, how: Masking) -> Tables:
    fields = abandoned_cart_saver.SETTINGS_FIELDS
    rows = builder(fields, how)
    read = store({"/v3/abandoned-carts/settings": [f'{{"data": {document}}}']})
    return [
        (fields, [abandoned_cart_saver.channel_row(channel, each, rows)])
        for channel, each in read.abandoned_cart_settings()
    ]


def of_emails(step: str, how: Masking) -> Tables:
    fields = abandoned_cart_saver.EMAILS_FIELDS
    rows = builder(fields, how)
    read = store({"/v3/marketing/abandoned-cart-emails": [f'{{"data": [{step}]}}']})
    made = [
        abandoned_cart_saver.channel_row(channel, each, rows)
        for channel, each in read.abandoned_cart_emails()
    ]
    return [(fields, with_ids(made))]


def of_channels(channel: str, how: Masking) -> Tables:
    rows = builder(names.CHANNEL_FIELDS, how)
    read = store(
        {
            "/v3/channels": [f'{{"data": [{channel}]}}'],
            "/v3/sites": [f'{{"data": [{channel}, {{"id": 3, "channel_id": 1, "url": []}}]}}'],
            "/v3/sites/3/routes": [f'{{"data": [{channel}]}}'],
        }
    )
    made = [names.name_row(each, rows) for each in read.channels()]
    return [(names.CHANNEL_FIELDS, with_ids(made))]


def of_groups(group: str, how: Masking) -> Tables:
    rows = builder(names.GROUP_FIELDS, how)
    read = store({"/v2/customer_groups": [f"[{group}]"]})
    made = [names.name_row(each, rows) for each in read.customer_groups()]
    return [(names.GROUP_FIELDS, with_ids(made))]


def of_log(entry: str, how: Masking) -> Tables:
    rows = builder(store_logs.LOG_FIELDS, how)
    pages = store({"/v3/store/systemlogs": [f'{{"data": [{entry}]}}']}).store_logs(0)
    return [(store_logs.LOG_FIELDS, with_ids(store_logs.log_rows(page, rows))) for page in pages]


def of_api2cart(answer: str, how: Masking) -> Tables:
    read = Api2CartStore(
        Api2CartConnection("https://api.example.com", "key", "key", Limits(retry_for=0))
    )
    read.session = OfflineClient(Answers({"/order.abandoned.list.json": [answer]}))
    cart_rows, line_rows = (
        builder(fields, how)
        for fields in (through_api2cart.API2CART_CARTS, through_api2cart.API2CART_LINES)
    )
    found: Tables = []
    for listed, _ in read.abandoned_carts(WINDOW):
        page = readable(listed)
        found.append((abandoned_carts.CART_FIELDS, through_api2cart.cart_rows(page, cart_rows)))
        found.append((abandoned_carts.LINE_FIELDS, through_api2cart.line_rows(page, line_rows)))
    return found


# What is real, to be changed


@cache
def documents() -> dict[str, Any]:
    """Documents as the sandbox gives them."""
    shop = Shop.seeded(30, 7, Clock(), placed=5, customers=5)
    lines = [*gift_certificate(25, STORE), *custom_item("For Ada", 3, STORE)]
    mug = replace(shop.carts.lines(shop.carts.fill())[0], kind="physical_items")
    typed = replace(mug, typed=(("Engraving", "For Ada"),))
    cart = shop.carts.fill([*lines, mug, typed])
    shop.carts.apply_coupon(cart)
    shop.log.add(shop.now())
    shop.carts.give_address(cart)
    shop.carts.choose_shipping(cart)
    with Sandbox(shop, scopes=ALL_SCOPES) as sandbox:
        headers = {"X-Auth-Token": sandbox.token}

        def get(path: str) -> Any:
            answer = requests.get(sandbox.base + path, headers=headers, timeout=30)
            answer.raise_for_status()
            return answer.json()

        include = "include=consignments.line_items&consignment_structure=object"
        options = "line_items.physical_items.options,line_items.digital_items.options"
        shipping = "consignments.available_shipping_options"
        account = sandbox.api2cart_config()
        keys = {
            "x-api-key": account["api2cart_api_key"],
            "x-store-key": account["api2cart_store_key"],
        }
        selection = "{return_code,return_message,pagination,result{order{*}}}"
        listed = requests.get(
            f"{account['api2cart_url']}/order.abandoned.list.json",
            params={"count": "2", "response_fields": selection},
            headers=keys,
            timeout=30,
        ).json()
        listed["pagination"]["next"] = None
        carts_ = get(f"/v2/orders?status_id=0&{include}")
        # The one with the most in it.
        most = max(carts_, key=lambda order: len(json.dumps(order)))
        return {
            "cart": most,
            "lines": get(f"/v2/orders/{most['id']}/products"),
            "addresses": get("/v3/customers/addresses")["data"][:2],
            "order": get("/v2/orders")[0],
            "customer": get("/v3/customers?include=addresses,formfields")["data"][0],
            "settings": get("/v3/abandoned-carts/settings")["data"],
            "email": get("/v3/marketing/abandoned-cart-emails")["data"][0],
            "channel": get("/v3/channels")["data"][0],
            "group": get("/v2/customer_groups")[0],
            "log": get("/v3/store/systemlogs")["data"][0],
            "api2cart": listed,
            "living": get(f"/v3/carts/{cart}?include={options}")["data"],
            "checkout": get(f"/v3/checkouts/{cart}?include={shipping}")["data"],
        }


STREAMS: dict[str, Callable[[str, Masking], Tables]] = {
    "cart": of_carts,
    "lines": of_lines,
    "addresses": of_addresses,
    "order": of_orders,
    "customer": of_customers,
    "settings": of_settings,
    "email": of_emails,
    "channel": of_channels,
    "group": of_groups,
    "log": of_log,
    "api2cart": of_api2cart,
}

# What must be true of rows


Rules = tuple[dict[str, Any], Draft7Validator]


class Schemas(dict[int, Rules]):
    """One for each stream's fields, by their `id`: they live as long as the tests."""

    def of(self, fields: tuple[Field, ...]) -> Rules:
        if id(fields) not in self:
            schema = schema_of(fields)
            self[id(fields)] = schema, Draft7Validator(schema)
        return self[id(fields)]


SCHEMAS = Schemas()


def check(tables: Tables) -> int:
    """Check rows as they are written; gives how many there were."""
    count = 0
    for fields, rows in tables:
        schema, validator = SCHEMAS.of(fields)
        for row in rows:
            written = json.loads(encoder.encode(row), parse_float=Decimal)
            for error in validator.iter_errors(written):
                raise AssertionError(f"{list(error.absolute_path)}: {error.validator}")
            assert_loadable(written, schema)
            count += 1
    return count


def assert_loadable(value: Any, schema: dict[str, Any]) -> None:
    """Check what a schema does not say and warehouses need."""
    if isinstance(value, dict):
        for name, each in value.items():
            assert_loadable(each, schema["properties"][name])
    elif isinstance(value, list):
        for each in value:
            assert_loadable(each, schema["items"])
    elif isinstance(value, str):
        assert "\0" not in value
        value.encode()
        if schema.get("format") == "date-time":
            assert value.endswith("Z")
            assert datetime.fromisoformat(value).tzinfo is not None
    elif type(value) is int:
        assert schema["type"] in ("number", ["number", "null"]) or -(2**63) <= value < 2**63


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Warnings of odd values are not looked at here, and are many."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def fuzzed(examples: int) -> settings:
    return settings(
        max_examples=30 * examples if LONG else examples,
        deadline=None,
        derandomize=not LONG,
        database=None,
        print_blob=LONG,
        # To make a failing document smaller takes minutes.
        phases=tuple(Phase) if LONG else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


# What ends a stream


class Refusal(NamedTuple):
    """The error that ends a stream, and what its sentence says."""

    error: type[StoreError]
    sentence: str


def refusal_of(name: str, document: str) -> Refusal | None:
    """The error that a stream must end with when it is given a document; None if it makes rows."""
    # Lines and addresses are asked for row by row: what is wrong with them is the row's alone.
    if RAW['"<deeper>"'] in document and name not in {"lines", "addresses"}:
        return Refusal(UnreadableResponseError, "answered with something that is not JSON")
    if name == "settings" and not isinstance(json.loads(document), dict):
        return Refusal(UnexpectedResponseError, "answered without the `data` it should hold")
    return api2cart_refusal_of(json.loads(document)) if name == "api2cart" else None


API2CART_CODES = {
    1: Refusal(TransientError, "order.abandoned.list failed (return code 1, a fault at API2Cart)"),
    2: Refusal(OutOfReachError, "API2Cart refused the account's key (return code 2)"),
}


def api2cart_refusal_of(answer: Any) -> Refusal | None:
    if answer is None:
        return Refusal(StoreError, "answered `null` instead of data")
    if not isinstance(answer, dict) or "return_code" not in answer:
        return Refusal(UnreadableResponseError, "answered without a return code")
    if code := whole(answer["return_code"]):
        unknown = Refusal(StoreError, f"did not answer order.abandoned.list (return code {code})")
        return API2CART_CODES.get(code, unknown)
    following = inside(answer.get("pagination"), "next")
    some = isinstance(following, list | dict) and following
    if following is True or isinstance(following, float) or some:
        return Refusal(StoreError, "wrote `pagination.next` as neither text nor a number")
    orders = inside(answer.get("result"), "order")
    if orders not in (None, "", {}, []) and not isinstance(orders, list):
        return Refusal(StoreError, "answered without the list of carts it should hold")
    return None


def whole(value: Any) -> int:
    """A whole number, also one that is written as text or with zeros behind a point; else -1."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return -1
    found = re.fullmatch(r"(-?\d+)(\.0+)?", str(value))
    number = int(found[1]) if found else -1
    return number if -(2**63) <= number < 2**63 else -1


def inside(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


@pytest.mark.parametrize("how", Masking)
@pytest.mark.parametrize("name", STREAMS)
def test_the_documents_that_are_changed_make_rows(name: str, how: Masking) -> None:
    assert check(STREAMS[name](json.dumps(documents()[name]), how)) >= 1


@pytest.mark.parametrize("name", STREAMS)
def test_no_document_makes_what_the_schema_does_not_allow(name: str) -> None:
    make = STREAMS[name]

    @fuzzed(60)
    @given(document=odd(documents()[name]), how=HOW)
    def checked(document: str, how: Masking) -> None:
        refusal = refusal_of(name, document)
        if refusal is None:
            check(make(document, how))
            return
        with pytest.raises(StoreError) as caught:
            make(document, how)
        assert type(caught.value) is refusal.error
        assert refusal.sentence in str(caught.value)
        assert_sentence(caught.value)

    checked()


# A whole run


def synced(answers: dict[str, list[str]], how: Masking) -> tuple[Output, dict[str, Exception]]:
    """Run the tap on a store that gives these answers; return also why streams were not read."""
    config = {
        "store_hash": "abc123",
        "access_token": "token",
        "retry_for": 0,
        "personal_data": str(how),
        "personal_data_salt": SALT,
    }
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(written):
        tap = Watched(config=config, catalog=catalog_for(ALL_STREAMS))
        vars(tap.run)["store"] = store(answers)
        tap.sync_all()
    written.seek(0)
    output = Output(read_messages(written.read()), code=1 if tap.run.unread else 0)
    return output, tap.run.reason_of


def check_messages(output: Output) -> None:
    """Check that each row fits the SCHEMA message before it, and that the STATE is whole."""
    schemas: dict[str, Rules] = {}
    for message in output.messages:
        if message["type"] == "SCHEMA":
            schema = message["schema"]
            schemas[message["stream"]] = schema, Draft7Validator(schema)
        elif message["type"] == "RECORD":
            schema, validator = schemas[message["stream"]]
            assert not list(validator.iter_errors(message["record"]))
            assert_loadable(message["record"], schema)
    assert output.state["bookmarks"]


def everything(changed: dict[str, str]) -> dict[str, list[str]]:
    """A store's answers, some of them changed."""
    real = {name: json.dumps(document) for name, document in documents().items()} | changed
    return {
        # After each list's only page it is asked whether more rows follow.
        "/v2/orders": [f"[{real['cart']}]", "[]", f"[{real['order']}]", "[]"],
        "/v3/customers": [f'{{"data": [{real["customer"]}]}}'],
        "/v3/abandoned-carts/settings": [f'{{"data": {real["settings"]}}}'],
        "/v3/marketing/abandoned-cart-emails": [f'{{"data": [{real["email"]}]}}'],
        # Three streams ask for the channels.
        "/v3/channels": ['{"data": []}', '{"data": []}', f'{{"data": [{real["channel"]}]}}'],
        "/v2/customer_groups": [f"[{real['group']}]"],
        "/v3/store/systemlogs": [f'{{"data": [{real["log"]}]}}'],
    }


# Which document each stream is read from.
READ_FROM = {
    "abandoned_carts": "cart",
    "abandoned_cart_line_items": "cart",
    "orders": "order",
    "customers": "customer",
    "abandoned_cart_settings": "settings",
    "abandoned_cart_emails": "email",
    "channels": "channel",
    "customer_groups": "group",
    "store_logs": "log",
}


def test_a_store_as_it_should_be_is_read_whole() -> None:
    output, unread = synced(everything({}), Masking.KEEP)
    check_messages(output)
    assert (output.code, unread) == (0, {})
    assert all(output.rows(stream) for stream in ALL_STREAMS)


def test_no_documents_end_a_run() -> None:
    """What cannot be read ends its stream, or is passed by; the others are read, the run ends."""

    @fuzzed(25)
    @given(changed=some_odd(), how=HOW)
    def checked(changed: dict[str, str], how: Masking) -> None:
        output, unread = synced(everything(changed), how)
        check_messages(output)
        for stream, error in unread.items():
            name = READ_FROM[stream]
            refusal = refusal_of(name, changed[name])
            if refusal:
                assert isinstance(error, refusal.error)
            assert (refusal.sentence if refusal else " passed by: ") in str(error)
            assert_sentence(error)

    checked()


def assert_sentence(error: Exception) -> None:
    text = str(error)
    assert text
    assert text.isprintable()
    assert len(text) < 600


# The inbox


@dataclass
class Inbox:
    """An inbox on disk that is emptied for each example."""

    url: str
    hashes: int = field(default=0)

    def fill(self, data: list[tuple[str, str]], reading: str | None) -> None:
        """Put in events (scope, data), and what an older run kept of their cart."""
        at = int(NOON.timestamp())
        rows = []
        for number, (scope, text) in enumerate(data):
            cart = None if "abandoned" in scope else documents()["living"]["id"]
            row = {"store": "abc123", "hash": str(number), "scope": scope, "cart_id": cart}
            rows.append(row | {"happened_at": at + number, "received_at": at, "data": text})
        with closing(Storage(self.url)) as storage, storage.database.engine.begin() as connection:
            connection.execute(sa.delete(EVENTS))
            connection.execute(sa.delete(READINGS))
            connection.execute(sa.insert(EVENTS), rows)
            if reading is not None:
                cart = documents()["living"]["id"]
                kept = {"store": "abc123", "cart_id": cart, "active_at": at, "reading": reading}
                connection.execute(sa.insert(READINGS).values(**kept))

    def read(self, answers: dict[str, list[str]], how: Masking) -> Tables:
        session = OfflineStore(Answers(answers))
        shop, keeper = CartsById(session), CartKeeper(how, SALT)
        mask = mask_for(how, SALT)
        found: Tables = []
        with closing(CartLog(self.url, "abc123")) as log:
            events = log.events(0, log.highest(), 100)
            rows = builder(cart_events.EVENT_FIELDS, how)
            found.append((cart_events.EVENT_FIELDS, cart_events.event_rows(events, rows)))
            if how is not Masking.KEEP:
                log.readings.remask(keeper.mark, keeper.renewed)
            now = int((NOON + timedelta(hours=2)).timestamp())
            checkouts = CheckoutsById(session)
            reader = CartReader(log, shop, checkouts, now, log.highest(), 3600, 1, keeper)
            assert all(problem for _, problem in reader.find_carts(0))
            for page in reader.with_new_events(0):
                made = builder(inbox_carts.CART_FIELDS, Masking.KEEP)
                found.append(
                    (inbox_carts.CART_FIELDS, inbox_carts.cart_rows(readable(page), made, mask))
                )
                lines = builder(inbox_carts.LINE_FIELDS, Masking.KEEP)
                found.append(
                    (
                        inbox_carts.LINE_FIELDS,
                        with_ids(inbox_carts.line_rows(readable(page), lines)),
                    )
                )
            for page in reader.timed_out(log.highest(), int(NOON.timestamp())):
                made = builder(inbox_carts.CART_FIELDS, Masking.KEEP)
                found.append(
                    (inbox_carts.CART_FIELDS, inbox_carts.cart_rows(readable(page), made, mask))
                )
        return found


DATA = {"type": "cart", "id": "x", "cartId": "x", "token": "1f0c", "orderId": 4107, "couponId": 1}
SCOPES = (
    *("store/cart/created", "store/cart/updated", "store/cart/abandoned", "store/cart/deleted"),
    *("store/cart/converted", "store/channel/99999999999999999999/cart/updated", "store/cart/x"),
)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(f"sqlite:///{tmp_path / 'inbox.db'}")


def test_no_cart_ends_the_reading_of_carts(inbox: Inbox) -> None:
    """Neither as it is now nor as an older run kept it."""
    living = documents()["living"]
    older = {"read_at": int(NOON.timestamp()), "document": living}

    @fuzzed(50)
    @given(cart=odd(living) | st.none(), reading=st.none() | odd(older), how=HOW)
    def checked(cart: str | None, reading: str | None, how: Masking) -> None:
        inbox.fill([("store/cart/created", json.dumps(DATA))], reading)
        path = f"/v3/carts/{living['id']}"
        answers = {} if cart is None else {path: [f'{{"data": {cart}}}']}
        assert check(inbox.read(answers, how)) >= 1

    checked()


def test_no_checkout_ends_the_reading_of_carts(inbox: Inbox) -> None:
    """Nor what an older run kept of it; the farthest step stays."""
    living = documents()["living"]
    kept = {**living, "checkout": {"step": "email", "shipping_options": 2}}
    older = {"read_at": int(NOON.timestamp()), "document": kept}

    @fuzzed(20)
    @given(checkout=odd(documents()["checkout"]), reading=st.none() | odd(older), how=HOW)
    def checked(checkout: str, reading: str | None, how: Masking) -> None:
        inbox.fill([("store/cart/created", json.dumps(DATA))], reading)
        answers = {
            f"/v3/carts/{living['id']}": [json.dumps({"data": living})],
            f"/v3/checkouts/{living['id']}": [f'{{"data": {checkout}}}'],
        }
        assert check(inbox.read(answers, how)) >= 1

    checked()


def test_no_event_ends_the_reading_of_carts(inbox: Inbox) -> None:
    """Nor what the store says of its token, or of the order that the cart became."""
    living = documents()["living"]
    order = {"id": 4107, "cart_id": living["id"], "status_id": 11, "date_created": "2026-03-03"}

    @fuzzed(50)
    @given(
        events=st.lists(st.tuples(st.sampled_from(SCOPES), odd(DATA)), min_size=1, max_size=3),
        placed=odd([order]),
        token=odd({"data": {"cart_id": living["id"]}}),
        how=HOW,
    )
    def checked(events: list[tuple[str, str]], placed: str, token: str, how: Masking) -> None:
        inbox.fill([("store/cart/created", json.dumps(DATA)), *events], None)
        answers = {"/v2/orders": [placed], "/v3/abandoned-carts/1f0c": [token]}
        assert check(inbox.read(answers, how)) >= 1

    checked()


def test_the_cart_that_is_changed_makes_rows(inbox: Inbox) -> None:
    living = documents()["living"]
    inbox.fill([("store/cart/created", json.dumps(DATA))], None)
    answers = {f"/v3/carts/{living['id']}": [json.dumps({"data": living})]}
    # An event, the cart and its four lines, and the cart as it was left since.
    assert check(inbox.read(answers, Masking.KEEP)) == 7
