"""What an order holds: drawn from the seed when it is first looked at, or put in by hand."""

from collections.abc import Callable, Iterator
from random import Random

from tap_bigcommerce_carts.sandbox.shop.catalog import Product, Variant, catalog, product
from tap_bigcommerce_carts.sandbox.shop.consignments import consignments_for
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE, Currency, currency
from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.line_documents import (
    COUPON_ID,
    LINES_PER_ORDER,
    discount_line,
    line_document,
    product_option,
)
from tap_bigcommerce_carts.sandbox.shop.money import CENT, money, number, share, units
from tap_bigcommerce_carts.sandbox.shop.order_documents import order_document, status_fields, totals
from tap_bigcommerce_carts.sandbox.shop.people import Person, person
from tap_bigcommerce_carts.sandbox.shop.records import Document, Order, OrderContent

_QUANTITIES = (1,) * 14 + (2,) * 4 + (3, 5)
_NOWHERE = {"order_address_id": 0, "order_pickup_method_id": 0}
_COUPON: Document = {
    "id": COUPON_ID,
    "name": "Spring",
    "code": "SPRING10",
    "target": "order",
}
_MANUAL: Document = {"id": "manual-discount", "name": "Manual", "code": None, "target": "order"}
_SOURCES = ("www", "www", "www", "mobile", "iphone", "android", "checkout_api")


def draw(seed: object, order: Order) -> OrderContent:
    """Return the content of a seeded order, from the record and the seed alone."""
    chance = dice(seed, order.id)
    who = person(order.email)
    shown = currency(who.place.currency)
    # Some British shoppers see pounds and pay in euro.
    paid = STORE if shown.code == "GBP" and likely(chance, 0.2) else shown
    document = order_document(order.id, who, shown=shown, paid=paid)
    document |= status_fields(order.status_id) | {
        "customer_id": order.customer_id,
        "channel_id": order.channel_id,
        "cart_id": order.cart_id,
        "order_source": chance.choice(_SOURCES),
        "is_email_opt_in": likely(chance, 0.3),
        "is_deleted": order.status_id != 0 and likely(chance, 0.005),
    }
    lines = _basket(chance, order.id, who.place.tax, paid)
    taken = _discounts(chance, order.id, lines, paid)
    _shipping(chance, document, lines, who, paid)
    document |= totals(document, lines)
    consignments = consignments_for(document, lines, who)
    document["shipping_address_count"] = len(consignments["shipping"])
    return OrderContent(document, lines, consignments, [taken] if taken.get("code") else [])


def _basket(chance: Random, order_id: int, tax: int, paid: Currency) -> list[Document]:
    """Return the lines of one cart: 1 to 6 things, and once in 500 carts more than fifty."""
    count = chance.randint(55, 80) if likely(chance, 1 / 500) else chance.randint(1, 6)
    pickup = 1 if likely(chance, 0.03) else 0
    lines: list[Document] = []
    for _ in range(count):
        address = 0 if pickup else order_id * 10 + 1 + likely(chance, 0.01)
        places = {
            "id": order_id * LINES_PER_ORDER + len(lines),
            "order_id": order_id,
            "order_pickup_method_id": pickup,
            "order_address_id": address,
        }
        if likely(chance, 0.03):
            lines.append(_odd_line(chance, places, tax, paid))
        else:
            lines += _product_lines(chance, places, tax, paid)
    return lines


def _product_lines(
    chance: Random, places: Document, tax: int, paid: Currency
) -> Iterator[Document]:
    """Yield a product's line, and for a bundle the lines of its parts at no price."""
    item = chance.choice(catalog())
    quantity = chance.choice(_QUANTITIES)
    line_id = places["id"]
    fields = places | named(item, chance.choice(item.variants), line_id)
    yield line_document(paid.from_euro(item.price), quantity, tax, paid, fields)
    for n, part_id in enumerate(item.parts, line_id + 1):
        part = product(part_id)
        fields = places | named(part, part.variants[0], n)
        fields |= {"id": n, "is_bundled_product": True, "parent_order_product_id": line_id}
        yield line_document(0, quantity, tax, paid, fields)


def named(item: Product, variant: Variant, line_id: int) -> Document:
    """Return what an order line says about the product in it.

    Args:
        item: the product.
        variant: the form of it.
        line_id: of the line.
    """
    options = [product_option(n, line_id, *pair) for n, pair in enumerate(variant.choices, 1)]
    fields: Document = {
        "product_id": item.id,
        "variant_id": variant.id,
        "name": item.name,
        "sku": variant.sku,
        "upc": item.upc,
        "type": item.type,
        "brand": item.brand,
        "weight": item.weight,
        "option_set_id": 1 if options else None,
        "product_options": options,
    }
    return fields | _NOWHERE if item.type == "digital" else fields


