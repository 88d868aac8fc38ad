"""The page's data: exact, in little room, and no more than what was asked."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.errors import OutputError
from tap_bigcommerce_carts.report import cells
from tap_bigcommerce_carts.report.marts import Marts, Rows, settled, today
from tap_bigcommerce_carts.report.page import write

RULES = {
    "as_of": datetime(2026, 3, 10, 3, 0, tzinfo=UTC).replace(tzinfo=None),
    "lost_after_days": 7,
    "time_zone": "UTC",
    "infer_recovery": False,
    "not_sale_status_ids": "[0, 5, 6]",
    "archived_are_sales": False,
}
CELL = {"store": "ours", "channel_id": 1, "currency_code": "EUR"}
DAY = CELL | {"day": date(2026, 3, 1), "checkouts": 3, "carts": 2, "recovered": 1, "lost": 1}
MONEY = dict.fromkeys(("value", "value_recovered", "value_lost", "value_open", "came_in"))


def marts(store: str = "ours", value: Decimal | None = None, **found: Rows) -> Marts:
    """Make what the queries found of a store."""
    stores = [
        {
            "store": store,
            "store_currency_code": "EUR",
            "has_orders": True,
            "has_inbox": False,
            "carts": 2,
            "carts_without_rate": 0,
            "first_abandoned_at": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
            "first_order_at": None,
        }
    ]
    day: dict[str, Any] = DAY | MONEY | {"store": store, "still_open": 0, "value": value}
    return Marts(RULES, {"stores": stores, "days": [day], "converted": [], **found})


def test_days_are_settled_wherever_they_begin() -> None:
    assert (today(RULES), settled(RULES)) == (date(2026, 3, 10), date(2026, 3, 2))
    abroad = RULES | {"time_zone": "America/New_York"}  # still the 9th
    assert (today(abroad), settled(abroad)) == (date(2026, 3, 9), date(2026, 3, 1))


def test_amounts_are_whole_numbers_and_unknown_is_no_zero() -> None:
    table = cells.document(marts(value=Decimal("12.3456")))["tables"]["days"]
    assert table["value"] == {"from": 123456, "by": 1, "of": [0]}
    assert table["came_in"]["of"] == [None]


def test_amounts_that_could_not_be_added_exactly_are_refused() -> None:
    most = Decimal(2**53 - 1).scaleb(-4)
    cells.document(marts(value=most))
    with pytest.raises(OutputError, match="too large for a page to add exactly"):
        cells.document(marts(value=most + Decimal("0.0001")))


@pytest.mark.parametrize(
    "column", [[], [0], [None, 7], [5, 5, 5, 5, 5, 5, 5, 5, 5], [300, 100, None, 700], [-2, 4]]
)
def test_a_packed_column_is_the_column(column: list[int | None]) -> None:
    """Unpacked here; the page's script does so in every test of the page."""
    packed = cells.packed(column)
    if "runs" in packed:
        pairs = zip(packed["runs"][::2], packed["runs"][1::2], strict=True)
        assert [value for value, times in pairs for _ in range(times)] == column
        return
    start, step = packed["from"], packed["by"]
    assert [None if each is None else start + step * each for each in packed["of"]] == column


def test_a_table_that_is_not_there_is_not_told_of() -> None:
    document = cells.document(marts())
    assert set(document["tables"]) == {"days", "converted"}
    assert document["lift"] is document["problems"] is None


def test_products_are_kept_that_are_often_left_for_some_choice() -> None:
    """The thirtieth product is the only one in another storefront, and the newest in this one."""

    def left(product: int, carts: int, channel: int = 1, span: int = 99) -> dict[str, Any]:
        more = {"units": carts, "value": None, "value_converted": None, "recovered": 0}
        return (
            CELL
            | more
            | {
                "channel_id": channel,
                "span": span,
                "product_id": product,
                "carts": carts,
            }
        )

    rows = [left(number, 100 - number) for number in range(1, 30)]
    rows += [left(30, 1, channel=2), left(31, 1, span=7)]
    document = cells.document(marts(products=rows))
    kept = document["tables"]["products"]["product_id"]
    products = {kept["from"] + kept["by"] * each for each in kept["of"]}
    assert products == {*range(1, 11), 30, 31}


def test_what_a_shop_is_called_cannot_end_the_script(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>"
    file = tmp_path / "page.html"
    write(marts(store=name), file)
    html = file.read_text(encoding="utf-8")
    assert "alert(1)</script>" not in html
    assert json.dumps(name).replace("<", "\\u003c") in html


def test_whoever_looks_at_the_page_while_it_is_renewed_sees_a_whole_one(tmp_path: Path) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text("the one before")
    link.symlink_to(page)
    with page.open() as looked_at:
        write(marts(), link)
        assert looked_at.read() == "the one before"
    assert page.read_text().startswith("<!doctype html>")
    assert set(tmp_path.iterdir()) == {page, link}
    assert link.is_symlink()


def test_a_page_may_go_to_what_is_no_file() -> None:
    write(marts(), Path("/dev/null"))
    assert Path("/dev/null").is_char_device()
