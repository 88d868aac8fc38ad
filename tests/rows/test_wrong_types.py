"""A value of the wrong type, in any field: read if nothing is lost, else null and counted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_bigcommerce_carts.streams.abandoned_cart_saver import EMAILS_FIELDS, SETTINGS_FIELDS
from tap_bigcommerce_carts.streams.abandoned_carts import CART_FIELDS, LINE_FIELDS
from tap_bigcommerce_carts.streams.customers import CUSTOMER_FIELDS
from tap_bigcommerce_carts.streams.orders import ORDER_FIELDS
from tests.support.harness import (
    assert_valid,
    run,
)
from tests.support.planting import (
    EARLIER,
    MARK,
    PathTo,
    Plant,
    plant_customer,
    plant_line,
    plant_order,
    serve_spoilt_lines,
    warned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")

LOST = object()  # null, and counted


@dataclass
class Wrong:
    """A value, and what each kind of column makes of it; a kind not named cannot read it."""

    value: Any
    read: dict[str, Any] = field(default_factory=dict)
    # For kinds not named.
    otherwise: Any = LOST


def same(value: Any, *kinds: str) -> dict[str, Any]:
    return dict.fromkeys(kinds, value)


TEXTS = ("text", "any")

HUGE = 10**37

EMOJI = "🛒👩🏽\u200d🚀 ok"

RIGHT_TO_LEFT = "\u0639\u0631\u0628\u0629 \u202e\u05e2\u05d2\u05dc\u05d4"

WRONG: dict[str, Wrong] = {
    "null": Wrong(None, otherwise=None),
    "empty text": Wrong("", otherwise=None),
    "empty list": Wrong([], {"object": None, "list": [], "values": [], "any": "[]"}),
    "list": Wrong([MARK], {"any": f'["{MARK}"]'}),
    "list of lists": Wrong([[MARK], None], {"any": f'[["{MARK}"],null]'}),
    "object": Wrong({"odd": MARK}, {"object": ..., "list": ..., "any": f'{{"odd":"{MARK}"}}'}),
    "true": Wrong(value=True, read={"boolean": True, "any": "true"}),
    "false": Wrong(value=False, read={"boolean": False, "any": "false"}),
    "number": Wrong(41_907, {**same(41_907, "integer", "number"), **same("41907", *TEXTS)}),
    "zero": Wrong(
        0, {**same(0, "integer", "number"), "id": None, "boolean": False, **same("0", *TEXTS)}
    ),
    "negative": Wrong(-7, {**same(-7, "integer", "number"), **same("-7", *TEXTS)}),
    "fraction": Wrong(msgspec.Raw(b"12.50"), {"number": Decimal("12.50"), **same("12.50", *TEXTS)}),
    "text": Wrong(MARK, same(MARK, *TEXTS)),
    "number as text": Wrong(
        "0041907.0000",
        {
            "integer": 41_907,
            "number": Decimal("41907.0000"),
            **same("0041907.0000", *TEXTS),
        },
    ),
    "not a number": Wrong("NaN", same("NaN", *TEXTS)),
    "infinity": Wrong("-Infinity", same("-Infinity", *TEXTS)),
    "huge": Wrong(msgspec.Raw(str(HUGE).encode()), {"number": HUGE, **same(str(HUGE), *TEXTS)}),
    "huge fraction": Wrong(
        msgspec.Raw(b"123456789012345678901234567890.25"),
        {
            "number": Decimal("123456789012345678901234567890.25"),
            **same("123456789012345678901234567890.25", *TEXTS),
        },
    ),
    "huge exponent": Wrong(msgspec.Raw(b"1e400"), same(..., *TEXTS)),
    "nul": Wrong(f"{MARK}\0end", same(f"{MARK}end", *TEXTS)),
    "emoji": Wrong(EMOJI, same(EMOJI, *TEXTS)),
    "right to left": Wrong(RIGHT_TO_LEFT, same(RIGHT_TO_LEFT, *TEXTS)),
    "astral": Wrong("𐍈\U0010fffd", same("𐍈\U0010fffd", *TEXTS)),
    "line ends": Wrong("a\r\nb\u2028c\tz", same("a\r\nb\u2028c\tz", *TEXTS)),
    "markup": Wrong('</td>"; DROP --\\', same('</td>"; DROP --\\', *TEXTS)),
    "impossible date": Wrong(
        "Mon, 30 Feb 2026 10:00:00 +0000", {**same("Mon, 30 Feb 2026 10:00:00 +0000", *TEXTS)}
    ),
    "date at the calendar's end": Wrong(
        "0001-01-01T00:00:00+01:00", same("0001-01-01T00:00:00+01:00", *TEXTS)
    ),
}


def kind(column: Field) -> str:
    """The kind of a column, by its schema; ids and many-typed text by what they are called."""
    if column.kind.name == "an id":
        return "id"
    if column.kind.read.__name__ == "any_texts":
        return "any"
    schema = column.schema()
    if schema.get("format") == "date-time":
        return "date"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    name: str = next(each for each in types if each != "null")
    if name == "array":
        return "values" if column.items else "list"
    return {"string": "text"}.get(name, name)


def expectation(column: Field, wrong: Wrong) -> Any:
    """What a column makes of a value; LOST if nothing."""
    of = kind(column)
    if of in wrong.read:
        return wrong.read[of]
    if of == "id" and "integer" in wrong.read:
        return wrong.read["integer"]
    return wrong.otherwise


@dataclass(frozen=True)
class Place:
    """Where a value stands: the column's path in the row, and the path in the document."""

    row: PathTo
    document: PathTo
    column: Field

    @property
    def name(self) -> str:
        return ".".join(self.row)


