"""Dates come in the format they name, with any offset, and are told in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_bigcommerce_carts.rows.php_dates import date, dates

NOON = datetime(2026, 5, 12, 12, 17, 12, tzinfo=UTC)
ZONED = "Y-m-d H:i:s T"
NO_ZONE = {"value": "2026-05-12 14:17:12 Nowhere/Land", "format": "Y-m-d H:i:s e"}
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2026-05-12T12:17:12+0000", "Y-m-d\\TH:i:sO"),
        ("2026-05-12T07:17:12-0500", "Y-m-d\\TH:i:sO"),
        ("2026-05-12T14:17:12+02:00", "Y-m-d\\TH:i:sP"),
        ("2026-05-12 12:17:12", "Y-m-d H:i:s"),
        ("2026-05-12T12:17:12.500000+00:00", "Y-m-d\\TH:i:s.uP"),
        ("12/05/2026 12:17:12", "d/m/Y H:i:s"),
        ("05/12/2026 12:17:12 pm", "m/d/Y h:i:s a"),
        ("Tue, 12 May 2026 12:17:12 +0000", "D, d M Y H:i:s O"),
        ("1778588232", "U"),
        ("12.05.26 12:17:12", "d.m.y H:i:s"),
        ("2026-05-12 14:17:12 Europe/Berlin", "Y-m-d H:i:s e"),
        ("2026-05-12 12:17:12 UTC", "Y-m-d H:i:s T"),
        ("2026-05-12 12:17:12 GMT", "Y-m-d H:i:s T"),
        ("2026-05-12 20:17:12 +08", "Y-m-d H:i:s T"),
        ("2026-05-12 17:47:12 +0530", "Y-m-d H:i:s T"),
        ("May 12th, 2026, 12:17:12 pm", "F jS, Y, g:i:s a"),
        (1778588232, "U"),
        (1778588232.5, "U"),
        ("1778588232.500000", "U.u"),
        (1778588232.5, "U.u"),
        # Formats that are not known, or not kept to, are read without.
        ("2026-05-12T12:17:12Z", "c"),
        ("2026-05-12T12:17:12+0000", "Y-m-d H:i:s"),
        ("2026-05-12T12:17:12+0000", None),
        ("Tue, 12 May 2026 12:17:12 +0000", "r"),
    ],
)
def test_a_date_is_read_by_its_format(value: str, form: str | None) -> None:
    read = date({"value": value, "format": form})
    assert read is not None
    assert read.replace(microsecond=0) == NOON
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("written", "day"), [("May 1st, 2026, 12:17 pm", 1), ("August 22nd, 2026, 12:17 pm", 22)]
)
def test_a_date_as_shops_show_it_is_read(written: str, day: int) -> None:
    read = date({"value": written, "format": "F jS, Y, g:i a"})
    assert read is not None
    assert (read.day, read.hour, read.minute) == (day, 12, 17)


@pytest.mark.parametrize(
    "nothing", [None, "", [], {}, {"value": None}, {"value": "", "format": ""}]
)
def test_no_date_is_none(nothing: Any) -> None:
    assert date(nothing) is None


@pytest.mark.parametrize(
    "wrong",
    [
        *(7, "tomorrow", {"value": 7}, {"value": 7, "format": "Y"}, {"value": True, "format": "U"}),
        *({"value": 10**30, "format": "U"}, {"value": "2026-05-12 12:17:12 XYZ", "format": ZONED}),
        *({"value": "x", "format": "Y"}, [1], NO_ZONE),
        # Abbreviations of zones are not guessed at, nor read as UTC.
        {"value": "2026-05-12 13:17:12 CET", "format": ZONED},
        {"value": "2026-05-12 14:17:12 CEST", "format": ZONED},
        {"value": "Tue, 12-May-2026 05:17:12 PDT", "format": "D, d-M-Y H:i:s T"},
        # Before the calendar's first moment.
        {"value": "0001-01-01T00:00:00+14:00", "format": "Y-m-d\\TH:i:sO"},
    ],
)
def test_what_is_no_date_is_refused_without_being_told(wrong: Any) -> None:
    with pytest.raises(ValueError, match="not a date"):
        date(wrong)


@given(
    st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the offset is added
    OFFSETS,
)
def test_any_moment_is_read_exactly(moment: datetime, offset: timezone) -> None:
    moment = moment.replace(microsecond=0, tzinfo=offset)
    written = f"{moment.year:04}" + moment.strftime("-%m-%dT%H:%M:%S%z")
    expected = moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    assert dates([{"value": written, "format": "Y-m-d\\TH:i:sO"}]) == [expected]
