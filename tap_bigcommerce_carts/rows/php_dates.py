r"""Dates as API2Cart writes them: a text, and the format it is written in, as PHP names it.

`{"value": "2026-05-12T12:17:12-0500", "format": "Y-m-d\TH:i:sO"}`. Which format comes
depends on the shop's platform, and so does the offset.
https://www.php.net/manual/en/datetime.format.php
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_bigcommerce_carts.rows.values import iso, moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

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
    # The `th` of 12th, which `_read` takes away.
    "S": "",
}
# Seconds since 1970.
_UNIX = ("U", "U.u")
_SECONDS = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
# A zone as PHP writes it behind a date, by the letters `e` and `T`.
_ZONE = re.compile(r" ([A-Za-z+-][A-Za-z0-9_+/:-]*)$")
_ORDINAL = re.compile(r"(?<=[0-9])(st|nd|rd|th)\b")


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
    if form in _UNIX and isinstance(written, int | float | Decimal):
        written = str(written)
    if not isinstance(written, str):
        raise ValueError("not a date")  # noqa: TRY004 - one kind of error, whatever is wrong
    return _read(written.strip(), form if isinstance(form, str) else "")


def dates(values: Any) -> list[str | None]:
    """Return a column of dates as ISO-8601 text in UTC, `2026-03-03T14:05:09Z`."""
    return [None if read is None else iso(read) for read in map(date, values)]


def _read(written: str, form: str) -> datetime:
    """Read a date by its format, or without it where the format is not known or not kept to."""
    if form in _UNIX and _SECONDS.fullmatch(written):
        return _checked(lambda: datetime.fromtimestamp(float(written), UTC))
    if form.endswith((" e", " T")) and (zone := _ZONE.search(written)):
        return _in_zone(written[: zone.start()], zone[1], form[:-2])
    if "S" in form:
        written = _ORDINAL.sub("", written)
    if pattern := _pattern(form):
        with suppress(ValueError, OverflowError):
            # The format may lack an offset.
            read = datetime.strptime(written, pattern)  # noqa: DTZ007
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return moment(written)


def _in_zone(written: str, zone: str, form: str) -> datetime:
    """Read a date that ends with its zone: UTC, a place such as Europe/Berlin, or +08.

    Other abbreviations are refused, not guessed at: CST stands for several zones.
    """
    try:
        if zone in {"UTC", "GMT", "Z"}:
            known: tzinfo | None = UTC
        elif "/" in zone:
            known = ZoneInfo(zone)
        else:
            # +08, +0530 or +05:30.
            known = datetime.strptime(zone.ljust(len("+0000"), "0"), "%z").tzinfo
        read = datetime.strptime(written, _pattern(form) or "").replace(tzinfo=known)
        return read.astimezone(UTC)
    except (KeyError, OSError, OverflowError, ValueError):
        raise ValueError("not a date") from None


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