def places(fields: tuple[Field, ...], leave_out: set[str]) -> Iterator[Place]:
    """All columns, and the properties of objects and of lists of objects."""
    for column in fields:
        if column.name not in leave_out:
            yield Place((column.name,), column.path, column)
        elif not column.fields:
            continue
        yield from below(column, (column.name,), column.path)


def below(column: Field, row: PathTo, document: PathTo) -> Iterator[Place]:
    for inner in column.fields:
        here, there = (*row, inner.name), (*document, inner.path[-1])
        yield Place(here, there, inner)
        yield from below(inner, here, there)


def found(row: dict[str, Any], path: PathTo) -> Any:
    value: Any = row
    for name in path:
        if isinstance(value, list):
            (value,) = value
        value = value[name]
    return value


@dataclass(frozen=True)
class Table:
    """A stream whose every field can be planted."""

    stream: str
    fields: tuple[Field, ...]
    plant: Plant
    # Keys, and columns that are not read from a field of their own.
    leave_out: frozenset[str]
    select: tuple[str, ...]


TABLES = (
    Table(
        "abandoned_carts",
        CART_FIELDS,
        plant_order,
        frozenset(
            "store platform id order_id date_modified is_guest line_item_count status_id".split()
        ),
        CARTS,
    ),
    Table(
        "abandoned_cart_line_items",
        LINE_FIELDS,
        plant_line,
        frozenset("store abandoned_cart_id cart_date_modified id".split()),
        CARTS,
    ),
    Table(
        "orders",
        ORDER_FIELDS,
        plant_order,
        frozenset("store id date_modified".split()),
        ("orders",),
    ),
    Table(
        "customers",
        CUSTOMER_FIELDS,
        plant_customer,
        # The address book is asked for by itself if it cannot be read, see below.
        frozenset("store id date_modified addresses".split()),
        ("customers",),
    ),
)


