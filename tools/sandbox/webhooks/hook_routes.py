"""The routes of `/v3/hooks`."""

import re

import msgspec

from tools.sandbox.bigcommerce import queries
from tools.sandbox.bigcommerce.refusals import V3Error
from tools.sandbox.bigcommerce.routes import CARTS, CUSTOMERS, ORDERS, Answer, wrapped

from .sender import Document, Webhooks

_PATH = re.compile(r"/v3/hooks(?:/(\d+))?")
# Of which events an account may be told: hooks themselves need no scope.
_NEEDED = {"store/cart": CARTS, "store/order": ORDERS, "store/customer": CUSTOMERS}


def find(method: str, path: str) -> bool:
    """Tell whether this is a route of hooks."""
    match = _PATH.fullmatch(path)
    return match is not None and method in (
        ("GET", "PUT", "DELETE") if match[1] else ("GET", "POST")
    )


def scope(method: str, body: bytes) -> str | None:
    """Tell which scope a request needs for the events of its hook; None for none."""
    if method not in {"POST", "PUT"}:
        return None
    events = str(_document(body).get("scope", ""))
    return next((needed for about, needed in _NEEDED.items() if events.startswith(about)), None)


def answer(
    webhooks: Webhooks, method: str, path: str, query: dict[str, str], body: bytes
) -> Answer:
    """Answer a request that `find` knows."""
    match = _PATH.fullmatch(path)
    hook_id = int(match[1]) if match and match[1] else None
    if method == "POST":
        return wrapped(webhooks.create(_document(body)))
    if hook_id is None:
        return _listed(webhooks, query)
    if method == "PUT":
        return wrapped(webhooks.change(hook_id, _document(body)))
    return wrapped(webhooks.delete(hook_id) if method == "DELETE" else webhooks.find(hook_id))


def _listed(webhooks: Webhooks, query: dict[str, str]) -> Answer:
    page, limit = queries.v3_page(query)
    rows = [
        hook
        for hook in webhooks.listed()
        if all(hook[name] == query[name] for name in ("scope", "destination") if name in query)
    ]
    chosen = rows[(page - 1) * limit : page * limit]
    return wrapped(chosen, {"pagination": queries.pagination(len(rows), len(chosen), page, limit)})


def _document(body: bytes) -> Document:
    try:
        return msgspec.json.decode(body, type=Document)
    except msgspec.MsgspecError as error:
        raise V3Error(400, "The body is not a JSON object.") from error
