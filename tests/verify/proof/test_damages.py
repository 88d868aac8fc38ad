"""Whatever is wrong with a warehouse is found, called by its name, and nothing else is."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.verify.findings import Fault, Mode
from tests.support.stores import place
from tests.support.verify import damages
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
from tests.support.verify.lived import FIRST, Lived, address, copied
from tests.support.warehouse.engines import SCHEMA, Engine
from tests.support.warehouse.truth import TABLES

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


# None of them is about the rows of another.
AT_ONCE = (
    damages.a_page_is_gone,
    damages.a_cart_is_gone,
    damages.a_line_is_gone,
    damages.a_cart_has_two_keys,
    damages.a_customer_has_two_keys,
    damages.a_customer_is_gone,
    damages.a_customer_is_older,
    damages.amounts_are_gone,
    damages.a_line_is_doubled,
    damages.a_quantity_is_wrong,
    damages.an_inbox_cart_is_gone,
    damages.an_inbox_cart_is_late,
    damages.an_event_is_gone,
)


# PostgreSQL is repaired in tests/verify/test_repair.py.
@pytest.mark.parametrize("loaded", ["duckdb"], indirect=True)
def test_much_at_once_is_found_and_repaired_by_the_command(
    loaded: Lived, postgres: str, tmp_path: Path
) -> None:
    """Through Meltano, whose older DuckDB goes on with a file into which checks were written."""
    project = place(tmp_path, postgres)
    (tmp_path / "settings.json").write_text(json.dumps(loaded.settings))
    (tmp_path / "state.json").write_text(json.dumps(loaded.state))

    def verify(engine: Engine, *more: str) -> dict[str, Any]:
        arguments = [f"--warehouse={address(engine)}", f"--from={FIRST:%Y-%m-%dT%H:%M:%SZ}"]
        arguments += ["--config=settings.json", "--state=state.json", "--format=json"]
        done = project.verify("--deep", *arguments, *more)
        document: dict[str, Any] = json.loads(done.out)
        assert document["proven"] is (done.code == 0), done.log
        assert not re.search(r"@example\.|Traceback", done.out + done.log)
        return document

    with copied(loaded.engine, tmp_path) as engine:
        copy = Damaged(loaded, engine)
        expected: Found = sum((damage(copy) for damage in AT_ONCE), Found())
        assert shown(verify(engine)) == expected
        mended = verify(engine, "--repair", "--yes")
        assert mended["proven"]
        assert shown(mended) == {}
        for table in TABLES:
            assert engine.checksum(table) == loaded.engine.checksum(table)


def shown(document: dict[str, Any]) -> Found:
    """What is wrong by the command's own document."""
    (store,) = document["stores"]
    return Found(
        {
            (each["stream"], Fault(kind), date.fromisoformat(day["day"])): count
            for each in store["streams"]
            for day in each["days"]
            for kind, count in day["faults_by_kind"].items()
        }
    )
