"""`/_sandbox/...`: how other processes look at a sandbox and change it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from tap_bigcommerce_carts.sandbox.shop.dates import Clock, iso, parse_v3

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox.api2cart import Api2Cart
    from tap_bigcommerce_carts.sandbox.bigcommerce import Faults
    from tap_bigcommerce_carts.sandbox.faults import Failures
    from tap_bigcommerce_carts.sandbox.shop import Shop
    from tap_bigcommerce_carts.sandbox.shop.cart import Truth
    from tap_bigcommerce_carts.sandbox.shop.records import Document
    from tap_bigcommerce_carts.sandbox.webhooks import Sending, Webhooks

    Control = Callable[["Controlled", Document], Any]


# Of latency.
_MOST_SECONDS = 60


class Controlled(Protocol):
    """What of a sandbox is looked at and changed."""

    shop: Shop
    faults: Faults
    api2cart: Api2Cart
    webhooks: Webhooks
    latency: float

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of API requests so far, by route and status."""


def find(method: str, path: str) -> Control | None:
    """Return what handles a path below `/_sandbox/`; its errors are TypeError and ValueError."""
    return CONTROLS.get(f"{method} {path.removeprefix('/_sandbox/')}")


def _health(sandbox: Controlled, _body: Document) -> Document:
    return {"ok": True, "orders": len(sandbox.shop.orders)}


def _lines(sandbox: Controlled, _body: Document) -> Document:
    shop = sandbox.shop
    return {"lines": sum(len(shop.lines(order_id)) for order_id in shop.orders)}


def _requests(sandbox: Controlled, _body: Document) -> Document:
    return {**sandbox.counts()}


def _clock(sandbox: Controlled, body: Document) -> Document:
    """Let time pass at once, so long or `until` a moment, with all that is planned for it."""
    clock = sandbox.shop.clock
    if not isinstance(clock, Clock):
        raise TypeError("this clock goes by itself")
    until = body.pop("until", None)
    clock.go(timedelta(**body) if until is None else max(parse_v3(until) - clock(), timedelta()))
    sandbox.shop.catch_up()
    return {"now": iso(clock())}


def _year(sandbox: Controlled, body: Document) -> Document:
    """Return when a planned year ends, and the hours to look at, until so long before its end."""
    year = sandbox.shop.year
    if year is None:
        raise TypeError("this shop has no year before it")
    last = year.end - timedelta(**body)
    return {
        "end": iso(year.end),
        "browsing_from": iso(year.browsing_from),
        "hours": [iso(hour) for hour in year.hours(last)],
    }


def _latency(sandbox: Controlled, body: Document) -> Document:
    """Let every answer take some seconds more from now on."""
    seconds = body.get("seconds")
    if not isinstance(seconds, (int, float)) or not 0 <= seconds < _MOST_SECONDS:
        raise ValueError(f"give `seconds`, from 0 to less than {_MOST_SECONDS}")
    sandbox.latency = seconds
    return {"seconds": seconds}


def _live(sandbox: Controlled, body: Document) -> Document:
    return {**sandbox.shop.live(**body)}


def _faults(sandbox: Controlled, body: Document) -> Document:
    _set(sandbox.faults, body)
    return {"ok": True}


def _api2cart(sandbox: Controlled, body: Document) -> Document:
    _set(sandbox.api2cart, body)
    return {"ok": True, "most_at_once": sandbox.api2cart.most_at_once}


def _webhooks(sandbox: Controlled, body: Document) -> Document:
    if not body.get("speed", 1) > 0:
        raise ValueError("the speed must be greater than 0")
    _set(sandbox.webhooks, body)
    return sandbox.webhooks.state()


def _carts(sandbox: Controlled, _body: Document) -> list[Truth]:
    return sandbox.shop.carts.truths()


def _carts_live(sandbox: Controlled, body: Document) -> Document:
    return Counter(each.outcome for each in sandbox.shop.carts.live(**body))


def _carts_come_back(sandbox: Controlled, body: Document) -> list[Truth]:
    return sandbox.shop.carts.come_back(**body)


def _carts_events(sandbox: Controlled, body: Document) -> list[Document]:
    """Let carts live without sending anything: the events are returned."""
    events: list[Document] = []
    with sandbox.shop.carts.emitting_to(lambda *of: events.append(sandbox.webhooks.event(*of))):
        sandbox.shop.carts.live(**body)
    return events


CONTROLS: dict[str, Control] = {
    "GET health": _health,
    "GET lines": _lines,
    "GET requests": _requests,
    "POST clock": _clock,
    "POST year": _year,
    "POST latency": _latency,
    "POST live": _live,
    "POST faults": _faults,
    "POST api2cart": _api2cart,
    "GET webhooks": _webhooks,
    "POST webhooks": _webhooks,
    "GET carts": _carts,
    "POST carts/live": _carts_live,
    "POST carts/come_back": _carts_come_back,
    "POST carts/events": _carts_events,
}


def _set(switches: Failures | Sending, values: Document) -> None:
    """Set switches by name; TypeError or ValueError when there are none of these names."""
    known = {switch.name for switch in fields(switches) if not switch.name.startswith("_")}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"there are no switches named {', '.join(unknown)}")
    for name, value in values.items():
        setattr(switches, name, tuple(value) if name == "kinds" else value)
