"""The routes of `/v3/hooks`.

https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

import re

import msgspec

from tap_bigcommerce_carts.sandbox.bigcommerce.gate import Gate, store_and_path
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V3Error
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import CARTS, CUSTOMERS, ORDERS, wrapped
from tap_bigcommerce_carts.sandbox.bigcommerce.v3_queries import numbered_page
from tap_bigcommerce_carts.sandbox.recorder import Request
from tap_bigcommerce_carts.sandbox.responses import Response
from tap_bigcommerce_carts.sandbox.shop.records import Document
from tap_bigcommerce_carts.sandbox.webhooks.sender import Webhooks

_PATH = re.compile(r"/v3/hooks(?:/(\d+))?")
# The scope that a hook's events need; hooks themselves need none.
_NEEDED = {"store/cart": CARTS, "store/order": ORDERS, "store/customer": CUSTOMERS}


def respond(
    webhooks: Webhooks, gate: Gate, record: Request, token: str | None, body: bytes
) -> Response | None:
    """Return the response to a request, or None if its path is not one of hooks.

    Args:
        webhooks: what is asked for or changed.
        gate: what the request is checked against.
        record: the request; its route is noted on it.
        token: what it has as `X-Auth-Token`.
        body: what it has as body.
    """
    target = store_and_path(record)
    match = target and _PATH.fullmatch(target[1])
    if not target or not match:
        return None
    hook_id = int(match[1]) if match[1] else None
    if record.method not in (("GET", "POST") if hook_id is None else ("GET", "PUT", "DELETE")):
        return None
    record.route = "/v3/hooks"
    refused = gate.unauthorized(token) or gate.wrong_store(target[0]) or gate.over_quota()
    if refused is not None:
        return refused
    try:
        return gate.forbidden(_scope(record.method, body)) or _handled(
            webhooks, record, hook_id, body
        )
    except V3Error as error:
        return gate.problem(error)


def _scope(method: str, body: bytes) -> str | None:
    """Return the scope a request needs for the events of its hook; None for none."""
    if method not in {"POST", "PUT"}:
        return None
    events = str(_document(body).get("scope", ""))
    return next((needed for about, needed in _NEEDED.items() if events.startswith(about)), None)


def _handled(webhooks: Webhooks, record: Request, hook_id: int | None, body: bytes) -> Response:
    if record.method == "POST":
        return wrapped(webhooks.create(_document(body)))
    if hook_id is None:
        return _listed(webhooks, record.query)
    if record.method == "PUT":
        return wrapped(webhooks.change(hook_id, _document(body)))
    deletes = record.method == "DELETE"
    return wrapped(webhooks.delete(hook_id) if deletes else webhooks.find(hook_id))


def _listed(webhooks: Webhooks, query: dict[str, str]) -> Response:
    rows = [
        hook
        for hook in webhooks.listed()
        if all(hook[name] == query[name] for name in ("scope", "destination") if name in query)
    ]
    return wrapped(*numbered_page(rows, query))


def _document(body: bytes) -> Document:
    try:
        return msgspec.json.decode(body, type=Document)
    except msgspec.MsgspecError as error:
        raise V3Error(400, "The body is not a JSON object.") from error
