"""Personal data goes where the setting says, and nowhere else; secrets go nowhere at all."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Sandbox, Shop
from tests.support.harness import ALL_STREAMS, NOON, Output, catalog_for, command, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAMS = ALL_STREAMS
SALT = "grain-of-salt-5b1f3a"
TOKEN = "token-for-one-store-only-9e0c"  # noqa: S105 - opens nothing but the sandbox
EMAIL = "  Ada.Fjord@Example.ORG "
# Every value has a word of its own, so that a leak tells where it came from.
BILLING: dict[str, Any] = {
    "first_name": "Firstbilling",
    "last_name": "Lastbilling",
    "company": "Companybilling",
    "street_1": "1 Streetbilling",
    "street_2": "2 Streetbilling",
    "city": "Citybilling",
    "state": "Statebilling",
    "zip": "ZIP-BILLING-77",
    "phone": "+00 555 0101",
    "email": EMAIL,
    "form_fields": [
        {"name": "Sizes", "value": ["Answerone", "Answertwo"]},
        {"name": "Nickname", "value": "Answerthree"},
        {"name": "Age", "value": 987654},
    ],
}
ADDRESS: dict[str, Any] = {
    "id": 7,
    "first_name": "Firstaddress",
    "last_name": "Lastaddress",
    "company": "Companyaddress",
    "address1": "1 Streetaddress",
    "address2": "2 Streetaddress",
    "city": "Cityaddress",
    "state_or_province": "Stateaddress",
    "postal_code": "ZIP-ADDRESS-78",
    "phone": "+00 555 0102",
    "form_fields": [{"name": "Floor", "value": "Answerfour"}],
}
CUSTOMER: dict[str, Any] = {
    "email": "ada.fjord@example.org",
    "first_name": "Firstcustomer",
    "last_name": "Lastcustomer",
    "company": "Companycustomer",
    "phone": "+00 555 0103",
    "notes": "Notesofstaff",
    "registration_ip_address": "198.51.100.23",
}
ORDER: dict[str, Any] = {
    "ip_address": "203.0.113.77",
    "ip_address_v6": "2001:db8::77",
    "customer_message": "Messageofshopper",
    "staff_notes": "Staffnotesonorder",
}
WRAPPING = "Messageonwrapping"
MERCHANT = "Merchant.Owner@Example.com"
LOGGED = "Messageinlog of shopper7@example.com"


def words(value: Any) -> Iterator[str]:
    """All planted values below a document; names of questions are not personal."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in {"name", "id"}:
                yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    else:
        yield str(value).strip()


PLANTED = [*words([BILLING, ADDRESS, CUSTOMER, ORDER]), WRAPPING, MERCHANT, LOGGED]


def leaks(text: str) -> list[str]:
    """The planted values that occur in a text, however their case was changed."""
    folded = text.lower()
    return [each for each in PLANTED if each.lower() in folded]


@pytest.fixture
def store(shop: Shop) -> Iterator[Sandbox]:
    """A store whose every personal field holds something."""
    shop.add_order(
        modified=NOON - timedelta(hours=5),
        lines=[shop.line(wrapping_message=WRAPPING) for _ in range(2)],
        billing_address={**BILLING, "country": "Norway", "country_iso2": "NO"},
        **ORDER,
    )
    customer = shop.add_customer(modified=NOON - timedelta(hours=5), **CUSTOMER)
    shop.customer_records[customer].content.document["addresses"] = [ADDRESS]
    shop.emails.settings["merchant_email_address"] = MERCHANT
    shop.log.add(NOON, "payment", LOGGED)
    with Sandbox(shop, token=TOKEN, scopes=ALL_SCOPES) as sandbox:
        sandbox.quota = None
        yield sandbox


def treated(config: dict[str, Any], how: str) -> dict[str, Any]:
    return {**config, "personal_data": how, "personal_data_salt": SALT}


def hmac_of(text: str) -> str:
    """Worked out apart from the tap."""
    return hmac.new(SALT.encode(), text.encode(), hashlib.sha256).hexdigest()


def debugging() -> dict[str, str]:
    return {**os.environ, "LOGLEVEL": "DEBUG", "TAP_BIGCOMMERCE_CARTS_LOGLEVEL": "DEBUG"}


def everything(output: Output) -> str:
    return json.dumps(output.messages, default=str, ensure_ascii=False) + output.log


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_no_personal_value_leaves_when_it_must_not(
    config: dict[str, Any], tmp_path: Path, how: str
) -> None:
    """Not in a row, not in a log at its most talkative, not in a STATE."""
    output = command(
        treated(config, how),
        folder=tmp_path,
        catalog=catalog_for(STREAMS),
        environment=debugging(),
    )
    assert output.code == 0
    assert all(output.rows(stream) for stream in STREAMS)
    assert leaks(everything(output)) == []
    assert SALT not in everything(output)
    assert TOKEN not in everything(output)


