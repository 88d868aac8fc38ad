"""Exact decimals as text, in the SDK's own convention: `decimals: x-singer.decimal`."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from tap_bigcommerce_carts.sandbox import Shop
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import (
    ALL_STREAMS,
    DEFAULT_STREAMS,
    NOON,
    Clock,
    assert_valid,
    catalog_for,
    run,
)
from tests.support.shop_inbox import Inbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.harness import Output

pytestmark = pytest.mark.slow

TEXT = {"decimals": "x-singer.decimal"}
CARTS, LINES, ORDERS = "abandoned_carts", "abandoned_cart_line_items", "orders"
RATE = "store_default_to_transactional_exchange_rate"


@pytest.fixture
def shop(clock: Clock) -> Shop:
    """A shop of several currencies, with a cart whose amounts no double can hold."""
    shop = Shop.seeded(carts=12, seed="decimals", clock=clock, placed=6, customers=4)
    odd = shop.add_order(modified=NOON - timedelta(hours=2), lines=2)
    document = shop.order_records[odd].keep().document
    document |= {"total_inc_tax": "1234567890123456.7891", RATE: "0.0000001235"}
    return shop


def parquet_into(folder: Path, size: int = 1000) -> dict[str, Any]:
    return {
        "encoding": {"format": "parquet"},
        "storage": {"root": folder.as_uri()},
        "batch_size": size,
    }


def types_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each column's schema, and that of what is inside, by its path."""
    for name, of in schema.get("properties", {}).items():
        yield f"{path}{name}", of
        yield from types_of(of, f"{path}{name}.")
        yield from types_of(of.get("items", {}), f"{path}{name}.")


def schemas(output: Output) -> dict[str, dict[str, Any]]:
    return {each["stream"]: each["schema"] for each in output.messages if each["type"] == "SCHEMA"}


def numbers(output: Output) -> set[str]:
    return {
        f"{stream}.{path}"
        for stream, schema in schemas(output).items()
        for path, of in types_of(schema)
        if "number" in of["type"]
    }


def texts(output: Output) -> dict[str, tuple[int, int]]:
    """Columns of decimals as text, with their digits and places."""
    return {
        f"{stream}.{path}": (of["precision"], of["scale"])
        for stream, schema in schemas(output).items()
        for path, of in types_of(schema)
        if of.get("format") == "x-singer.decimal"
    }


def as_numbers(value: Any, schema: dict[str, Any]) -> Any:
    """A row in which text that stands for a decimal is one."""
    if isinstance(value, dict):
        return {name: as_numbers(each, schema["properties"][name]) for name, each in value.items()}
    if isinstance(value, list):
        return [as_numbers(each, schema["items"]) for each in value]
    if schema.get("format") == "x-singer.decimal" and value is not None:
        assert type(value) is str
        assert set(value) <= set("-.0123456789")
        return Decimal(value)
    assert not isinstance(value, Decimal)
    return value


def assert_same(given: Output, in_text: Output) -> None:
    """Check that two runs wrote the same, one of them its decimals as text."""
    assert set(texts(in_text)) == numbers(given)
    assert texts(given) == dict.fromkeys(numbers(in_text)) == {}
    assert_valid(in_text)
    assert set(given.tables) == set(in_text.tables)
    for stream, rows in in_text.tables.items():
        schema = schemas(in_text)[stream]
        assert [as_numbers(each, schema) for each in rows] == given.rows(stream)


@pytest.mark.usefixtures("every_scope")
@pytest.mark.parametrize("road", ["bigcommerce", "api2cart"])
def test_every_decimal_is_the_same_as_text(store: Sandbox, road: str) -> None:
    settings: dict[str, Any] = store.config() if road == "bigcommerce" else store.api2cart_config()
    settings |= {"max_parallel_requests": 1}
    streams = ALL_STREAMS if road == "bigcommerce" else DEFAULT_STREAMS[:3]
    given, in_text = (run({**settings, **more}, streams=streams) for more in ({}, TEXT))
    assert_same(given, in_text)
    assert in_text.rows(LINES)
    digits = texts(in_text)
    assert {path for path, of in digits.items() if of != (20, 4)} == {
        f"{stream}.{rate}"
        for stream in ({*streams} & {CARTS, ORDERS})
        for rate in ("currency_exchange_rate", RATE)
    }
    assert {of for of in digits.values() if of != (20, 4)} == {(20, 10)}