@pytest.fixture(autouse=True)
def _spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    serve_spoilt_lines(monkeypatch)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stream)
def test_a_value_of_the_wrong_type_in_any_field(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    table: Table,
    wrong: str,
) -> None:
    """Read if nothing is lost by it; else null, counted by field, and never told."""
    case = WRONG[wrong]
    where = {
        table.plant(shop, place.document, case.value): place
        for place in places(table.fields, {*table.leave_out})
    }
    output = run(config, streams=table.select)
    assert output.code == 0
    assert_valid(output)
    rows = {str(row["id"]): row for row in output.rows(table.stream)}
    assert set(rows) == {str(each) for each in where}
    told = warned(table.stream, caplog)
    wrongly = []
    for key, place in where.items():
        expected = expectation(place.column, case)
        value = found(rows[str(key)], place.row)
        if expected is LOST:
            # A list that cannot be read has no items left, or is null.
            good = value in (None, []) and told.get(place.name, 0) >= 1
        elif expected is ...:
            good = True
        else:
            good = value == expected and type(value) in (type(expected), Decimal)
            # Columns from inside the billing address are told of once, for the order whose
            # whole address is wrong.
            inside = table.stream == "abandoned_carts" and len(place.column.path) > 1
            good = good and (told.get(place.name, 0) <= inside)
        if not good:
            wrongly.append((place.name, told.get(place.name, 0)))
    assert wrongly == []
    assert MARK not in caplog.text


