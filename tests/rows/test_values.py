"""Values as BigCommerce writes them: read exactly, or refused without a word of what they were."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_bigcommerce_carts.rows import values

Reader = Callable[[Any], Any]

READERS: dict[str, Reader] = {
    "integer": values.integer,
    "decimal": values.decimal,
    "boolean": values.boolean,
    "text": values.text,
    "any_text": values.any_text,
    "instant": values.instant,
}
ONE_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MARK = "tell-nobody-8f1c"

# Far enough from both ends of the calendar that an offset does not leave it.
MOMENTS = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def wire(moment: datetime) -> str:
    """The one form in which the tap writes a moment, worked out by hand."""
    part = moment.astimezone(UTC)
    return (
        f"{part.year:04}-{part.month:02}-{part.day:02}"
        f"T{part.hour:02}:{part.minute:02}:{part.second:02}Z"
    )


# Instants


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Tue, 03 Mar 2026 14:05:09 +0000", "2026-03-03T14:05:09Z"),
        ("Tue, 03 Mar 2026 14:05:09 GMT", "2026-03-03T14:05:09Z"),
        ("Tue, 03 Mar 2026 14:05:09 -0000", "2026-03-03T14:05:09Z"),
        ("Tue, 03 Mar 2026 14:05:09 -0500", "2026-03-03T19:05:09Z"),
        ("Tue, 3 Mar 2026 14:05:09 +0000", "2026-03-03T14:05:09Z"),
        ("2026-01-05T08:00:00Z", "2026-01-05T08:00:00Z"),
        ("2026-03-03T14:04:50+00:00", "2026-03-03T14:04:50Z"),
        ("2026-03-03T14:04:50.999999+02:00", "2026-03-03T12:04:50Z"),
        ("2026-03-03T14:04:50", "2026-03-03T14:04:50Z"),
        ("2026-03-03", "2026-03-03T00:00:00Z"),
        ("Thu, 29 Feb 2024 23:59:59 +0000", "2024-02-29T23:59:59Z"),
    ],
)
def test_instants_are_iso_in_utc(given_text: str, expected: str) -> None:
    assert values.instant(given_text) == expected


@given(MOMENTS)
def test_rfc_2822_text_of_any_moment_is_read_back(moment: datetime) -> None:
    """BigCommerce's V2 form, whatever the date, comes out as the same second."""
    assert values.instant(format_datetime(moment)) == wire(moment)
    assert values.instant(format_datetime(moment, usegmt=True)) == wire(moment)


@given(MOMENTS, OFFSETS)
def test_a_moment_is_the_same_in_every_zone_and_form(moment: datetime, zone: timezone) -> None:
    there = moment.astimezone(zone)
    assert values.instant(there.isoformat()) == wire(moment)
    assert values.instant(format_datetime(there)) == wire(moment)
    assert values.iso(values.moment(there.isoformat())) == wire(moment)


@given(MOMENTS, MOMENTS)
def test_the_written_form_sorts_as_time(one: datetime, other: datetime) -> None:
    """Bookmarks are compared as text: Wednesday must not come after Friday."""
    one, other = one.replace(microsecond=0), other.replace(microsecond=0)
    texts = [values.instant(format_datetime(each)) for each in (one, other)]
    assert None not in texts
    assert (str(texts[0]) < str(texts[1])) == (one < other)


def test_weekday_names_do_not_decide_the_order() -> None:
    days = ["Wed, 04 Mar 2026", "Thu, 05 Mar 2026", "Fri, 06 Mar 2026"]
    read = [values.instant(f"{day} 10:00:00 +0000") for day in days]
    assert read == sorted(read, key=str)


