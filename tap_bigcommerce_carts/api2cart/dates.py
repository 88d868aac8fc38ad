r"""Dates as API2Cart gives them: a text, and the format it is written in, as PHP names it.

`{"value": "2026-05-12T12:17:12-0500", "format": "Y-m-d\TH:i:sO"}`. Which format comes
depends on the shop's platform, and so does the offset.
https://www.php.net/manual/en/datetime.format.php
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_bigcommerce_carts.platform.values import iso, moment

if TYPE_CHECKING:
    from collections.abc import Callable

# What PHP's letters are in Python; a letter that is not here is read without the format.
_LETTERS = {
    "d": "%d",
    "j": "%d",
    "D": "%a",
    "l": "%A",
    "m": "%m",
    "n": "%m",
    "M": "%b",
    "F": "%B",
    "Y": "%Y",
    "y": "%y",
    "H": "%H",
    "G": "%H",
    "h": "%I",
    "g": "%I",
    "A": "%p",
    "a": "%p",
    "i": "%M",
    "s": "%S",
    "u": "%f",
    "v": "%f",
    "O": "%z",
    "P": "%z",
    "p": "%z",
}


def date(value: Any) -> datetime | None:
    """Read a date as an aware datetime in UTC; None if there is none.

    A date without an offset is read as UTC.

    Raises:
        ValueError: it is no date; the message never holds the value.
    """
    if isinstance(value, dict):
        written, form = value.get("value"), value.get("format")
    else:
        written, form = value, None
    if written in (None, "", []):
        return None
    if not isinstance(written, str):
        raise ValueError("not a date")  # noqa: TRY004 - one kind of error, whatever is wrong
    return _read(written.strip(), form if isinstance(form, str) else "")


def dates(values: Any) -> list[str | None]:
    """Read a column of dates; gives ISO-8601 in UTC, `2026-03-03T14:05:09Z`."""
    return [None if read is None else iso(read) for read in map(date, values)]


def _read(written: str, form: str) -> datetime:
    """Read a date by its format, or without it where the format is not known or not kept to."""
    if form == "U" and written.lstrip("-").isdecimal():
        return _checked(lambda: datetime.fromtimestamp(int(written), UTC))
    if form.endswith((" e", " T")) and (zoned := _in_zone(written, form)):
        return zoned
    if pattern := _pattern(form):
        with suppress(ValueError):
            # The format may lack an offset.
            read = datetime.strptime(written, pattern)  # noqa: DTZ007
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return moment(written)


def _in_zone(written: str, form: str) -> datetime | None:
    """Read a date that ends with the name of its zone, such as Europe/Berlin."""
    local, _, zone = written.rpartition(" ")
    pattern = _pattern(form[: -len(" e")])
    if pattern is None:
        return None
    try:
        read = datetime.strptime(local, pattern).replace(tzinfo=ZoneInfo(zone))
    except (KeyError, OSError, ValueError):
        return None
    return _checked(lambda: read.astimezone(UTC))


def _checked(read: Callable[[], datetime]) -> datetime:
    try:
        return read()
    except (OSError, OverflowError, ValueError):
        raise ValueError("not a date") from None


@lru_cache(maxsize=64)
def _pattern(form: str) -> str | None:
    """Translate PHP's format; None if it holds a letter that has no like in Python."""
    pattern, letters = "", iter(form)
    for letter in letters:
        if letter == "\\":
            pattern += next(letters, "")
        elif letter in _LETTERS:
            pattern += _LETTERS[letter]
        elif letter.isalpha():
            return None
        else:
            pattern += letter.replace("%", "%%")
    return pattern or None
