"""The routes of V3: customers, carts, channels, the log, the settings of Abandoned Cart Saver."""

import re
from collections.abc import Mapping

from tap_bigcommerce_carts.sandbox.bigcommerce import customer_queries, log_queries, v3_queries
from tap_bigcommerce_carts.sandbox.bigcommerce.cart_views import cart_view
from tap_bigcommerce_carts.sandbox.bigcommerce.checkout_views import checkout_view
from tap_bigcommerce_carts.sandbox.bigcommerce.customer_views import customer_bytes
from tap_bigcommerce_carts.sandbox.bigcommerce.queries import is_by_modified
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V3Error
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import (
    CARTS,
    CHANNEL_SETTINGS,
    CHECKOUTS,
    CUSTOMERS,
    INFORMATION,
    LOGS,
    SITES,
    TRANSACTIONS,
    Call,
    joined,
    ok,
    route,
    wrapped,
)
from tap_bigcommerce_carts.sandbox.bigcommerce.transaction_views import transactions_of
from tap_bigcommerce_carts.sandbox.responses import Response, encode
from tap_bigcommerce_carts.sandbox.shop.cart import Cart
from tap_bigcommerce_carts.sandbox.shop.names import DEFAULT_CHANNEL
from tap_bigcommerce_carts.sandbox.shop.records import Document

_TOKEN = re.compile(r"[0-9a-f]{32}")


@route("/v3/customers", CUSTOMERS)
def customers(call: Call) -> Response:
    """List customers: filters, sorting, pages by number or cursor, includes."""
    include = customer_queries.customer_includes(call.query)
    v3_queries.check_length(call.query, "id:in", call.faults.most_ids)
    page = customer_queries.find_customers(
        call.shop,
        call.query,
        cursors=_cursors(call),
        exclusive=call.faults.exclusive_dates,
        undated=not (call.faults.undated_left_out and is_by_modified(call.query)),
    )
    data = joined(customer_bytes(customer, include) for customer in page.customers)
    return Response(body=b'{"data":' + data + b',"meta":' + encode(page.meta) + b"}")


def _cursors(call: Call) -> customer_queries.Cursors | None:
    faults = call.faults
    if not faults.customers_cursor:
        return None
    return customer_queries.Cursors(
        null_at_end=faults.end_cursor_null, keep_sort=faults.cursors_keep_sort
    )


@route("/v3/customers/addresses", CUSTOMERS)
def customer_addresses(call: Call) -> Response:
    """List the entries of all customers' address books."""
    v3_queries.check_fields(call.query, v3_queries.ADDRESS_FIELDS)
    found = [
        address
        for _, key in call.shop.customers_by_id.between()
        for address in call.shop.customer_records[key].content.addresses
        if _address_fits(address, call.query)
    ]
    chosen, meta = v3_queries.numbered_page(found, call.query)
    if "formfields" in call.query.get("include", "").split(","):
        chosen = [address | {"form_fields": []} for address in chosen]
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
def settings(call: Call) -> Response:
    """Return the store's Abandoned Cart Saver settings."""
    v3_queries.check_fields(call.query, ())
    return wrapped(call.shop.emails.settings)


@route("/v3/abandoned-carts/settings/channels/{id}", INFORMATION)
def channel_settings(call: Call) -> Response:
    """Return a channel's settings; null where the store's count."""
    v3_queries.check_fields(call.query, ())
    found = call.shop.emails.channel_settings.get(call.ids[0])
    if found is None:
        raise V3Error(404, f"There is no channel {call.ids[0]}.")
    return wrapped(found)


@route("/v3/abandoned-carts/{token}", INFORMATION)
def abandoned_cart(call: Call) -> Response:
    """Return which cart a recovery link opens. Older documentation names the scope of carts."""
    v3_queries.check_fields(call.query, ())
    token = call.parts[0].replace("-", "").lower()
    if not _TOKEN.fullmatch(token):
        raise V3Error(422, "The token is not valid.", {"token": "not 32 hexadecimal digits"})
    found = call.shop.carts.by_token(token)
    if found is None:
        raise V3Error(404, "There is no abandoned cart with this token.")
    return wrapped({"cart_id": found.id})


@route("/v3/carts/{cart_id}", CARTS)
def cart(call: Call) -> Response:
    """Return one living cart; there is no list of them."""
    include = v3_queries.cart_includes(call.query)
    found = call.shop.carts.get(call.parts[0].lower())
    if found is None or _is_over(call, found):
        raise V3Error(404, "The cart is not found.")
    return wrapped(cart_view(found, include))