@pytest.mark.parametrize(
    "wrong",
    [
        "Mon, 30 Feb 2026 10:00:00 +0000",
        "Tue, 03 Mar 2026 25:00:00 +0000",
        # Some Pythons take it for the next day's midnight.
        "Tue, 03 Mar 2026 24:00:00 +0000",
        "Tue, 03 Foo 2026 10:00:00 +0000",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "tomorrow",
        "0",
        " ",
        1772550000,
        Decimal("1772550000.0"),
        True,
        ["2026-03-03"],
        {"date": "2026-03-03"},
        # Dates that leave the calendar on their way to UTC.
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "Mon, 01 Jan 0001 00:00:00 +0100",
    ],
)
def test_what_is_no_date_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.instant(wrong)


@given(st.text())
@example("0001-01-01T00:00:00+01:00")
@example("Tue, 03 Mar 2026 14:05:09 +9999")
@example("Tue, 03 Mar 2026 14:05:09 +000000000000000000000000")
@example("Fri, 99 Mar 99999999999999 14:05:09 +0000")
@example("2026-W10-2")
@example("\U0001f6d2")
def test_any_text_is_an_instant_in_the_one_form_or_refused(some: str) -> None:
    try:
        read = values.instant(some)
    except ValueError:
        return
    assert read is None if some == "" else ONE_FORM.fullmatch(str(read))


# Numbers


@given(NUMBERS)
def test_amounts_are_exact_to_the_last_digit(amount: Decimal) -> None:
    """The digits that came are the digits that go, the zeros at the end too."""
    for given_value in (format(amount, "f"), amount):
        read = values.decimal(given_value)
        assert read is not None
        assert read.as_tuple() == amount.as_tuple()


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("84.0000", "84.0000"),
        ("924.47", "924.47"),
        ("0", "0"),
        ("-12.5000", "-12.5000"),
        ("1.0000000000", "1.0000000000"),
        ("79228162514264337593543950335.0001", "79228162514264337593543950335.0001"),
        ("1e3", "1E+3"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("+5.", "5"),
        (7, "7"),
        (10**37, "1" + "0" * 37),
        (Decimal("9.5"), "9.5"),
    ],
)
def test_amounts_come_as_text_or_as_numbers(given_value: Any, expected: str) -> None:
    assert str(values.decimal(given_value)) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        *("NaN", "Infinity", "-Infinity", "sNaN", "1,5", "1_000", "0x1F", "12 EUR", "--1", "."),
        *("1e99999", " ", "1.2.3", True, [], {}, ["1.0"], Decimal("NaN"), Decimal("Infinity")),
        # A float has lost digits already; none may come this way.
        0.1,
    ],
)
def test_what_is_no_exact_number_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.decimal(wrong)


def test_a_number_no_warehouse_can_hold_is_refused_in_both_forms() -> None:
    """As text and as a JSON number alike: 1e999999 breaks the load of the whole table."""
    texts = ("1e999999", "1e-999999", "1e999", "1e38", "-1e38", "1e-38", "9" * 39, "9" * 400)
    for wrong in (*texts, *map(Decimal, texts), 10**38, -(10**38)):
        with pytest.raises(ValueError, match=r"."):
            values.decimal(wrong)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**16), max_value=10**16),
    st.sampled_from([4, 10]),
)
@example(Decimal("0E-10"), 4)
@example(Decimal("1.23E+5"), 4)
@example(Decimal("-0.00005"), 4)
@example(Decimal("9999999999999999.99995"), 4)
@example(Decimal("1." + "3" * 200), 10)
def test_amounts_as_text_are_digits_that_fit_in_the_column(amount: Decimal, places: int) -> None:
    if amount and amount.adjusted() < -37:
        return
    least = Decimal(1).scaleb(-places)
    expected = amount.quantize(least, ROUND_HALF_UP, Context(prec=60))
    if abs(expected) >= 10 ** (20 - places):
        with pytest.raises(ValueError, match="too many digits"):
            values.decimal_text(amount, 20, places)
        return
    read = values.decimal_text(amount, 20, places)
    assert read == expected
    assert re.fullmatch(r"-?\d{1,16}(\.\d+)?", str(read))
    assert Decimal(str(read)) == expected


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_read_from_every_form(number: int) -> None:
    forms = (number, str(number), f"{number}.0000", Decimal(number), Decimal(f"{number}.0"))
    for given_value in forms:
        read = values.integer(given_value)
        assert read == number
        assert type(read) is int


