"""Variables of the dbt project that cannot be meant are refused in one sentence."""

from typing import Any

import pytest

from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.marts import Dbt

BREAK_OUT = "UTC' as date), (select 1) --"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Return a warehouse with nothing in it."""
    return DuckDB(tmp_path_factory.mktemp("variables") / "warehouse.duckdb")


@pytest.mark.parametrize(
    ("macro", "variable", "must"),
    [
        ("time_zone", {"time_zone": BREAK_OUT}, "the name of a time zone"),
        ("time_zone", {"time_zone": "Europe/Berlyn"}, "the name of a time zone"),
        ("moment", {"as_of": BREAK_OUT}, "a date and time in UTC"),
        ("moment", {"as_of": "2026-02-29 10:00:00"}, "a date and time in UTC"),
        ("moment", {"as_of": "2026-03-10 10:00:00+01:00"}, "a date and time in UTC"),
        ("lost_after_days", {"lost_after_days": "7) or (1=1"}, "a whole number of days"),
        ("lost_after_days", {"lost_after_days": -1}, "a whole number of days"),
        ("lost_after_days", {"lost_after_days": None}, "a whole number of days"),
        ("attribution_days", {"attribution_days": "a week"}, "a whole number of days"),
        ("holdout_share", {"holdout_share": 1}, "a share from 0 to less than 1"),
        ("holdout_share", {"holdout_share": "10%"}, "a share from 0 to less than 1"),
        (
            "not_sale_status_ids",
            {"not_sale_status_ids": ["5) or (1=1"]},
            "a list of status numbers",
        ),
        ("not_sale_status_ids", {"not_sale_status_ids": "5, 6"}, "a list of status numbers"),
        ("test_emails", {"test_emails": "tester@example.com"}, "a list of addresses"),
        ("price_bands", {"price_bands": []}, "a list of rising amounts"),
        ("price_bands", {"price_bands": "25, 50"}, "a list of rising amounts"),
        ("price_bands", {"price_bands": [50, 25]}, "a list of rising amounts"),
        ("price_bands", {"price_bands": ["25) or (1=1"]}, "a list of rising amounts"),
        ("keeps_newest", {"keep_newest": "sometimes"}, "auto, true or false"),
        ("check_names_of_sources", {"source_schema": 'a"; drop table b; --'}, "a name of letters"),
        ("check_names_of_sources", {"table_prefix": "x.y'"}, "a name of letters"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_refused(
    dbt: Dbt, warehouse: DuckDB, macro: str, variable: dict[str, Any], must: str
) -> None:
    with pytest.raises(AssertionError) as failed:
        dbt(warehouse, "run-operation", macro, **variable)
    (name,) = variable
    assert f"The variable `{name}` must be {must}" in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_the_models_ask_for_checked_variables(dbt: Dbt, warehouse: DuckDB) -> None:
    for variables in (
        {"time_zone": BREAK_OUT},
        {"as_of": BREAK_OUT},
        {"lost_after_days": BREAK_OUT},
        {"not_sale_status_ids": [BREAK_OUT]},
        {"infer_recovery": BREAK_OUT},
        {"source_schema": BREAK_OUT},
    ):
        with pytest.raises(AssertionError) as failed:
            dbt(warehouse, "compile", "--select", "mart_rules", **variables)
        (name,) = variables
        assert f"The variable `{name}` must be" in str(failed.value)


@pytest.mark.parametrize(
    "moment", ["2026-03-10", "2026-03-10T10:00:00Z", "2028-02-29 23:59:59.123456", None]
)
def test_a_moment_can_be_written_in_other_ways(
    dbt: Dbt, warehouse: DuckDB, moment: str | None
) -> None:
    dbt(warehouse, "run-operation", "moment", as_of=moment)


def test_a_holdout_begins_at_a_moment(dbt: Dbt, warehouse: DuckDB) -> None:
    """Who is held out without a date is not told."""
    for since in ({"holdout_since": "last week"}, {}):
        said = {"holdout_share": 0.1} | since
        with pytest.raises(AssertionError, match="The variable `holdout_since` must be a date and"):
            dbt(warehouse, "compile", "--select", "int_checkouts", **said)
