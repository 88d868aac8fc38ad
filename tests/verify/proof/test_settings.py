"""What settings leave out or change is no fault, as real loaders keep it; what is lost still is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.verify.findings import Explained, Fault, Mode
from tests.support.harness import NOON, Clock
from tests.support.receivers import fresh_database
from tests.support.verify.checks import checked
from tests.support.verify.damages import CARTS, ORDERS, found
from tests.support.warehouse.engines import SCHEMA, DuckDB, Engine, PostgreSQL
from tests.support.warehouse.pipes import pipe
from tests.support.warehouse.raw import change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.verify.findings import Check

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """Settings, and what a check must say of them.

    Attributes:
        settings: of the load and of the check.
        explained: why some rows of the store are not in the warehouse.
        unverified: columns that cannot be compared.
        orders: the table of the orders.
    """

    settings: dict[str, Any]
    explained: set[Explained] = field(default_factory=set)
    unverified: tuple[str, ...] = ()
    orders: str = ORDERS


CASES = {
    "hashed, from a date on": Case(
        {
            "personal_data": "hash",
            "personal_data_salt": "grain-of-salt-5b1f3a",
            "start_date": (NOON - timedelta(days=12)).isoformat(),
        }
    ),
    "decimals as text": Case({"decimals": "x-singer.decimal"}),
    "dropped, some channels": Case({"personal_data": "drop", "channel_ids": [1, 1017]}),
    "filtered, another name, columns taken out": Case(
        {
            "stream_maps": {
                ORDERS: {
                    "__filter__": "channel_id == 1",
                    "__alias__": "sales",
                    "total_inc_tax": None,
                },
                CARTS: {"customer_email": "md5(customer_email)", "customer_phone": None},
            }
        },
        {Explained.STREAM_MAP},
        ("orders.total_inc_tax",),
        "sales",
    ),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A shop of three storefronts, which nobody changes."""
    shop = Shop.seeded(carts=90, seed="settings", clock=Clock(), placed=150, customers=30)
    for record in shop.order_records.values():
        document = record.keep().document
        if document["status_id"]:
            # More places than money has.
            document["total_inc_tax"] = f"{document['total_inc_tax']}5"
    # What comes last is not settled.
    shop.add_order(11)
    shop.add_order(modified=NOON - timedelta(hours=1))
    shop.add_customer()
    with Sandbox(shop) as served:
        yield served


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty warehouse of each kind."""
    if request.param == "duckdb":
        return DuckDB(tmp_path / "warehouse.duckdb")
    return PostgreSQL(fresh_database(request.getfixturevalue("postgres")))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_settings_do_is_told_and_is_no_fault(
    sandbox: Sandbox, engine: Engine, case: Case, tmp_path: Path
) -> None:
    settings = {**sandbox.config(), "max_parallel_requests": 1, **case.settings}
    state = pipe(settings, engine, tmp_path, None)
    check = checked(settings, engine, state, mode=Mode.DEEP)
    assert found(check) == {}
    assert explained(check).keys() == case.explained
    told = [why for each in check.streams for why in each.unverified]
    assert len(told) == len(case.unverified)
    assert all(name in why for name, why in zip(case.unverified, told, strict=True))
    assert rows(check)[ORDERS] > 20
    assert rows(check)[CARTS] > 10

    lost = engine.query(
        f"select id, date_modified from {SCHEMA}.{case.orders} "
        f"where date_modified > '{NOON - timedelta(days=9):%Y-%m-%d}' order by date_modified"
    )[3]
    change(engine, [f"delete from {SCHEMA}.{case.orders} where id = {lost['id']}"])
    check = checked(settings, engine, state)
    assert found(check) == {(ORDERS, Fault.MISSING, lost["date_modified"].date()): 1}


def explained(check: Check) -> Counter[Explained]:
    """Why rows are not as the store has them."""
    days = (day for each in check.streams for day in each.days.values())
    return sum((day.explained for day in days), Counter())


def rows(check: Check) -> dict[str, int]:
    """How many rows were found equal, by stream."""
    return {each.stream: sum(day.equal for day in each.days.values()) for each in check.streams}
