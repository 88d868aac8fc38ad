"""Values as shop APIs write them, read exactly; the forms named are BigCommerce's.

Money comes as text ("84.0000"), as a number or as "", instants as RFC-2822 text (V2) or
ISO-8601 text (V3), ids as numbers or text. Each function here takes the raw value and gives
the exact one, or None for the ways of saying "nothing" ("" and null).
A value that cannot be read without losing something raises ValueError; the message never
holds the value, since it may be about a shopper.

Field types: https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from email.utils import parsedate_to_datetime
from typing import Any, Self

import msgspec

# The largest integers that warehouses keep in a whole-number column.
LOWEST, HIGHEST = -(2**63), 2**63 - 1
# Characters of a text that is part of a key. MySQL indexes 3,072 bytes: three such texts.
LONGEST_KEY = 255
# Digits of a warehouse's widest number columns: a larger number is loaded as infinite, or not.
_MOST_DIGITS = 38
# Wide enough for what `decimal` lets through, so that nothing but the places is rounded.
_WIDE = Context(prec=2 * _MOST_DIGITS, rounding=ROUND_HALF_UP)
_WHOLE = re.compile(r"([+-]?\d{1,19})(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        start=1,
    )
}
_CLOCK = r"((?:[01]\d|2[0-3]):\d{2}:\d{2})"
_RFC_2822 = re.compile(rf"\w{{3}}, (\d{{2}}) ([A-Z][a-z]{{2}}) (\d{{4}}) {_CLOCK} (?:\+0000|GMT)")


class DecimalText(Decimal):
    """A decimal to compute with that is written as text: encoders of JSON know no such number.

    The text is made once, since few amounts differ: else it costs more than all else of a value.
    """

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, value: Decimal | str) -> Self:
        """Make it of a decimal, or of one written as text."""
        made = super().__new__(cls, value)
        made._text = format(made, "f")
        return made

    def __str__(self) -> str:
        return self._text


def integer(value: Any) -> int | None:
    """Read a whole number, also one written as text, as 3.0 or as "3.0000"."""
    if type(value) is int:
        number = value
    elif value is None or value == "":
        return None
    elif isinstance(value, str) and (match := _WHOLE.fullmatch(value)):
        number = int(match[1])
    elif isinstance(value, Decimal) and _is_sane(value) and value == value.to_integral_value():
        number = int(value)
    else:
        raise ValueError("not a whole number")
    if not LOWEST <= number <= HIGHEST:
        raise ValueError("too large for a whole-number column")
    return number


def integer_or_none(value: Any) -> int | None:
    """Return the value as int, or None if it is not an integer."""
    try:
        return integer(value)
    except ValueError:
        return None


def decimal(value: Any) -> Decimal | None:
    """Read an amount, a rate or a measure without a float on the way."""
    if value is None or value == "":
        return None
    if type(value) is int:
        value = Decimal(value)
    if type(value) is str and _is_plain(value):
        return Decimal(value)
    if type(value) is str and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, Decimal) and _is_sane(value):
        return value
    raise ValueError("not a number")


def decimal_text(value: Any, digits: int, places: int) -> DecimalText | None:
    """Read an amount, a rate or a measure for a column of exact decimals, which must fit in it.

    Args:
        value: as it was written.
        digits: of the column.
        places: of those, how many stand after the point; more are rounded, halves away from zero.

    Returns:
        The number; 0 without a sign, which text would keep.

    Raises:
        ValueError: it is no number, or one with more digits before the point.
    """
    read = decimal(value)
    if read is None:
        return None
    least = Decimal((0, (1,), -places))
    if read != (rounded := read.quantize(least, context=_WIDE)):
        read = rounded
    if abs(read) >= 10 ** (digits - places):
        raise ValueError("too many digits")
    return DecimalText(read or read.copy_abs())


def _is_plain(value: str) -> bool:
    """Return whether text is what nearly all is: digits with a point, and not too many."""
    return len(value) <= _MOST_DIGITS and value.isascii() and value.replace(".", "", 1).isdigit()


def _is_sane(value: Decimal) -> bool:
    """Return whether a warehouse can hold a number, neither too large nor too near to 0."""
    return value.is_finite() and abs(value.adjusted()) < _MOST_DIGITS


def boolean(value: Any) -> bool | None:
    """Read true or false, also written as text or as 1 and 0."""
    if value is None or isinstance(value, bool):
        return value
    text_value = str(value).lower()
    if text_value in _TRUE:
        return True
    if text_value in _FALSE:
        return False
    if text_value == "":
        return None
    raise ValueError("neither true nor false")


def text(value: Any) -> str | None:
    """Read text; numbers are kept as they were written, "" is nothing."""
    if type(value) is str:
        return value or None
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise ValueError("not text")


def key(value: Any) -> str | None:
    """Read a text that is part of a key.

    Raises:
        ValueError: it is no text, or longer than a key can be; half of it would be another key.
    """
    read = text(value)
    if read is not None and len(read) > LONGEST_KEY:
        raise ValueError("too long for a key")
    return read


def any_text(value: Any) -> str | None:
    """Read a field that may hold text, a number, a list or an object; the last two as JSON text."""
    if isinstance(value, list | dict | bool):
        return _ENCODER.encode(value).decode()
    return text(value)


def instant(value: Any) -> str | None:
    """Return a point in time as ISO-8601 in UTC with whole seconds, `2026-03-03T14:05:09Z`.

    A time without an offset is read as UTC, which is what BigCommerce answers in.
    """
    if value is None or value == "":
        return None
    if type(value) is not str:
        raise ValueError("not a date")
    if written := _from_rfc_2822(value):
        try:
            # The checks (30 February, 61 minutes) are datetime's.
            datetime.fromisoformat(written)
        except ValueError:
            raise ValueError("not a date") from None
        return written[: -len("+00:00")] + "Z"
    return iso(moment(value))


def _from_rfc_2822(value: str) -> str | None:
    """Return in ISO-8601 a date as V2 writes nearly all; None if it is written otherwise."""
    match = _RFC_2822.fullmatch(value)
    if match and match[2] in _MONTHS:
        day, month, year, clock = match.groups()
        return f"{year}-{_MONTHS[month]}-{day}T{clock}+00:00"
    return None


def moment(value: str) -> datetime:
    """Return RFC-2822 or ISO-8601 text as an aware datetime.

    Raises:
        ValueError: it is neither.
    """
    value = _from_rfc_2822(value) or value
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        try:
            read = parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError, OverflowError):
            raise ValueError("not a date") from None
        if f"{read.year:04}" not in value:
            # A year of two digits would be anybody's guess.
            raise ValueError("not a date") from None
    try:
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("not a date") from None


def iso(value: datetime) -> str:
    """Return an aware datetime as `2026-03-03T14:05:09Z`: one form, so that text sorts as time."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    # `isoformat` and `format` take twice as long.
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (  # noqa: UP031
        *(value.year, value.month, value.day),
        *(value.hour, value.minute, value.second),
    )
