"""The routes of the API: what each one answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tools.sandbox.faults import Faults
from tools.sandbox.shop.cart import cart_view
from tools.sandbox.shop.documents import STATUSES, Document
from tools.sandbox.shop.records import Order
from tools.sandbox.shop.shop import CHANNELS, Shop

from . import queries
from .refusals import V2Error, V3Error
from .views import (
    OrderShape,
    consignments_view,
    customer_bytes,
    encode,
    line_view,
    lines_shape,
    order_bytes,
)

ORDERS = "store_v2_orders_read_only"
CUSTOMERS = "store_v2_customers_read_only"
INFORMATION = "store_v2_information_read_only"
CHANNEL_SETTINGS = "store_channel_settings_read_only"
CARTS = "store_cart_read_only"
ALL_SCOPES = frozenset({ORDERS, CUSTOMERS, INFORMATION, CHANNEL_SETTINGS, CARTS})
# What a token for the usual streams has: nobody gives one more than it needs.
USUAL_SCOPES = frozenset({ORDERS, CUSTOMERS, CARTS})

# The order in which the control panel lists the statuses.
_STATUS_ORDER = (0, 1, 7, 11, 9, 8, 3, 10, 2, 5, 6, 4, 13, 12, 14)

_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before it is sent."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler works with; `base` is the store's URL, `parts` are those of the path."""

    shop: Shop
    faults: Faults
    base: str
    query: Mapping[str, str]
    parts: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """The parts, where they are whole numbers."""
        return tuple(map(int, self.parts))


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A GET route below `/stores/{hash}`, and the scope it needs."""

    template: str
    scope: str
    handler: Handler
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def route(template: str, scope: str) -> Callable[[Handler], Handler]:
    """Register a handler; `{id}` in the template is a whole number, another `{name}` a text."""
    pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", template.replace("{id}", r"(\d+)")))

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(template, scope, handler, pattern))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a path (without the store) and the parts of the path it asks for."""
    if method == "GET":
        for candidate in ROUTES:
            if match := candidate.pattern.fullmatch(path):
                return candidate, match.groups()
    return None


def ok(document: Any) -> Answer:
    """Return a JSON answer."""
    return Answer(body=encode(document))


def wrapped(data: Any, meta: Document | None = None) -> Answer:
    """Return a V3 answer."""
    return ok({"data": data, "meta": meta or {}})


def joined(rows: Iterable[bytes]) -> bytes:
    """Return a JSON list of encoded rows."""
    return b"[" + b",".join(rows) + b"]"


def v2_list(call: Call, rows: list[bytes]) -> Answer:
    """Return a V2 list: an empty one has no body."""
    if rows or call.faults.empty_list_as_200:
        return Answer(body=joined(rows))
    return Answer(204)


# V2


@route("/v2/time", INFORMATION)
def time(call: Call) -> Answer:
    """Answer the clock, in Unix seconds: the cheapest question there is."""
    queries.known_fields(call.query, ())
    return ok({"time": int(call.shop.clock().timestamp())})


@route("/v2/store", INFORMATION)
def store(call: Call) -> Answer:
    """Answer what the store is."""
    queries.known_fields(call.query, ())
    return ok(
        {
            "id": call.base.rpartition("/")[2],
            "name": "Lantern & Quay",
            "domain": "shop.example.com",
            "secure_url": "https://shop.example.com",
            "status": "live",
            "plan_name": "Sandbox",
            "plan_level": "Standard",
            "country": "Germany",
            "country_code": "DE",
            "currency": "EUR",
            "currency_symbol": "€",
            "decimal_places": 2,
            "language": "en",
            "timezone": {"name": "UTC", "raw_offset": 0, "dst_offset": 0, "dst_correction": False},
            "admin_email": "owner@example.com",
            "order_email": "orders@example.com",
        }
    )


@route("/v2/order_statuses", ORDERS)
def order_statuses(call: Call) -> Answer:
    """List the statuses an order can have."""
    queries.known_fields(call.query, ())
    return ok([_status(status_id) for status_id in STATUSES])


def _status(status_id: int) -> Document:
    name = STATUSES[status_id]
    return {
        "id": status_id,
        "name": name,
        "system_label": name,
        "custom_label": name,
        "system_description": f"The order is in the status {name}.",
        "order": _STATUS_ORDER.index(status_id),
    }