def test_kept_values_are_in_the_rows_and_nowhere_else(
    config: dict[str, Any], tmp_path: Path
) -> None:
    """The test above would find them if they were there."""
    output = command(
        treated(config, "keep"),
        folder=tmp_path,
        catalog=catalog_for(STREAMS),
        environment=debugging(),
    )
    rows = [message for message in output.messages if message["type"] == "RECORD"]
    others = [message for message in output.messages if message["type"] != "RECORD"]
    # Staff's notes on an order are in no column.
    missing = set(PLANTED) - set(leaks(json.dumps(rows, default=str, ensure_ascii=False)))
    assert missing == {ORDER["staff_notes"]}
    assert leaks(json.dumps(others, default=str) + output.log) == []
    assert SALT not in everything(output)
    assert TOKEN not in everything(output)


def test_keep_is_the_default(config: dict[str, Any]) -> None:
    assert run(config).rows("customers")[0]["first_name"] == CUSTOMER["first_name"]


def pairs(output: Output) -> dict[str, tuple[Any, str]]:
    """Each personal column with what was planted there."""
    (cart,), (order,) = output.rows("abandoned_carts"), output.rows("orders")
    (customer,) = output.rows("customers")
    line = output.rows("abandoned_cart_line_items")[0]
    settings, entry = output.rows("abandoned_cart_settings")[0], output.rows("store_logs")[0]
    found: dict[str, tuple[Any, str]] = {
        "cart.customer_email": (cart["customer_email"], EMAIL),
        "cart.customer_first_name": (cart["customer_first_name"], BILLING["first_name"]),
        "cart.customer_last_name": (cart["customer_last_name"], BILLING["last_name"]),
        "cart.customer_phone": (cart["customer_phone"], BILLING["phone"]),
        "order.customer_email": (order["customer_email"], EMAIL),
        "line.wrapping_message": (line["wrapping_message"], WRAPPING),
        "settings.merchant": (settings["merchant_email_address"], MERCHANT),
        "log.message": (entry["message"], LOGGED),
        "log.summary": (entry["summary"], "Payment refused"),
    }
    for name in ("ip_address", "ip_address_v6", "customer_message"):
        found[f"cart.{name}"] = (cart[name], ORDER[name])
    for name, value in CUSTOMER.items():
        found[f"customer.{name}"] = (customer[name], value)
    for kind, row, planted in (
        ("billing", cart["billing_address"], BILLING),
        ("address", customer["addresses"][0], ADDRESS),
    ):
        for name, value in planted.items():
            if name == "form_fields":
                for turn, each in enumerate(value):
                    answer = row[name][turn]["value"]
                    found[f"{kind}.{name}.{turn}"] = (answer, as_text(each["value"]))
            elif name != "id":
                found[f"{kind}.{name}"] = (row[name], str(value))
    return found


def as_text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)


def test_hash_is_hmac_sha256_with_the_salt(config: dict[str, Any]) -> None:
    """Of the text as it is; of an e-mail address, trimmed and in lower case."""
    checked = pairs(run(treated(config, "hash"), streams=STREAMS))
    assert len(checked) > 35
    for name, (value, planted) in checked.items():
        mail = "email" in name or name == "settings.merchant"
        assert value == hmac_of(planted.strip().lower() if mail else planted), name


def test_drop_makes_every_personal_column_null(config: dict[str, Any]) -> None:
    for name, (value, _planted) in pairs(run(treated(config, "drop"), streams=STREAMS)).items():
        assert value is None, name


def test_keep_leaves_every_value_as_it_came(config: dict[str, Any]) -> None:
    for name, (value, planted) in pairs(run(treated(config, "keep"), streams=STREAMS)).items():
        assert value == planted, name


def test_the_same_person_is_the_same_in_every_stream(config: dict[str, Any]) -> None:
    """However the address was typed, carts, orders and customers still join on it."""
    output = run(treated(config, "hash"), streams=STREAMS)
    (cart,), (order,) = output.rows("abandoned_carts"), output.rows("orders")
    (customer,) = output.rows("customers")
    assert cart["customer_email"] == order["customer_email"] == customer["email"]
    assert cart["billing_address"]["email"] == customer["email"]
    assert len(customer["email"]) == 64


