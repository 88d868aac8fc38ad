"""What the document about BI tools names is in the marts, under that name."""

import re

import pytest

from tests.support.paths import ROOT
from tests.support.warehouse.marts import described

SECTIONS = dict(
    re.findall(
        r"^## ([\w ]+)\n(.*?)(?=^## |\Z)",
        (ROOT / "docs/bi-tools.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )
)
COLUMNS = {
    name: {column["name"] for column in model["columns"]}
    for name, model in described("marts").items()
}


@pytest.mark.parametrize("tool", ["Metabase", "Tableau"])
def test_fields_of_checkouts_are_columns_of_it(tool: str) -> None:
    fields = {field.lower() for field in re.findall(r"[^\w\]`]\[(\w+)\]", SECTIONS[tool])}
    assert "outcome" in fields
    assert fields <= COLUMNS["checkouts"]


def test_fields_with_their_mart_are_columns_of_it() -> None:
    fields = re.findall(r"(\w+)\[(\w+)\]", SECTIONS["Power BI"])
    assert ("abandonment_daily", "is_outcome_known") in fields
    assert [field for field in fields if field[1] not in COLUMNS[field[0]]] == []


def test_rates_leave_out_what_nobody_knows_and_a_null_currency_counts_as_one() -> None:
    """In every tool's own words."""
    assert "is_outcome_known] = TRUE()" in SECTIONS["Power BI"]
    assert SECTIONS["Metabase"].count('[Outcome] != "unknown"') == 2
    assert SECTIONS["Tableau"].count("[outcome] != 'unknown'") == 2
    assert "COUNTD([currency_code])" not in SECTIONS["Tableau"]
    assert "IFNULL([currency_code], '?')" in SECTIONS["Tableau"]
