"""Whatever is wrong with a warehouse is found, called by its name, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.verify.findings import Mode
from tests.support.verify.checks import checked
from tests.support.verify.damages import (
    BY_KEYS,
    CARTS,
    CUSTOMERS,
    DEEP,
    LINES,
    ORDERS,
    Damaged,
    Found,
    a_page_is_gone,
    found,
)
from tests.support.verify.lived import Lived, copied
from tests.support.warehouse.engines import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("mode", "damage"),
    [*((Mode.KEYS, each) for each in BY_KEYS), *((Mode.DEEP, each) for each in DEEP)],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_a_damage_is_found(
    loaded: Lived, mode: Mode, damage: Callable[[Damaged], Found], tmp_path: Path
) -> None:
    with copied(loaded.engine, tmp_path) as engine:
        expected = damage(Damaged(loaded, engine))
        check = checked(loaded.settings, engine, loaded.state, mode=mode)
    assert expected
    assert found(check) == expected
    assert not check.is_proven


@pytest.mark.parametrize("mode", [Mode.KEYS, Mode.DEEP])
def test_what_is_not_damaged_is_proven(loaded: Lived, mode: Mode) -> None:
    check = checked(loaded.settings, loaded.engine, loaded.state, mode=mode)
    assert found(check) == {}
    assert check.is_proven


def test_another_stores_rows_are_no_fault(loaded: Lived, tmp_path: Path) -> None:
    """Its keys are as this store's, its dates and amounts are not."""
    with copied(loaded.engine, tmp_path) as engine:
        copy = Damaged(loaded, engine)
        for table in (ORDERS, CARTS, CUSTOMERS):
            moved = "store = 'another', date_modified = date_modified - interval '1 hour'"
            copy.double(table, "true", moved)
        check = checked(loaded.settings, engine, loaded.state)
    assert check.is_proven


@pytest.mark.parametrize("table", [CARTS, LINES, ORDERS, CUSTOMERS])
def test_an_absent_table_is_not_proven_and_the_others_are(
    loaded: Lived, table: str, tmp_path: Path
) -> None:
    with copied(loaded.engine, tmp_path) as engine:
        Damaged(loaded, engine).run(f"drop table {SCHEMA}.{table}")
        check = checked(loaded.settings, engine, loaded.state)
    assert not check.is_proven
    of = {each.stream: each for each in check.streams}
    assert [f"no table {table}" in each for each in of[table].unverified] == [True]
    others = {ORDERS, CUSTOMERS, *([CARTS] if table != CARTS else [])} - {table}
    assert all(of[name].is_proven for name in others)


@pytest.mark.parametrize(
    ("column", "how"),
    [
        ("status_id", "update {} set {} = null"),
        ("total_inc_tax", "update {} set {} = null"),
        ("total_inc_tax", "alter table {} drop column {}"),
    ],
)
def test_a_column_that_is_not_there_is_not_proven(
    loaded: Lived, column: str, how: str, tmp_path: Path
) -> None:
    """As when it was deselected; what is wrong besides is found still."""
    with copied(loaded.engine, tmp_path) as engine:
        copy = Damaged(loaded, engine)
        copy.run(how.format(f"{SCHEMA}.{ORDERS}", column))
        expected = a_page_is_gone(copy)
        check = checked(loaded.settings, engine, loaded.state)
    (orders,) = (each for each in check.streams if each.stream == ORDERS)
    assert found(check) == expected
    assert [column in each for each in orders.unverified] == [True]
