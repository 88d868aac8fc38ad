"""Rows that cannot be kept, since they have no id or no date: none is lost in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.sandbox.bigcommerce import routing, v2_routes
from tests.support.harness import (
    assert_valid,
    catalog_for,
    command,
    error_lines,
    logged_errors,
    run,
    sole_error,
)
from tests.support.planting import (
    EARLIER,
    MARK,
    SPOILT,
    plant_customer,
    plant_line,
    plant_order,
    serve_spoilt_lines,
    warned,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.harness import Output


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def only_error(
    config: dict[str, Any], caplog: pytest.LogCaptureFixture, *streams: str
) -> tuple[str, Output]:
    """Read what holds something unreadable; return the run's one error, and what it wrote."""
    output = run({**config, "retry_for": 0}, streams=streams, failing=True)
    assert output.code == 1
    assert_valid(output)
    assert MARK not in caplog.text
    (line,) = logged_errors(caplog)
    assert "\n" not in line
    return line, output


ROW_FAULTS: list[tuple[str, Any]] = [
    ("id", None),
    ("id", ""),
    ("id", MARK),
    ("id", []),
    ("id", {}),
    ("id", True),
    ("id", msgspec.Raw(b"1e40")),
    ("id", msgspec.Raw(b"12.5")),
    ("date_modified", None),
    ("date_modified", ""),
    ("date_modified", MARK),
    ("date_modified", 1772550000),
    ("date_modified", ["2026-03-03"]),
    ("date_modified", "0001-01-01T00:00:00+01:00"),
]


@pytest.fixture(autouse=True)
def _spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    serve_spoilt_lines(monkeypatch)


@pytest.mark.parametrize(("name", "value"), ROW_FAULTS)
@pytest.mark.parametrize("stream", ["orders", "customers", "abandoned_carts"])
def test_a_row_without_id_or_date_is_passed_by_in_one_line(  # noqa: PLR0913, PLR0917
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stream: str,
    name: str,
    value: Any,
) -> None:
    """It can neither be kept nor left out in silence. The others are read."""
    plant = plant_customer if stream == "customers" else plant_order
    plant(shop, (name,), value)
    plant(shop, ("notes",), "in order")
    output = run(config, streams=[stream], failing=True)
    assert output.code == 1
    assert len(output.rows(stream)) == 1
    (line,) = logged_errors(caplog)
    assert f"no readable `{name}`" in line
    assert stream in line
    assert MARK not in caplog.text


def test_a_row_without_a_date_is_named_and_tried_again(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    good = [shop.add_order(modified=EARLIER + timedelta(minutes=10 * n)) for n in range(4)]
    bad = shop.add_order(modified=EARLIER + timedelta(minutes=15))
    shop.order_records[bad].keep().document["date_modified"] = MARK
    settings, catalog = {**config, "page_size": 2}, catalog_for(["orders"])
    output = command(settings, folder=tmp_path, catalog=catalog)
    line = sole_error(output)
    assert f"order {bad}" in line
    assert MARK not in output.log
    assert output.ids("orders") == good
    # The bookmark is that of the row before.
    assert output.bookmark("orders") == "2026-03-03T07:10:00Z"
    shop.order_records[bad].keep().document["date_modified"] = "Tue, 03 Mar 2026 07:15:00 +0000"
    rest = run(settings, state=output.state, streams=["orders"])
    assert rest.ids("orders") == [good[1], bad, good[2], good[3]]
    assert rest.bookmark("orders") == "2026-03-03T07:30:00Z"


@pytest.mark.parametrize("row", [None, 5, MARK, [], [MARK]])
def test_a_row_that_is_no_object_is_told(
    shop: Shop, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, row: Any
) -> None:
    shop.add_order(modified=EARLIER)
    monkeypatch.setattr(v2_routes, "order_bytes", lambda _order, _shape: msgspec.json.encode(row))
    sentence = "1 passed by: a row of the list of orders has no readable `id`"
    with pytest.raises(StoreError, match=sentence):
        run(config, streams=["orders"])


@pytest.mark.parametrize(
    "value",
    [None, "", MARK, [], [1], {}, {"a": 1}, True, msgspec.Raw(b"1e40"), msgspec.Raw(b"1.5")],
)
def test_a_line_without_a_readable_id_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    """No row without its key: the cart is read, and the run says that it is not whole."""
    plant_line(shop, ("id",), value)
    line, output = only_error(config, caplog, *CARTS)
    (cart,) = output.ids("abandoned_carts")
    assert f"abandoned_cart_line_items: 1 passed by: a line of cart {cart} has no readable" in line
    assert output.rows("abandoned_cart_line_items") == []
    # What is null or empty is no value that could not be read.
    unreadable = {"id": 1} if value not in (None, "") else {}
    assert warned("abandoned_cart_line_items", caplog) == unreadable


@pytest.mark.parametrize("line", [None, 5, MARK, [], [MARK], {}])
def test_a_line_that_is_no_object_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, line: Any
) -> None:
    order = shop.add_order(modified=EARLIER, lines=2)
    content = shop.order_records[order].keep()
    first, second = content.lines
    content.document["consignments"] = {"shipping": [{"id": 1, "line_items": [first, line]}]}
    SPOILT[second["id"]] = line
    error, output = only_error(config, caplog, *CARTS)
    if line == {}:
        assert f"abandoned_cart_line_items: 1 passed by: a line of cart {order} has no" in error
        assert output.ids("abandoned_cart_line_items") == [first["id"]]
        return
    assert f"1 passed by: the lines of order {order} cannot be read: " in error
    assert f"/v2/orders/{order}/products listed something that is no line; stopped." in error
    assert not output.tables


