"""An event as BigCommerce posts it, checked, and as the inbox keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from tap_bigcommerce_carts.inbox.errors import ShapeError

# A database takes no text with a zero byte: one such row would refuse all that are written
# with it. So all that becomes a column is of these characters.
_Hash = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9+/=_-]{1,128}\Z")]
_Scope = Annotated[str, msgspec.Meta(pattern=r"\Astore/[A-Za-z0-9/_-]{1,200}\Z")]
_Producer = Annotated[str, msgspec.Meta(pattern=r"\Astores/[A-Za-z0-9]{1,40}\Z")]
_CartId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{1,100}\Z")]
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")
# Up to the year 6325: milliseconds are refused, which no table could hold as a date.
_Seconds = Annotated[int, msgspec.Meta(ge=0, lt=2**37)]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a cart.

    Attributes:
        store: the store's hash.
        hash: the same for each sending of one event.
        happened_at: Unix seconds, as BigCommerce says.
        data: the event's own fields, as JSON.
    """

    store: str
    hash: str
    scope: str
    cart_id: str | None
    happened_at: int
    data: str


class _Sent(msgspec.Struct):
    scope: _Scope
    hash: _Hash
    created_at: _Seconds
    producer: _Producer
    data: dict[str, Any]


_decoder = msgspec.json.Decoder(_Sent)


def parse(body: bytes) -> Event:
    """Read a request's body.

    Raises:
        ShapeError: it is not JSON, or not an event.
    """
    try:
        sent = _decoder.decode(body)
        return Event(
            store=sent.producer.removeprefix("stores/"),
            hash=sent.hash,
            scope=sent.scope,
            cart_id=_cart_id(sent),
            happened_at=sent.created_at,
            data=msgspec.json.encode(sent.data).decode(),
        )
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        # What msgspec says may hold a value, so it is not passed on.
        raise ShapeError("not an event") from error


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _cart_id(sent: _Sent) -> str | None:
    """Find the cart's id: each kind of event names it in its own way."""
    data = sent.data
    found = data.get("cartId") or data.get("cart_id")
    if found is None and data.get("type") == "cart":
        found = data.get("id")
    # A token alone is enough: the tap asks which cart it leads to.
    if found is None and ("/cart/" not in sent.scope or _is_token(data.get("token"))):
        return None
    return msgspec.convert(found, _CartId)
