"""The routes of V2: the store, its clock, its orders and its customer groups."""

from collections.abc import Iterable
from itertools import islice

from tap_bigcommerce_carts.sandbox.bigcommerce import order_queries
from tap_bigcommerce_carts.sandbox.bigcommerce.order_views import (
    OrderShape,
    consignments_view,
    line_view,
    lines_shape,
    order_bytes,
)
from tap_bigcommerce_carts.sandbox.bigcommerce.queries import is_by_modified
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V2Error
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import (
    CUSTOMERS,
    INFORMATION,
    ORDERS,
    Call,
    joined,
    ok,
    route,
)
from tap_bigcommerce_carts.sandbox.responses import Response, encode
from tap_bigcommerce_carts.sandbox.shop.order_documents import STATUSES
from tap_bigcommerce_carts.sandbox.shop.records import Document, Order

# The order in which the control panel lists the statuses.
_STATUS_ORDER = (0, 1, 7, 11, 9, 8, 3, 10, 2, 5, 6, 4, 13, 12, 14)


def listed(call: Call, rows: list[bytes]) -> Response:
    """Return a V2 list: an empty one has no body."""
    if rows or call.faults.empty_list_as_200:
        return Response(body=joined(rows))
    return Response(204)


@route("/v2/time", INFORMATION)
def time(call: Call) -> Response:
    """Return the clock, in Unix seconds: the cheapest question there is."""
    order_queries.check_fields(call.query, ())
    return ok({"time": int(call.shop.clock().timestamp())})


@route("/v2/store", INFORMATION)
def store(call: Call) -> Response:
    """Return what the store is."""
    order_queries.check_fields(call.query, ())
    offset = call.faults.store_offset
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
            "timezone": {
                "name": f"Etc/GMT{-offset // 3600:+d}" if offset else "UTC",
                "raw_offset": offset,
                "dst_offset": offset,
                "dst_correction": False,
            },
            "admin_email": "owner@example.com",
            "order_email": "orders@example.com",
        }
    )


@route("/v2/order_statuses", ORDERS)
def order_statuses(call: Call) -> Response:
    """List the statuses an order can have."""
    order_queries.check_fields(call.query, ())
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
def orders(call: Call) -> Response:
    """List orders: filters, sorting, pages and includes."""
    order_queries.check_fields(call.query, order_queries.ORDER_FIELDS)
    offset, limit = order_queries.page(call.query)
    shape = _shape(call)
    found = _matching(call, offset, offset + limit)
    return listed(call, [order_bytes(order, _own(call, order, shape)) for order in found])


@route("/v2/orders/count", ORDERS)
def orders_count(call: Call) -> Response:
    """Count the orders that match, by status."""
    order_queries.check_fields(call.query, order_queries.ORDER_FILTERS)
    counts = dict.fromkeys(STATUSES, 0)
    for order in _matching(call, archived=call.faults.count_unlisted):
        if order.status_id in counts:
            counts[order.status_id] += 1
    if call.faults.incomplete_uncounted and "status_id" not in call.query:
        counts[0] = 0
    rows = []
    for place, status_id in enumerate(_STATUS_ORDER):
        row = _status(status_id) | {"count": counts[status_id], "sort_order": place}
        rows.append({name: value for name, value in row.items() if name != "order"})
    return ok({"statuses": rows, "count": sum(counts.values())})


@route("/v2/orders/{id}", ORDERS)
def one_order(call: Call) -> Response:
    """Return one order."""
    order_queries.check_fields(call.query, {"include", "consignment_structure"})
    order = _order(call)
    return Response(body=order_bytes(order, _own(call, order, _shape(call))))


@route("/v2/orders/{id}/products", ORDERS)
def order_products(call: Call) -> Response:
    """List an order's lines."""
    order_queries.check_fields(call.query, {"page", "limit"})
    offset, limit = order_queries.page(call.query)
    lines = _order(call).content.lines[offset : offset + limit]
    return listed(call, [encode(line_view(line, _shape(call))) for line in lines])


@route("/v2/orders/{id}/coupons", ORDERS)
def order_coupons(call: Call) -> Response:
    """List the coupons an order used."""
    order_queries.check_fields(call.query, {"page", "limit"})
    offset, limit = order_queries.page(call.query)
    return listed(call, [encode(x) for x in _order(call).content.coupons[offset : offset + limit]])


@route("/v2/orders/{id}/consignments", ORDERS)
def order_consignments(call: Call) -> Response:
    """Return an order's consignments."""
    order_queries.check_fields(call.query, {"include", "consignment_structure"})
    order = _order(call)
    view = consignments_view(order, _own(call, order, _shape(call)))
    return ok([view] if call.faults.consignments_as_array else view)


@route("/v2/customer_groups", CUSTOMERS)
def customer_groups(call: Call) -> Response:
    """List the customer groups. Filters by date, which are documented too, are not here."""
    order_queries.check_fields(call.query, {"page", "limit", "name"})
    offset, limit = order_queries.page(call.query)
    name = call.query.get("name")
    found = [each for each in call.shop.names.groups if name is None or each["name"] == name]
    return listed(call, [encode(each) for each in found[offset : offset + limit]])


def _order(call: Call) -> Order:
    try:
        return call.shop.order_records[call.ids[0]]
    except KeyError as error:
        raise V2Error(404, "The requested resource was not found.") from error


def _matching(
    call: Call, start: int = 0, stop: int | None = None, *, archived: bool = False
) -> Iterable[Order]:
    archived = archived or call.faults.list_archived
    undated_out = call.faults.undated_left_out and is_by_modified(call.query)
    if archived and not undated_out:
        return order_queries.find_orders(call.shop, call.query, start, stop)
    found = order_queries.find_orders(call.shop, call.query)
    if not archived:
        found = (x for x in found if x.content.document["is_deleted"] is not True)
    if undated_out:
        found = (x for x in found if x.content.document.get("date_modified", "") is not None)
    return islice(found, start, stop)


def _shape(call: Call) -> OrderShape:
    structure = call.query.get("consignment_structure")
    if structure not in (None, "object"):
        raise V2Error(400, "The field 'consignment_structure' is invalid.", {"value": structure})
    include, faults = order_queries.order_includes(call.query), call.faults
    limit = order_queries.integer(call.query, "limit") or 0
    if faults.most_included is not None and limit > faults.most_included:
        include = frozenset()
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