@pytest.mark.parametrize("step", [None, 5, MARK, [], {}, {"id": None}, {"id": MARK}, {"id": []}])
@pytest.mark.usefixtures("every_scope")
def test_an_email_step_without_a_readable_id_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, step: Any
) -> None:
    whole = run(config, streams=["abandoned_cart_emails"])
    shop.emails.steps.append(step)
    output = run(config, streams=["abandoned_cart_emails"], failing=True)
    assert output.code == 1
    assert output.rows("abandoned_cart_emails") == whole.rows("abandoned_cart_emails")
    (line,) = logged_errors(caplog)
    assert "a reminder e-mail of channel 0 has no readable `id`" in line
    assert MARK not in caplog.text


@pytest.mark.parametrize("channel", [None, 5, MARK, {}, {"id": None}, {"id": MARK}, {"id": []}])
@pytest.mark.parametrize("stream", ["abandoned_cart_settings", "abandoned_cart_emails"])
@pytest.mark.usefixtures("every_scope")
def test_a_channel_without_a_readable_id_is_not_lost_in_silence(
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    channel: Any,
    stream: str,
) -> None:
    (route,) = [each for each in routing.ROUTES if each.template == "/v3/channels"]
    odd = routing.Route(
        route.template,
        route.scope,
        lambda _call: routing.wrapped([{"id": 1}, channel]),
        route.pattern,
    )
    others = [each for each in routing.ROUTES if each is not route]
    monkeypatch.setattr(routing, "ROUTES", [*others, odd])
    line, output = only_error(config, caplog, stream)
    reason = "/v3/channels listed a channel without a readable `id`; stopped."
    assert line == f"Not read whole: {stream}: {reason}"
    # The store's own come before those of its channels.
    assert {row["channel_id"] for row in output.rows(stream)} <= {0}


@pytest.mark.usefixtures("every_scope")
def test_unreadable_ids_end_the_command_without_a_traceback(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    plant_line(shop, ("id",), [MARK])
    shop.emails.steps.append({"id": None})
    catalog = catalog_for([*CARTS, "abandoned_cart_emails"])
    output = command({**config, "retry_for": 0}, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert MARK not in output.log
    assert_valid(output)
    steps, lines = sorted(error_lines(output))
    assert "a line of cart 100 has no readable `id`" in lines
    assert "a reminder e-mail of channel 0 has no readable `id`" in steps


def test_a_list_out_of_order_stops_the_run(shop: Shop, config: dict[str, Any]) -> None:
    """A list that ignores the sort cannot be walked by date without losing rows."""
    first = shop.add_order(modified=EARLIER)
    shop.add_order(modified=EARLIER + timedelta(minutes=1))
    shop.order_records[first].keep().document["date_modified"] = "Tue, 03 Mar 2026 11:00:00 +0000"
    with pytest.raises(StoreError, match="order of `date_modified`"):
        run(config, streams=["orders"])