def test_another_salt_gives_other_hashes(config: dict[str, Any]) -> None:
    one = run(treated(config, "hash"), streams=["customers"])
    other = run(
        {**treated(config, "hash"), "personal_data_salt": SALT + "!"}, streams=["customers"]
    )
    assert one.rows("customers")[0]["email"] != other.rows("customers")[0]["email"]


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_what_is_not_personal_stays(config: dict[str, Any], how: str) -> None:
    """Countries, amounts, ids and the questions of a form are what reports are made of."""
    plain = run(treated(config, "keep"), streams=STREAMS)
    output = run(treated(config, how), streams=STREAMS)
    (cart,), (before,) = output.rows("abandoned_carts"), plain.rows("abandoned_carts")
    assert cart["billing_address"]["country_iso2"] == "NO"
    assert [each["name"] for each in cart["billing_address"]["form_fields"]] == [
        *("Sizes", "Nickname", "Age")
    ]
    for name in ("order_id", "cart_id", "total_inc_tax", "items_total", "geoip_country_iso2"):
        assert cart[name] == before[name] is not None
    for stream in STREAMS:
        assert len(output.rows(stream)) == len(plain.rows(stream))
        assert [set(row) for row in output.rows(stream)] == [set(row) for row in plain.rows(stream)]
    assert output.state == plain.state


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_nothing_stays_nothing(shop: Shop, config: dict[str, Any], how: str) -> None:
    """A guest who left no address has no hash of nothing: those would all be one person."""
    shop.add_order(
        modified=NOON - timedelta(hours=4),
        billing_address={"email": "", "first_name": None, "form_fields": ""},
        ip_address="",
    )
    row = run(treated(config, how)).rows("abandoned_carts")[-1]
    assert row["customer_email"] is None
    assert row["customer_first_name"] is None
    assert row["ip_address"] is None
    assert row["billing_address"]["email"] is None


MISPLACED: list[dict[str, Any]] = [
    {"billing_address": "Firstbilling Lastbilling"},
    {"billing_address": [BILLING]},
    {"billing_address": {**BILLING, "email": [EMAIL], "phone": {"a": "+00 555 0101"}}},
    {"billing_address": {**BILLING, "form_fields": "Answerone"}},
    {"billing_address": {**BILLING, "form_fields": ["Answerone"]}},
    {"ip_address": ["203.0.113.77"], "customer_message": {"a": "Messageofshopper"}},
    {"customer_id": "Firstbilling", "items_total": "Lastbilling", "date_created": "Citybilling"},
    {"cart_id": ["Companybilling"], "total_inc_tax": "Messageofshopper"},
]


@pytest.mark.parametrize("fields", MISPLACED)
@pytest.mark.parametrize("how", ["hash", "drop"])
def test_personal_values_in_the_wrong_shape_do_not_slip_through(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    fields: dict[str, Any],
    how: str,
) -> None:
    """What cannot be read is null and counted: neither the row nor the warning has the value."""
    order = shop.add_order(modified=NOON - timedelta(hours=4))
    shop.order_records[order].keep().document.update(fields)
    output = run(treated(config, how))
    assert str(order) in output.ids("abandoned_carts")
    assert leaks(everything(output) + caplog.text) == []


# Secrets and personal data on the ways that end badly


def fault_settings(kind: str, config: dict[str, Any], store: Sandbox) -> dict[str, Any]:
    """Make a run fail in one way; gives the settings for it."""
    settings = {**treated(config, "keep"), "retry_for": 0}
    if kind == "wrong token":
        settings["access_token"] = TOKEN + "x"
    elif kind == "text 401":
        store.faults.unauthorized_as = "text"
        settings["access_token"] = TOKEN + "x"
    elif kind == "wrong hash":
        settings["store_hash"] = "otherstore"
    elif kind == "no scope":
        store.scopes = set()
    elif kind == "suspended":
        store.faults.suspended = True
    elif kind == "no host":
        settings["api_url"] = "http://127.0.0.1:9"
    elif kind == "bad setting":
        settings["page_size"] = TOKEN
    else:
        store.faults.only = "/v3/customers"
        store.faults.rate, store.faults.kinds = 1.0, (kind,)
    return settings


@pytest.mark.parametrize(
    "kind",
    [
        *("wrong token", "text 401", "wrong hash", "no scope", "suspended", "no host"),
        *("bad setting", "cut_json", "500_html", "429", "reset_midway"),
    ],
)
def test_no_secret_and_no_person_is_in_the_words_of_a_failure(
    config: dict[str, Any], store: Sandbox, tmp_path: Path, kind: str
) -> None:
    output = command(
        fault_settings(kind, config, store),
        folder=tmp_path,
        catalog=catalog_for(["abandoned_cart_line_items", "customers"]),
        environment=debugging(),
    )
    assert output.code == 1
    assert "ERROR" in output.log
    assert TOKEN not in everything(output)
    assert SALT not in everything(output)
    assert leaks(output.log + json.dumps(output.state)) == []


