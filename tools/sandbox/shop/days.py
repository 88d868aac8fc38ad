"""Days that pass: who comes back to a cart, who leaves one, who buys, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import seed as seeding
from .cart import IDLE
from .dates import whole
from .dice import dice

if TYPE_CHECKING:
    from datetime import datetime

    from .shop import Shop


def lead(  # noqa: PLR0913 - one keyword per thing that happens
    shop: Shop, hours: float, *, recover: int, new: int, edit: int, placed: int
) -> dict[str, int]:
    """Let so many hours have passed, with what happened in them. Return the counts.

    Whoever comes back was away for hours or days, so there may be fewer of them than asked for.
    Carts are changed by those who left them in the days before; what was left is idle by now.
    Orders of living carts are left alone.
    """
    now = whole(shop.clock())
    since = now - timedelta(hours=hours)
    chance = dice(shop.seed, "days", since, now)
    idle = [
        key
        for _, key in shop.by_modified.between(None, (since - IDLE).timestamp(), 0)
        if not shop.carts.get(shop.order_records[key].cart_id)
    ]
    back = {key: shop.modified(key) + seeding.away(chance) for key in idle}
    returns = [(moment, key) for key, moment in back.items() if since < moment <= now]
    returning = sorted(chance.sample(returns, min(recover, len(returns))))
    for moment, key in returning:
        shop.convert(key, at=moment)
    others = sorted(set(idle) - {key for _, key in returning})
    recent = others[-4 * edit :]
    edited = chance.sample(recent, min(edit, len(recent)))
    for key in edited:
        shop.edit_cart(key, _between(since, now - 2 * IDLE, chance.random()))
    made = shop.add_orders(since, carts=new, placed=placed)
    return {"recover": len(returning), "new": new, "edit": len(edited), "placed": made - new}


def _between(start: datetime, end: datetime, share: float) -> datetime:
    return whole(start + max(end - start, timedelta()) * share)