def test_every_decimal_of_the_inbox_is_the_same_as_text(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    streams = ("carts", "cart_line_items", "cart_events")
    with closing(Inbox(store, f"sqlite:///{tmp_path / 'inbox.db'}")) as inbox:
        store.shop.carts.live(12, 1, hours=4)
        catalog = catalog_for(streams, inbox_url=inbox.url)
        settings = {**config, "inbox_url": inbox.url}
        given, in_text = (run({**settings, **more}, catalog=catalog) for more in ({}, TEXT))
    for output in (given, in_text):
        for row in output.rows("carts"):
            # When it was asked for.
            del row["read_at"]
    assert given.rows("cart_line_items")
    assert texts(in_text)["cart_line_items.list_price"] == (20, 4)
    for stream, rows in in_text.tables.items():
        schema = schemas(in_text)[stream]
        assert [as_numbers(each, schema) for each in rows] == given.rows(stream)


def test_no_digit_is_lost(config: dict[str, Any]) -> None:
    output = run({**config, **TEXT}, streams=(CARTS,))
    (row,) = (each for each in output.rows(CARTS) if len(each["total_inc_tax"]) > 15)
    assert (row["total_inc_tax"], row[RATE]) == ("1234567890123456.7891", "0.0000001235")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9999999999999999.99994", "9999999999999999.9999"),
        ("-12.34565", "-12.3457"),
        ("1E+3", "1000"),
        ("0.0000000000", "0.0000000000"),
        ("-0.0000", "0.0000"),
        ("-0.00001", "0.0000"),
        ("", None),
        ("NaN", None),
        # One more digit before the point than the column has would end the load.
        ("10000000000000000", None),
        ("9999999999999999.99995", None),
    ],
)
def test_what_does_not_fit_in_the_column_is_rounded_or_told(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    written: str,
    read: str | None,
) -> None:
    odd = max(shop.order_records)
    shop.order_records[odd].keep().document["total_inc_tax"] = written
    with caplog.at_level(logging.WARNING):
        output = run({**config, **TEXT}, streams=(CARTS,))
    found = {each["order_id"]: each["total_inc_tax"] for each in output.rows(CARTS)}
    assert found[odd] == read
    told = [each.getMessage() for each in caplog.records if "total_inc_tax" in each.getMessage()]
    assert len(told) == (1 if written and read is None else 0)
    for each in told:
        assert "1 value(s) could not be read as a number of 20 digits, 4 of them" in each


def test_stream_maps_compute_with_them_and_what_they_make_is_text_as_well(
    config: dict[str, Any],
) -> None:
    maps = {
        CARTS: {
            "__filter__": "total_inc_tax > 100",
            "total_tax": "total_inc_tax - total_ex_tax",
            "same": "total_inc_tax",
            "twice": "total_inc_tax * 2",
            "about": "float(total_inc_tax)",
        }
    }
    settings = {**config, "stream_maps": maps}
    given, in_text = (run({**settings, **more}, streams=(CARTS,)) for more in ({}, TEXT))
    assert_valid(in_text)
    rows = in_text.rows(CARTS)
    assert [each["id"] for each in rows] == given.ids(CARTS) != []
    for row in rows:
        assert Decimal(row["total_tax"]) == Decimal(row["total_inc_tax"]) - Decimal(
            row["total_ex_tax"]
        )
        assert row["same"] == row["total_inc_tax"]
        assert Decimal(row["twice"]) == 2 * Decimal(row["total_inc_tax"])
        assert float(row["about"]) == float(row["total_inc_tax"])
    schema = schemas(in_text)[CARTS]["properties"]
    assert schema["same"]["scale"] == schema["total_tax"]["scale"] == 4
    assert "number" in schema["about"]["type"]


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("total_inc_tax / 3", "33.3333"),
        ("total_inc_tax / -64000000 * 32", "-0.0001"),
        (RATE, "0.0000"),
        ("total_inc_tax if id == '' else 0.25", "0.25"),
        ("0", "0"),
        ("total_inc_tax and None", None),
        ("total_inc_tax * 1000000000000000", None),
        ("total_inc_tax * 10000000000 * 10000000000 * 10000000000 * 10000000000", None),
        ("total_inc_tax if id == '' else 'unknown'", None),
    ],
)
@pytest.mark.parametrize("batches", [False, True], ids=["records", "files"])
def test_what_a_map_makes_fits_in_its_column(  # noqa: PLR0913, PLR0917
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    expression: str,
    made: str | None,
    batches: bool,  # noqa: FBT001
) -> None:
    odd = max(shop.order_records)
    shop.order_records[odd].keep().document["total_inc_tax"] = "100.0000"
    settings = {**config, **TEXT, "stream_maps": {CARTS: {"total_inc_tax": expression}}}
    if batches:
        settings["batch_config"] = parquet_into(tmp_path)
    with caplog.at_level(logging.WARNING):
        output = run(settings, streams=(CARTS,))
    rows = (
        [each for file in tmp_path.iterdir() for each in parquet.read_table(file).to_pylist()]
        if batches
        else output.rows(CARTS)
    )
    assert {each["order_id"]: each["total_inc_tax"] for each in rows}[odd] == made
    told = [each.getMessage() for each in caplog.records if "total_inc_tax" in each.getMessage()]
    assert len(told) == (1 if made is None and "None" not in expression else 0)
    for each in told:
        assert "could not be read as a number of 20 digits, 4 of them" in each