def _odd_line(chance: Random, places: Document, tax: int, paid: Currency) -> Document:
    """Return a gift certificate, or a custom item that is in no catalogue."""
    fields = places | {
        "product_id": 0,
        "variant_id": 0,
        "name": "Engraving",
        "sku": "",
        "weight": money(0),
    }
    if likely(chance, 0.5):
        price = chance.randint(300, 2000) * CENT
        return line_document(paid.from_euro(price), 1, tax, paid, fields)
    fields |= _NOWHERE | {
        "type": "giftcertificate",
        "name": "Gift Certificate",
        "gift_certificate_id": places["id"],
    }
    price = chance.choice((25, 50, 100)) * 100 * CENT
    return line_document(paid.from_euro(price), 1, 0, paid, fields)


def _discounts(chance: Random, order_id: int, lines: list[Document], paid: Currency) -> Document:
    """Take something off the lines of some carts; return what was taken, `{}` for nothing."""
    if likely(chance, 0.12):
        percent, mark = 10, _COUPON
    elif likely(chance, 0.07):
        percent, mark = 5, _MANUAL
    else:
        return {}
    off = 0
    for line in lines:
        amount = share(units(line["total_inc_tax"]), percent, paid.step)
        if amount:
            discount_line(line, mark | {"amount": money(amount)})
            off += amount
    return {
        "id": order_id,
        "coupon_id": 1,
        "order_id": order_id,
        "code": mark["code"],
        "amount": f"{percent}.0000",
        "type": 1,
        "discount": number(off),
    }


def _shipping(
    chance: Random, document: Document, lines: list[Document], who: Person, paid: Currency
) -> None:
    """Charge a parcel, unless nothing has to be sent or it goes free."""
    sent = any(x["type"] == "physical" and not x["order_pickup_method_id"] for x in lines)
    if not sent or likely(chance, 0.3):
        return
    cost = paid.from_euro(chance.choice((490, 690, 950)) * CENT)
    tax = share(cost, who.place.tax, paid.step)
    document["base_shipping_cost"] = document["shipping_cost_ex_tax"] = money(cost)
    document["shipping_cost_inc_tax"] = money(cost + tax)
    document["shipping_cost_tax"] = money(tax)


def adopted(order_id: int, lines: list[Document]) -> list[Document]:
    """Return copies of `lines` that belong to an order: ids that are 0 are set."""
    taken = [line["id"] for line in lines if isinstance(line.get("id"), int)]
    next_id = max([order_id * LINES_PER_ORDER - 1, *taken]) + 1
    found = []
    for line in lines:
        copy = dict(line)
        if copy.get("id") == 0:
            copy["id"], next_id = next_id, next_id + 1
        if copy.get("order_id") == 0:
            copy["order_id"] = order_id
        if copy.get("order_address_id") == 0 and copy.get("type") == "physical":
            copy["order_address_id"] = (
                0 if copy.get("order_pickup_method_id") else order_id * 10 + 1
            )
        found.append(copy)
    return found


def edited(
    lines: list[Document], turn: int, new_line: Callable[..., Document], code: str
) -> list[Document]:
    """Return a cart's lines after its shopper changed something: which one goes by turns.

    Args:
        lines: what was in the cart.
        turn: how often carts were changed before: it decides what happens.
        new_line: makes a line.
        code: the currency of the cart.
    """
    if turn % 3 == 0 and len(lines) > 1 and not any(x["is_bundled_product"] for x in lines):
        return lines[:-1]
    if turn % 3 == 1 or not lines:
        return [*lines, new_line(name="Second Thought", price="7.00", currency_code=code)]
    first, *rest = lines
    return [_more(first), *rest]


def _more(line: Document) -> Document:
    """Return a line with one more of the same; parts of a bundle keep their number."""
    before = line["quantity"]
    named = ("base_total", "total_ex_tax", "total_inc_tax", "total_tax", "discounted_total_inc_tax")
    prices = ("base_price", "price_ex_tax", "price_inc_tax", "price_tax", "price_inc_tax")
    grown = {
        total: money(units(line[total]) + units(line[price]))
        for total, price in zip(named, prices, strict=True)
    }
    return line | grown | {"quantity": before + 1}