def test_losses_are_counted_over_the_whole_run(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Seven times wrong on three pages: one warning with the number seven."""
    for _ in range(7):
        plant_order(shop, ("subtotal_ex_tax",), MARK)
    run({**config, "page_size": 3}, streams=["orders"])
    assert warned("orders", caplog) == {"subtotal_ex_tax": 7}
    assert len([each for each in caplog.messages if "subtotal_ex_tax" in each]) == 1


@pytest.mark.parametrize("wrong", [w for w in WRONG if w not in {"null", "empty text"}])
@pytest.mark.usefixtures("every_scope")
def test_a_value_of_the_wrong_type_in_the_saver_streams(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, wrong: str
) -> None:
    """All fields at once: the rows come, valid, what is lost is named, the value is in no log."""
    value = WRONG[wrong].value
    for column in SETTINGS_FIELDS:
        if not column.key:
            shop.emails.settings[column.path[0]] = value
    (step, *_) = shop.emails.steps
    for column in EMAILS_FIELDS:
        if not column.key:
            step[column.path[0]] = value
    streams = ("abandoned_cart_settings", "abandoned_cart_emails")
    output = run(config, streams=streams)
    assert_valid(output)
    assert len(output.rows("abandoned_cart_settings")) == 4
    assert len(output.rows("abandoned_cart_emails")) > 4
    assert warned("abandoned_cart_settings", caplog).keys() == lost_of(SETTINGS_FIELDS, wrong)
    assert warned("abandoned_cart_emails", caplog).keys() == lost_of(EMAILS_FIELDS, wrong)
    assert MARK not in caplog.text


def lost_of(fields: tuple[Field, ...], wrong: str) -> set[str]:
    """The columns that are lost where all first-level values of a document are the wrong one."""
    case = WRONG[wrong]
    # What stands inside an object is there, or is not; PHP writes an empty object as [].
    is_object = case.value == [] or isinstance(case.value, dict)
    return {
        column.name
        for column in fields
        if not column.key
        and (expectation(column, case) is LOST if len(column.path) == 1 else not is_object)
    }


@pytest.mark.parametrize("address", [MARK, [MARK], 7, True])
def test_an_address_that_is_none_is_told_in_every_stream_that_reads_it(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, address: Any
) -> None:
    """The e-mail address of an order stands inside the billing address."""
    plant_order(shop, ("billing_address",), address)
    output = run(config)
    assert output.rows("orders")[0]["customer_email"] is None
    inside = "customer_email customer_first_name customer_last_name customer_phone".split()
    of_carts = dict.fromkeys(["billing_address", *inside], 1)
    assert warned("abandoned_carts", caplog) == of_carts
    assert warned("orders", caplog) == {"customer_email": 1}
    assert MARK not in caplog.text


@pytest.mark.parametrize("customer_id", [MARK, [MARK], {"id": 5}, True, 10**40])
def test_an_unreadable_customer_is_not_taken_for_a_guest(
    shop: Shop, config: dict[str, Any], customer_id: Any
) -> None:
    """0 means a guest; what cannot be read means that we do not know."""
    value = msgspec.Raw(str(customer_id).encode()) if customer_id == 10**40 else customer_id
    plant_order(shop, ("customer_id",), value)
    (row,) = run(config).rows("abandoned_carts")
    assert row["customer_id"] is None
    assert row["is_guest"] is None


@pytest.mark.parametrize("count", ["12", 12, Decimal(12)])
def test_more_addresses_than_the_list_embeds_are_asked_for(
    shop: Shop, config: dict[str, Any], count: Any
) -> None:
    """However the number of them is written."""
    customer = shop.add_customer(addresses=12)
    value = msgspec.Raw(b"12.0") if isinstance(count, Decimal) else count
    shop.customer_records[customer].content.document["address_count"] = value
    (row,) = run(config, streams=["customers"]).rows("customers")
    assert len(row["addresses"]) == 12


@pytest.mark.parametrize("addresses", [None, "", MARK, {}, {"id": MARK}, 7, True, [], [None]])
def test_an_address_book_that_cannot_be_read_is_asked_for(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, addresses: Any
) -> None:
    """The list's answer is not the only place it is in."""
    customer = shop.add_customer(addresses=1)
    shop.customer_records[customer].content.document["addresses"] = addresses
    output = run(config, streams=["customers"])
    (row,) = output.rows("customers")
    assert_valid(output)
    assert len(row["addresses"]) == 1
    assert warned("customers", caplog) == {}
    assert MARK not in caplog.text


@pytest.mark.parametrize("modified", [EARLIER])
def test_odd_forms_seen_in_practice_make_the_same_rows(
    shop: Shop, store: Sandbox, config: dict[str, Any], modified: Any
) -> None:
    """Money as numbers, an object for the card type, form fields in each of their shapes."""
    shop.add_order(
        modified=modified, lines=[shop.line(price="12.34")], date_shipped="", is_deleted=True
    )
    absent = shop.add_order(modified=modified)
    shop.leave_out(absent, "is_deleted", "ip_address_v6", "external_order_id", "custom_status")
    plain = run(config)
    assert plain.rows("orders")[0]["date_shipped"] is None
    assert [row["is_deleted"] for row in plain.rows("orders")] == [True, None]
    store.faults.credit_card_type_object = True
    store.faults.empty_list_as_200 = True
    store.faults.money_as_number = True
    odd = run(config)
    assert odd.tables == plain.tables
    store.faults.form_fields_as = "string"
    fields = run(config).rows("abandoned_carts")[0]["billing_address"]["form_fields"]
    assert fields in (None, [])
    store.faults.form_fields_as = "array_value"
    (only,) = run(config).rows("abandoned_carts")[0]["billing_address"]["form_fields"]
    assert only == {"name": "Sizes", "value": '["S","M"]'}


def test_half_an_emoji_does_not_keep_the_store_from_being_read(
    shop: Shop, config: dict[str, Any]
) -> None:
    """Text cut in the middle of a character is valid JSON; the half becomes a stand-in."""
    half = msgspec.Raw(rb'"cut \ud83d here"')
    order = plant_order(shop, ("customer_message",), half)
    (row,) = run({**config, "retry_for": 0}).rows("abandoned_carts")
    assert row["order_id"] == order
    assert row["customer_message"] == "cut \ufffd here"


def test_unknown_new_fields_never_break_a_run(shop: Shop, config: dict[str, Any]) -> None:
    order = plant_order(shop, ("brand_new",), {"deep": [MARK]})
    plant_line(shop, ("brand_new",), [MARK])
    plant_customer(shop, ("brand_new",), MARK)
    output = run(config)
    assert order in output.ids("orders")
    assert_valid(output)
    assert MARK not in json.dumps(output.messages, default=str)