@pytest.mark.parametrize("option", ["--about", "--discover", "--test"])
def test_no_secret_is_in_what_the_other_options_print(
    config: dict[str, Any], tmp_path: Path, option: str
) -> None:
    settings = treated(config, "hash")
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(settings))
    output = command("{}", option, "--config", str(file), folder=tmp_path, environment=debugging())
    if option != "--test":
        assert output.code == 0
    assert TOKEN not in everything(output)
    assert SALT not in everything(output)


def test_rows_without_id_or_date_are_told_without_their_content(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    """The sentence that stops the run names the kind of row, not the shopper."""
    order = shop.add_order(modified=NOON - timedelta(hours=4), billing_address=BILLING)
    shop.order_records[order].keep().document["date_modified"] = "Messageofshopper"
    output = command(treated(config, "keep"), folder=tmp_path, catalog=catalog_for(["orders"]))
    assert output.code == 1
    assert str(order) in output.log
    assert leaks(output.log) == []


def test_stream_maps_do_not_bring_a_hashed_value_back(config: dict[str, Any]) -> None:
    """A map works on the row as it is written: hashed."""
    maps = {"customers": {"copy": "email"}}
    output = run({**treated(config, "hash"), "stream_maps": maps}, streams=["customers"])
    (row,) = output.rows("customers")
    assert row["copy"] == hmac_of(CUSTOMER["email"])
    assert leaks(json.dumps(output.messages, default=str)) == []


# What shoppers type into a cart


def option(kind: str | None, value: str, number: int = 7) -> dict[str, Any]:
    """A line's option as V2 gives it; for a text the value is what was typed."""
    return {
        "id": number,
        "option_id": 18,
        "product_option_id": 120,
        "type": kind,
        "name": f"name of {kind}",
        "display_name": f"Name of {kind}",
        "value": value,
        "display_value": value,
        "display_style": "",
    }


TYPED_KINDS = ("Text field", "Multi-line text field", "Date field", "File Upload", "Anything new")
CHOSEN_KINDS = ("Multiple choice", "Swatch", "Checkbox", "Product Pick List")


def order_of_typed_things(shop: Shop) -> None:
    """An order where all that was typed begins with Typed, and what was chosen with Chosen."""
    options = [option(kind, f"Typed {kind}") for kind in TYPED_KINDS]
    options += [option(kind, f"Chosen {kind}") for kind in CHOSEN_KINDS]
    options.append(option(None, "Typed without a kind", number=0))
    discounts = [
        {"id": "total-coupon", "amount": "1.0000", "name": "Typed5", "code": "Typed5"},
        {"id": "manual-discount", "amount": "1.0000", "name": "Chosen by staff", "code": None},
    ]
    nameless: dict[str, Any] = {
        "product_id": 0,
        "name": "Typed item",
        "name_customer": "Typed item",
    }
    certificate: dict[str, Any] = {
        **nameless,
        "type": "giftcertificate",
        "name": "Typed certificate",
    }
    lines = [
        shop.line(name="Chosen mug", product_options=options, applied_discounts=discounts),
        shop.line(**nameless),
        shop.line(**certificate, gift_certificate_id=3),
    ]
    shop.add_order(modified=NOON - timedelta(hours=4), lines=lines)


@pytest.mark.parametrize("source", ["bigcommerce", "api2cart"])
@pytest.mark.parametrize("how", ["hash", "drop"])
def test_what_is_typed_is_personal_and_what_is_chosen_is_not(
    shop: Shop, store: Sandbox, source: str, how: str
) -> None:
    order_of_typed_things(shop)
    lines = "abandoned_cart_line_items"
    road = store.config() if source == "bigcommerce" else store.api2cart_config()
    settings = {**road, "retry_for": 20}
    clear = json.dumps(run(treated(settings, "keep"), streams=[lines]).rows(lines), default=str)
    output = run(treated(settings, how), streams=[lines])
    text = json.dumps(output.rows(lines), default=str)
    assert "Typed" in clear
    assert "Typed" not in text
    for kind in CHOSEN_KINDS:
        assert f"Chosen {kind}" in text
    assert "Chosen mug" in text
    # The merchant's question stays beside the answer.
    assert "Name of Text field" in text
    row = next(each for each in output.rows(lines) if each["name"] == "Chosen mug")
    values = {each["display_name"]: each["display_value"] for each in row["product_options"]}
    typed = "Typed Text field"
    assert values["Name of Text field"] == (hmac_of(typed) if how == "hash" else None)
    if source == "bigcommerce":
        codes = [each["code"] for each in row["applied_discounts"]]
        assert codes == [hmac_of("Typed5") if how == "hash" else None, None]
        assert row["applied_discounts"][1]["name"] == "Chosen by staff"