@route("/v2/orders", ORDERS)
def orders(call: Call) -> Answer:
    """List orders: filters, sorting, pages and includes."""
    queries.known_fields(call.query, queries.ORDER_FIELDS)
    offset, limit = queries.v2_page(call.query)
    shape = _shape(call)
    found = _matching(call, offset, offset + limit)
    return v2_list(call, [order_bytes(order, _own(call, order, shape)) for order in found])


@route("/v2/orders/count", ORDERS)
def orders_count(call: Call) -> Answer:
    """Count the orders that match, by status."""
    queries.known_fields(call.query, queries.ORDER_FILTERS)
    counts = dict.fromkeys(STATUSES, 0)
    for order in _matching(call):
        if order.status_id in counts:
            counts[order.status_id] += 1
    rows = []
    for place, status_id in enumerate(_STATUS_ORDER):
        row = _status(status_id) | {"count": counts[status_id], "sort_order": place}
        rows.append({name: value for name, value in row.items() if name != "order"})
    return ok({"statuses": rows, "count": sum(counts.values())})


@route("/v2/orders/{id}", ORDERS)
def one_order(call: Call) -> Answer:
    """Answer one order."""
    queries.known_fields(call.query, {"include", "consignment_structure"})
    order = _order(call)
    return Answer(body=order_bytes(order, _own(call, order, _shape(call))))


@route("/v2/orders/{id}/products", ORDERS)
def order_products(call: Call) -> Answer:
    """List an order's lines."""
    queries.known_fields(call.query, {"page", "limit"})
    offset, limit = queries.v2_page(call.query)
    lines = _order(call).content.lines[offset : offset + limit]
    return v2_list(call, [encode(line_view(line, _shape(call))) for line in lines])


@route("/v2/orders/{id}/coupons", ORDERS)
def order_coupons(call: Call) -> Answer:
    """List the coupons an order used."""
    queries.known_fields(call.query, {"page", "limit"})
    offset, limit = queries.v2_page(call.query)
    return v2_list(call, [encode(x) for x in _order(call).content.coupons[offset : offset + limit]])


@route("/v2/orders/{id}/consignments", ORDERS)
def order_consignments(call: Call) -> Answer:
    """Answer an order's consignments."""
    queries.known_fields(call.query, {"include", "consignment_structure"})
    order = _order(call)
    view = consignments_view(order, _own(call, order, _shape(call)))
    return ok([view] if call.faults.consignments_as_array else view)


def _order(call: Call) -> Order:
    try:
        return call.shop.order_records[call.ids[0]]
    except KeyError as error:
        raise V2Error(404, "The requested resource was not found.") from error


def _matching(call: Call, start: int = 0, stop: int | None = None) -> Iterable[Order]:
    undated_out = call.faults.undated_left_out and queries.is_by_modified(call.query)
    if call.faults.list_archived and not undated_out:
        return queries.find_orders(call.shop, call.query, start, stop)
    found = queries.find_orders(call.shop, call.query)
    if not call.faults.list_archived:
        found = (x for x in found if x.content.document["is_deleted"] is not True)
    if undated_out:
        found = (x for x in found if x.content.document.get("date_modified", "") is not None)
    return islice(found, start, stop)


def _shape(call: Call) -> OrderShape:
    structure = call.query.get("consignment_structure")
    if structure not in (None, "object"):
        raise V2Error(400, "The field 'consignment_structure' is invalid.", {"value": structure})
    include, faults = queries.includes(call.query), call.faults
    lines = "consignments.line_items" in include
    return OrderShape(
        base=call.base,
        consignments=lines or "consignments" in include,
        line_items=lines,
        fees="fees" in include,
        as_array=faults.consignments_as_array or structure is None,
        warning_position=faults.warning_position,
        dict_line_items=faults.dict_line_items,
        money_as_number=faults.money_as_number,
        credit_card_type_object=faults.credit_card_type_object,
        form_fields_as=faults.form_fields_as,
    )


def _own(call: Call, order: Order, shape: OrderShape) -> OrderShape:
    return lines_shape(shape, empty=call.faults.no_lines(order.id))


# V3


@route("/v3/customers", CUSTOMERS)
def customers(call: Call) -> Answer:
    """List customers: filters, sorting, pages by number or cursor, includes."""
    include = queries.customer_includes(call.query)
    page = queries.find_customers(
        call.shop,
        call.query,
        cursors=call.faults.customers_cursor,
        exclusive=call.faults.exclusive_dates,
        undated=not (call.faults.undated_left_out and queries.is_by_modified(call.query)),
    )
    data = joined(customer_bytes(customer, include) for customer in page.customers)
    return Answer(body=b'{"data":' + data + b',"meta":' + encode(page.meta) + b"}")


