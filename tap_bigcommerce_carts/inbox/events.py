"""An event as BigCommerce posts it, checked, and as the inbox keeps it.

It is refused only if its store or its cart is not in it: BigCommerce switches a hook off that is
refused for long. What is odd beside that is left out.
https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tap_bigcommerce_carts.errors import OtherScopeError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

# A database takes no text with a zero byte, and an id becomes a part of a path when the cart is
# read. So all that is kept is of these forms.
_HASH = re.compile(r"[A-Za-z0-9+/=_-]{1,128}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SECONDS = re.compile(r"([0-9]{1,18})(\.[0-9]*)?")
_OF_A_CART = re.compile(r"store/(channel/[0-9]{1,18}/)?cart/[A-Za-z0-9/_-]{1,100}")
_Producer = Annotated[str, msgspec.Meta(pattern=r"\Astores/[A-Za-z0-9]{1,40}\Z")]
_LONGEST = 200  # bytes of a value that is kept
_DAY = 86_400
_NOTHING = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a cart.

    Attributes:
        store: the store's hash.
        hash: the same for each sending of one event.
        happened_at: Unix seconds, as BigCommerce says.
        data: the event's own fields, those of `FORMS`, as JSON.
    """

    store: str
    hash: str
    scope: str
    cart_id: str | None
    happened_at: int
    data: str


class _Sent(msgspec.Struct):
    scope: str
    producer: _Producer
    data: dict[str, msgspec.Raw] = {}
    hash: msgspec.Raw = _NOTHING
    created_at: msgspec.Raw = _NOTHING


_decoder = msgspec.json.Decoder(_Sent)


def parse(body: bytes, now: float | None = None) -> Event:
    """Return the event in a request's body.

    Args:
        body: what was posted.
        now: Unix seconds; by default the clock's.

    Raises:
        OtherScopeError: it is an event, but not of a cart.
        ShapeError: it is not an event, does not name its store or its cart, or is dated more than
            a day ahead.
    """
    try:
        sent = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        # What msgspec says may hold a value, so it is not passed on.
        raise ShapeError("not an event") from error
    if not _OF_A_CART.fullmatch(sent.scope):
        raise OtherScopeError("not of a cart")
    data = _fields(sent.data)
    return Event(
        store=sent.producer.removeprefix("stores/"),
        hash=_text(_HASH, _value(sent.hash)) or hashlib.sha256(body).hexdigest(),
        scope=sent.scope,
        cart_id=_cart_id(data),
        happened_at=_happened_at(_value(sent.created_at), time.time() if now is None else now),
        data=msgspec.json.encode(data).decode(),
    )


def _value(raw: msgspec.Raw) -> Any:
    """Return a plain value; None for all others."""
    if len(raw) > _LONGEST:
        return None
    try:
        return _plain.decode(raw)
    except (msgspec.MsgspecError, UnicodeError):
        return None


_plain = msgspec.json.Decoder(str | int | float | bool | None)


def _text(form: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _id(value: Any) -> str | None:
    return _text(_ID, value)


def _number(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value if isinstance(value, str) else repr(value)
    return int(text) if _NUMBER.fullmatch(text) else None


# All that is kept of an event's own fields, and the form each must have.
FORMS: dict[str, Callable[[Any], str | int | None]] = {
    "type": _id,
    "id": _id,
    "cartId": _id,
    "cart_id": _id,
    "token": _id,
    "orderId": _number,
    "couponId": _number,
}


def _fields(data: dict[str, msgspec.Raw]) -> dict[str, Any]:
    found = {name: form(_value(data[name])) for name, form in FORMS.items() if name in data}
    return {name: value for name, value in found.items() if value is not None}


def _cart_id(data: dict[str, Any]) -> str | None:
    """Return the cart's id, which each kind of event names otherwise; None with a token alone."""
    found: str | None = data.get("cartId") or data.get("cart_id")
    if found is None and data.get("type") == "cart":
        found = data.get("id")
    # A token alone is enough: the tap asks which cart it leads to.
    if found is None and "token" not in data:
        raise ShapeError("it does not tell its cart")
    return found


def _happened_at(value: Any, now: float) -> int:
    """Return when it happened, in Unix seconds; `now` if it does not say."""
    if value is None or isinstance(value, bool):
        return int(now)
    try:
        seconds = int(float(value))
    except (ValueError, OverflowError):
        return int(now)
    if seconds > now + _DAY:
        raise ShapeError("it is dated more than a day ahead")
    return seconds if seconds >= 0 else int(now)