@pytest.mark.parametrize(
    "wrong",
    [
        *(True, False, "3.5", Decimal("3.5"), 3.5, "three", " ", "1e3", "0x10", "1_000"),
        *([], {}, [1], "NaN", float("nan"), float("inf")),
        # No whole-number column holds these.
        *(2**63, -(2**63) - 1, str(2**63), "9" * 19 + "9", 10**40),
        *(Decimal("1e30"), Decimal("123456789012345678901234567890.0"), Decimal("1e400")),
    ],
)
def test_what_is_no_whole_number_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.integer(wrong)


# Yes and no, and text


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        *((True, True), ("true", True), ("TRUE", True), (1, True), ("1", True)),
        *((False, False), ("false", False), ("False", False), (0, False), ("0", False)),
        *((None, None), ("", None)),
    ],
)
def test_yes_and_no_in_every_form(given_value: Any, expected: bool | None) -> None:  # noqa: FBT001 - a table's column
    assert values.boolean(given_value) is expected


@pytest.mark.parametrize("wrong", [2, -1, "yes", "on", "null", [], {}, [True], Decimal("0.5")])
def test_what_is_neither_yes_nor_no_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.boolean(wrong)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        *((None, None), ("", None), (42, "42"), ("A-42", "A-42"), (0, "0"), ("0", "0")),
        *((Decimal("1.50"), "1.50"), (10**30, "1" + "0" * 30), (" ", " ")),
    ],
)
def test_text_keeps_numbers_as_they_were_written(given_value: Any, expected: str | None) -> None:
    """An outside id is text here, a number there, and null at times."""
    assert values.text(given_value) == expected
    assert values.any_text(given_value) == expected


@given(st.text(min_size=1))
def test_text_is_left_as_it_is(some: str) -> None:
    assert values.text(some) == some
    assert values.any_text(some) == some


@pytest.mark.parametrize("wrong", [True, False, [], {}, ["a"], {"a": 1}])
def test_what_is_no_text_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.text(wrong)


@given(st.lists(DOCUMENTS, max_size=3) | st.dictionaries(st.text(), DOCUMENTS, max_size=3))
def test_an_answer_in_several_parts_is_kept_as_json_text(some: Any) -> None:
    """Form fields answer with a list now and then; nothing of it is lost."""
    read = values.any_text(some)
    assert isinstance(read, str)
    assert json.loads(read, parse_float=Decimal) == some


# All readers


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_none_for_every_reader(name: str, nothing: Any) -> None:
    assert READERS[name](nothing) is None


@pytest.mark.parametrize("name", READERS)
@given(some=DOCUMENTS)
@example(some=Decimal("1e30"))
@example(some=Decimal("1e400"))
@example(some=10**40)
@example(some="0001-01-01T00:00:00+01:00")
def test_any_document_is_read_or_refused_with_a_value_error(name: str, some: Any) -> None:
    """Nothing that JSON can hold gets past the one error that callers expect."""
    said = ""
    try:
        READERS[name](some)
    except ValueError as error:
        said = str(error)
    assert len(str(some)) < 4 or str(some) not in said


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "wrong", [MARK, [MARK], {MARK: 1}, {"a": {"b": MARK}}, f"{MARK} 03 Mar 2026", f"1{MARK}"]
)
def test_no_error_tells_the_value(name: str, wrong: Any) -> None:
    """Not in its text, and not in the error it came from: a traceback shows that one too."""
    try:
        READERS[name](wrong)
    except ValueError as error:
        seen: BaseException | None = error
        while seen is not None:
            assert MARK not in str(seen)
            seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
