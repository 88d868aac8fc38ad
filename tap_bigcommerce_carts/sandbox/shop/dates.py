"""The date forms of the two API versions, and a clock that may be behind."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Clock:
    """A clock that is behind the real one until it has caught up.

    Args:
        behind: how much.
        speed: how much faster than the real one it goes until then; at 1 it stays behind.
    """

    def __init__(self, behind: timedelta = timedelta(), speed: float = 1) -> None:
        self._behind = behind
        self._speed = speed
        self._set = datetime.now(UTC)

    def __call__(self) -> datetime:
        """Return the moment it shows, aware."""
        now = datetime.now(UTC)
        return now - self._at(now)

    def go(self, time: timedelta) -> None:
        """Let time pass at once; ValueError if there is not so much to pass."""
        now = datetime.now(UTC)
        behind = self._at(now)
        if not timedelta() <= time <= behind:
            raise ValueError(f"the clock can go on by {behind} at most")
        self._behind, self._set = behind - time, now

    @property
    def behind(self) -> timedelta:
        """How much it is behind now."""
        return self._at(datetime.now(UTC))

    def _at(self, now: datetime) -> timedelta:
        """Return how much it is behind at a moment of the real clock."""
        return max(self._behind - (now - self._set) * (self._speed - 1), timedelta())


def whole(moment: datetime) -> datetime:
    """Return `moment` in UTC without the part of a second, which BigCommerce does not keep."""
    return moment.astimezone(UTC).replace(microsecond=0)


def rfc2822(moment: datetime) -> str:
    """Return the form of V2: `Tue, 03 Mar 2026 14:05:09 +0000`."""
    return format_datetime(moment)


def iso(moment: datetime) -> str:
    """Return the form of V3: `2026-03-03T14:05:09Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_v2(text: str) -> datetime:
    """Read ISO-8601 or RFC-2822 with an offset; ValueError for anything less.

    A raw `+` in a URL arrives here as a space, so `...T10:00:00 00:00` is refused.
    """
    read = datetime.fromisoformat if _WITH_TIME.match(text) else parsedate_to_datetime
    moment = read(text)
    if moment.tzinfo is None:
        raise ValueError("the offset is missing")
    return moment


def parse_v3(text: str) -> datetime:
    """Read ISO-8601, also a bare day or a time without offset (then UTC); ValueError else.

    Nor are parts of a second taken: other taps were seen to go without them for that.
    """
    if "." in text or not (_WITH_TIME.match(text) or _DAY.fullmatch(text)):
        raise ValueError("not an ISO-8601 date")
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_bare(text: str) -> datetime | None:
    """Read ISO-8601 with a time and no offset; None if it has one, ValueError if it is none."""
    moment = datetime.fromisoformat(text) if _WITH_TIME.match(text) else None
    return moment if moment and moment.tzinfo is None else None