@route("/v3/customers/addresses", CUSTOMERS)
def customer_addresses(call: Call) -> Answer:
    """List the entries of all customers' address books."""
    queries.v3_fields(call.query, queries.ADDRESS_FIELDS)
    page, limit = queries.v3_page(call.query)
    found = [
        address
        for _, key in call.shop.customers_by_id.between()
        for address in call.shop.customer_records[key].content.addresses
        if _address_fits(address, call.query)
    ]
    chosen = found[(page - 1) * limit : page * limit]
    if "formfields" in call.query.get("include", "").split(","):
        chosen = [address | {"form_fields": []} for address in chosen]
    meta = {"pagination": queries.pagination(len(found), len(chosen), page, limit)}
    return wrapped(chosen, meta)


def _address_fits(address: Document, query: Mapping[str, str]) -> bool:
    wanted = {
        "id:in": str(address["id"]),
        "customer_id:in": str(address["customer_id"]),
        "company:in": address["company"],
        "name:in": f"{address['first_name']} {address['last_name']}",
    }
    return all(value in query[name].split(",") for name, value in wanted.items() if name in query)


@route("/v3/abandoned-carts/settings", INFORMATION)
def settings(call: Call) -> Answer:
    """Answer the store's Abandoned Cart Saver settings."""
    queries.v3_fields(call.query, ())
    return wrapped(call.shop.emails.settings)


@route("/v3/abandoned-carts/settings/channels/{id}", INFORMATION)
def channel_settings(call: Call) -> Answer:
    """Answer a channel's settings; null where the store's count."""
    queries.v3_fields(call.query, ())
    found = call.shop.emails.channel_settings.get(call.ids[0])
    if found is None:
        raise V3Error(404, f"There is no channel {call.ids[0]}.")
    return wrapped(found)


@route("/v3/abandoned-carts/{token}", INFORMATION)
def abandoned_cart(call: Call) -> Answer:
    """Answer which cart a recovery link opens. Older documentation names the scope of carts."""
    queries.v3_fields(call.query, ())
    token = call.parts[0].replace("-", "").lower()
    if not _TOKEN.fullmatch(token):
        raise V3Error(422, "The token is not valid.", {"token": "not 32 hexadecimal digits"})
    found = call.shop.carts.by_token(token)
    if found is None:
        raise V3Error(404, "There is no abandoned cart with this token.")
    return wrapped({"cart_id": found.id})


@route("/v3/carts/{cart_id}", CARTS)
def cart(call: Call) -> Answer:
    """Answer one living cart; there is no list of them."""
    include = queries.cart_includes(call.query)
    found = call.shop.carts.get(call.parts[0].lower())
    if found is None:
        raise V3Error(404, "The cart is not found.")
    return wrapped(cart_view(found, include))


@route("/v3/marketing/abandoned-cart-emails", INFORMATION)
def cart_emails(call: Call) -> Answer:
    """List the e-mail steps of a channel, or the store's."""
    queries.v3_fields(call.query, {"channel_id"})
    channel = call.query.get("channel_id")
    if channel is not None and not channel.isdigit():
        raise V3Error(422, "The value of channel_id is not valid.", {"channel_id": "not a number"})
    return wrapped(call.shop.emails.listed(int(channel) if channel else None))


@route("/v3/marketing/abandoned-cart-emails/default", INFORMATION)
def default_cart_email(call: Call) -> Answer:
    """Answer the template a new e-mail starts from."""
    return ok(call.shop.emails.default)


@route("/v3/marketing/abandoned-cart-emails/{id}", INFORMATION)
def cart_email(call: Call) -> Answer:
    """Answer one e-mail step."""
    found = call.shop.emails.find(call.ids[0])
    if found is None:
        raise V3Error(404, f"There is no e-mail {call.ids[0]}.")
    return wrapped(found)


@route("/v3/channels", CHANNEL_SETTINGS)
def channels(call: Call) -> Answer:
    """List the channels."""
    queries.v3_fields(call.query, queries.CHANNEL_FIELDS)
    page, limit = queries.v3_page(call.query)
    rows = [{"id": key, "name": name, "status": "active"} for key, name in CHANNELS.items()]
    chosen = rows[(page - 1) * limit : page * limit]
    return wrapped(chosen, {"pagination": queries.pagination(len(rows), len(chosen), page, limit)})