def test_a_rate_that_a_map_makes_has_the_places_of_rates(
    shop: Shop, config: dict[str, Any]
) -> None:
    odd = max(shop.order_records)
    shop.order_records[odd].keep().document["total_inc_tax"] = "200.0000"
    maps = {CARTS: {RATE: "total_inc_tax / 3"}}
    output = run({**config, **TEXT, "stream_maps": maps}, streams=(CARTS,))
    assert {each["order_id"]: each[RATE] for each in output.rows(CARTS)}[odd] == "66.6666666667"


def test_flattened_columns_keep_their_digits(config: dict[str, Any]) -> None:
    flat = {"flattening_enabled": True, "flattening_max_depth": 2}
    given, in_text = (
        run({**config, **flat, **more}, streams=DEFAULT_STREAMS) for more in ({}, TEXT)
    )
    assert_same(given, in_text)
    lists = [row["applied_discounts"] for row in in_text.rows(LINES) if row["applied_discounts"]]
    assert lists
    for each in lists:
        assert isinstance(json.loads(each), list)


@pytest.mark.parametrize("more", [{}, TEXT], ids=["number", "text"])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_files_hold_what_records_would(
    config: dict[str, Any], tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    settings = {**config, **more}
    batches = {
        "encoding": {"format": kind},
        "storage": {"root": tmp_path.as_uri()},
        "batch_size": 5,
    }
    records = run(settings, streams=DEFAULT_STREAMS)
    output = run({**settings, "batch_config": batches}, streams=DEFAULT_STREAMS)
    assert schemas(output) == schemas(records)
    found: dict[str, list[dict[str, Any]]] = {}
    for message in output.messages:
        if message["type"] == "BATCH":
            (address,) = message["manifest"]
            file = tmp_path / address.rpartition("/")[2]
            rows = (
                [json.loads(each, parse_float=Decimal) for each in file.read_text().splitlines()]
                if kind == "jsonl"
                else parquet.read_table(file).to_pylist()
            )
            found.setdefault(message["stream"], []).extend(rows)
    assert found == records.tables


@pytest.mark.parametrize("more", [{}, TEXT], ids=["number", "text"])
def test_a_column_has_one_type_in_all_files_of_parquet(
    shop: Shop, config: dict[str, Any], tmp_path: Path, more: dict[str, Any]
) -> None:
    """Whatever digits the amounts of a file have, and if it has none at all."""
    for number, record in enumerate(shop.order_records.values()):
        document = record.keep().document
        document["total_inc_tax"] = "" if number % 3 else f"{10**number}.{number:04}"
    maps = {
        ORDERS: {
            "twice": "total_inc_tax and total_inc_tax * 2",
            "about": "float(total_inc_tax) * 1.1 if total_inc_tax else None",
            "total_tax": "total_tax if id % 2 else 0.5",
        }
    }
    settings = {**config, **more, "batch_config": parquet_into(tmp_path, 2), "stream_maps": maps}
    run(settings, streams=(ORDERS, LINES))
    for stream in (ORDERS, LINES):
        found = [parquet.read_schema(each) for each in tmp_path.glob(f"*--{stream}-*")]
        assert len(found) > 5
        assert all(each.equals(found[0]) for each in found)


def test_a_number_too_long_for_the_type_is_kept_in_its_own(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    odd = max(shop.order_records)
    shop.order_records[odd].keep().document["total_inc_tax"] = "0.123456789012"
    run({**config, "batch_config": parquet_into(tmp_path)}, streams=(CARTS,))
    (file,) = tmp_path.iterdir()
    amounts = parquet.read_table(file, columns=["total_inc_tax"]).column(0).to_pylist()
    assert Decimal("0.123456789012") in amounts
    # The others have the types that they have in all files.
    assert str(parquet.read_schema(file).field("total_ex_tax").type) == "decimal128(38, 10)"


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("total_inc_tax if order_id % 2 else 0.5", "decimal128(38, 10)"),
        ("float(total_inc_tax) * 1.1", "double"),
        ("float(total_inc_tax) if order_id % 2 else total_inc_tax", "decimal128(20, 4)"),
        ("float('inf') if order_id % 2 else total_inc_tax", "decimal128(7, 4)"),
        ("total_inc_tax if order_id % 2 else platform", "string"),
        ("order_id * 10000000000000000000000", "decimal128(38, 10)"),
        ("order_id * 10000000000 * 10000000000 * 10000000000", "string"),
    ],
)
def test_what_a_map_makes_is_in_a_file_and_the_other_columns_keep_their_types(
    config: dict[str, Any], tmp_path: Path, expression: str, kind: str
) -> None:
    maps = {CARTS: {"total_inc_tax": expression}}
    settings = {**config, "stream_maps": maps}
    rows = run(settings, streams=(CARTS,)).rows(CARTS)
    plain, mapped = tmp_path / "plain", tmp_path / "mapped"
    run({**config, "batch_config": parquet_into(plain)}, streams=(CARTS,))
    run({**settings, "batch_config": parquet_into(mapped)}, streams=(CARTS,))
    (file,), (whole,) = mapped.iterdir(), plain.iterdir()
    found = parquet.read_schema(file)
    assert str(found.field("total_inc_tax").type) == kind
    other = parquet.read_schema(whole)
    assert [each for each in found if each.name != "total_inc_tax"] == [
        each for each in other if each.name != "total_inc_tax"
    ]
    made = [each["total_inc_tax"] for each in parquet.read_table(file).to_pylist()]
    assert list(map(as_decimal, made)) == [as_decimal(each["total_inc_tax"]) for each in rows]


