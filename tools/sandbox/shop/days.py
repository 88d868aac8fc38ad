"""Days that pass: who comes back to a cart, who changes one, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tools.sandbox.shop.cart import IDLE
from tools.sandbox.shop.dates import whole
from tools.sandbox.shop.seed import away


@dataclass(frozen=True, slots=True)
class Days:
    """What happened to the carts that were there before: when, and to which order."""

    returns: list[tuple[datetime, int]]
    edits: list[tuple[datetime, int]]


def draw(  # noqa: PLR0913 - one keyword per thing that happens
    chance: Random,
    left: Mapping[int, datetime],
    since: datetime,
    now: datetime,
    *,
    recover: int,
    edit: int,
) -> Days:
    """Return what happened between two moments.

    Whoever comes back was away for hours or days, so there may be fewer of them than asked for.
    Carts are changed by those who left them in the days before; what was left is idle by now.

    Args:
        chance: what draws it.
        left: the moment each cart was left, by order id, the earliest first.
        since: the first moment.
        now: the last one.
        recover: how many come back and place their cart.
        edit: how many change it.
    """
    back = [(moment + away(chance), key) for key, moment in left.items()]
    returns = [each for each in back if since < each[0] <= now]
    returning = sorted(chance.sample(returns, min(recover, len(returns))))
    others = sorted(set(left) - {key for _, key in returning})
    recent = others[-4 * edit :]
    edited = chance.sample(recent, min(edit, len(recent)))
    room = max(now - 2 * IDLE - since, timedelta())
    return Days(returning, [(whole(since + room * chance.random()), key) for key in edited])
