"""The project is written for the Jinja of dbt 2, too, which lacks things that dbt-core's has.

Only `.ci/next dbt2` runs it: it cannot be installed from the package index alone.
"""

import re

import pytest

from tests.support.warehouse.marts import TRANSFORM


@pytest.mark.parametrize(
    ("what", "lacking"),
    [
        ("a match has no groups", r"[.]group\("),
        ("a number is not formatted in hexadecimal", r"%[0-9]*[xX]'"),
        ("of alternatives the first that fits the beginning is taken", r"fullmatch\(\s*'[^'(]*[|]"),
        ("a source without a database has none", r"source_database'\) or ''"),
        (
            "there is no list of time zones",
            r"(?<!elif zone not in )modules[.]pytz[.]all_timezones(?! is not defined)",
        ),
    ],
)
def test_the_project_asks_nothing_that_dbt_2_lacks(what: str, lacking: str) -> None:
    found = [
        f"{file.relative_to(TRANSFORM)}: {what}"
        for file in TRANSFORM.rglob("*")
        if file.suffix in {".sql", ".yml"} and re.search(lacking, file.read_text())
    ]
    assert found == []