def as_decimal(value: Any) -> Any:
    """The number that was written, whatever its form; text that is none as it is."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value


def test_a_catalog_of_the_other_kind_changes_nothing(config: dict[str, Any]) -> None:
    """Such as one that was discovered before the setting was changed."""
    before = catalog_for((ORDERS,))
    output = run({**config, **TEXT}, catalog=before)
    assert texts(output)["orders.total_inc_tax"] == (20, 4)
    assert_valid(output)


def test_discovery_needs_no_other_setting() -> None:
    tap = TapBigCommerceCarts(config=dict(TEXT), validate_config=False)
    entry = tap.streams[ORDERS].schema["properties"]["total_inc_tax"]
    assert (entry["format"], entry["precision"], entry["scale"]) == ("x-singer.decimal", 20, 4)


@pytest.mark.parametrize(("before", "after"), [({}, TEXT), (TEXT, {})], ids=["text", "number"])
def test_a_table_that_is_there_is_read_again(
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """A loader may begin a new column, which rows that were loaded before have nothing in."""
    first = run({**config, **before}, streams=DEFAULT_STREAMS)
    with caplog.at_level(logging.WARNING):
        second = run({**config, **after}, state=first.state, streams=DEFAULT_STREAMS)
    for stream in DEFAULT_STREAMS:
        assert sorted(second.ids(stream)) == sorted(first.ids(stream))
        told = [each for each in caplog.messages if f"{stream} is read again" in each]
        assert len(told) == 1
        assert "`decimals`" in told[0]
    third = run({**config, **after}, state=second.state, streams=DEFAULT_STREAMS)
    assert len(third.rows(ORDERS)) < len(first.rows(ORDERS))


def test_a_state_from_before_the_setting_is_of_numbers(config: dict[str, Any]) -> None:
    first = run(config, streams=(ORDERS,))
    for bookmark in first.state["bookmarks"].values():
        del bookmark["decimals"]
    same = run(config, state=first.state, streams=(ORDERS,))
    again = run({**config, **TEXT}, state=first.state, streams=(ORDERS,))
    assert len(same.rows(ORDERS)) < len(again.rows(ORDERS)) == len(first.rows(ORDERS))