@route("/v3/checkouts/{cart_id}", CHECKOUTS)
def checkout(call: Call) -> Response:
    """Return the checkout of one living cart, whose id is the cart's."""
    lines, shipping = v3_queries.checkout_includes(call.query)
    carts, cart_id = call.shop.carts, call.parts[0].lower()
    found = carts.get(cart_id)
    if found is None or call.faults.no_checkout(cart_id) or _is_over(call, found):
        raise V3Error(404, "The checkout is not found.")
    offered = carts.offered(found) if shipping else None
    order_id = found.order_id if call.faults.checkout_order_ids else None
    return wrapped(checkout_view(found, lines, offered, order_id=order_id))


def _is_over(call: Call, cart: Cart) -> bool:
    """Return whether a cart that reached payment is none any more."""
    return call.faults.carts_end_at_payment and cart.order_id is not None


@route("/v3/orders/{id}/transactions", TRANSACTIONS)
def order_transactions(call: Call) -> Response:
    """List what was tried to pay an order."""
    v3_queries.check_fields(call.query, ())
    order = call.shop.order_records.get(call.ids[0])
    if order is None:
        raise V3Error(404, "The requested resource was not found.")
    found = transactions_of(order, of_incomplete=call.faults.incomplete_transactions)
    if not found and call.faults.no_transactions_as_204:
        return Response(204)
    return wrapped(found)


@route("/v3/marketing/abandoned-cart-emails", INFORMATION)
def cart_emails(call: Call) -> Response:
    """List the e-mail steps of a channel, or the store's."""
    v3_queries.check_fields(call.query, {"channel_id"})
    channel = call.query.get("channel_id")
    if channel is not None and not channel.isdigit():
        raise V3Error(422, "The value of channel_id is not valid.", {"channel_id": "not a number"})
    return wrapped(call.shop.emails.listed(int(channel) if channel else None))


@route("/v3/marketing/abandoned-cart-emails/default", INFORMATION)
def default_cart_email(call: Call) -> Response:
    """Return the template a new e-mail starts from."""
    return ok(call.shop.emails.default)


@route("/v3/marketing/abandoned-cart-emails/{id}", INFORMATION)
def cart_email(call: Call) -> Response:
    """Return one e-mail step."""
    found = call.shop.emails.find(call.ids[0])
    if found is None:
        raise V3Error(404, f"There is no e-mail {call.ids[0]}.")
    return wrapped(found)


@route("/v3/channels", CHANNEL_SETTINGS)
def channels(call: Call) -> Response:
    """List the channels."""
    v3_queries.check_fields(call.query, v3_queries.CHANNEL_FIELDS)
    return wrapped(*v3_queries.numbered_page(call.shop.names.channels, call.query))


@route("/v3/sites", SITES)
def sites(call: Call) -> Response:
    """List the channels' sites."""
    v3_queries.check_fields(call.query, v3_queries.SITE_FIELDS)
    wanted = call.query.get("channel_id:in")
    rows = [
        each
        for each in call.shop.names.sites
        if (wanted is None or str(each["channel_id"]) in wanted.split(","))
        and not (call.faults.default_site_unlisted and each["channel_id"] == DEFAULT_CHANNEL)
    ]
    return wrapped(*v3_queries.numbered_page(rows, call.query))


@route("/v3/channels/{id}/site", SITES)
def channel_site(call: Call) -> Response:
    """Return a channel's site."""
    v3_queries.check_fields(call.query, ())
    for each in call.shop.names.sites:
        if each["channel_id"] == call.ids[0]:
            return wrapped(each)
    raise V3Error(404, f"Channel {call.ids[0]} has no site.")


@route("/v3/sites/{id}/routes", SITES)
def site_routes(call: Call) -> Response:
    """List a site's routes, all or those to one kind of page."""
    v3_queries.check_fields(call.query, v3_queries.ROUTE_FIELDS)
    found = call.shop.names.routes.get(call.ids[0])
    if found is None:
        raise V3Error(404, f"There is no site {call.ids[0]}.")
    kind = call.query.get("type")
    rows = [each for each in found if kind is None or each["type"] == kind]
    return wrapped(*v3_queries.numbered_page(rows, call.query))


@route("/v3/store/systemlogs", LOGS)
def system_logs(call: Call) -> Response:
    """List the store's log: filters, two sorts, pages of 50."""
    rows = log_queries.find_entries(call.shop, call.query)
    chosen, meta = v3_queries.numbered_page(rows, call.query, log_queries.LARGEST_PAGE)
    form = call.faults.log_severity_as
    return wrapped([log_queries.entry_view(each, form) for each in chosen], meta)
