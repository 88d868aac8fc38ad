"""When people come to a shop: by hour, weekday and season, and more of them from month to month."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from tap_bigcommerce_carts.sandbox.shop.dice import likely
from tap_bigcommerce_carts.sandbox.shop.seed import HOURS, WEEKDAYS

# Shoppers by the month, January first, beside those of a month like others.
_SEASON = (0.95, 0.9, 0.95, 1.0, 1.05, 0.95, 0.85, 0.8, 0.95, 1.05, 1.25, 1.35)
_GROWTH = 0.6  # how many more come at the end than at the beginning, as a share
_MONTH = 30.4  # days


def moments(chance: Random, begin: datetime, end: datetime, per_day: float) -> Iterator[datetime]:
    """Yield when people come, in order.

    Args:
        chance: what draws it.
        begin: the first moment, in UTC like all that follows.
        end: there is none so late.
        per_day: how many people come on a usual day at the beginning.
    """
    midnight = begin.replace(hour=0, minute=0, second=0)
    while midnight < end:
        grown = 1 + _GROWTH * ((midnight - begin) / (end - begin))
        usual = per_day * grown * _season(midnight) * _weekday(midnight) * chance.gauss(1, 0.12)
        count = max(int(usual) + likely(chance, usual % 1), 0)
        hours = chance.choices(range(len(HOURS)), HOURS, k=count)
        drawn = [midnight + timedelta(seconds=h * 3600 + chance.randrange(3600)) for h in hours]
        yield from sorted(moment for moment in drawn if begin <= moment < end)
        midnight += timedelta(days=1)


def _weekday(day: datetime) -> float:
    return WEEKDAYS[day.weekday()] * len(WEEKDAYS) / sum(WEEKDAYS)


def _season(day: datetime) -> float:
    """Return how busy a day's season is; it changes from one middle of a month to the next."""
    place = (day.timetuple().tm_yday / _MONTH - 0.5) % 12
    month, part = int(place), place % 1
    return _SEASON[month] * (1 - part) + _SEASON[(month + 1) % 12] * part
