"""Customers as the API serves them.

https://developer.bigcommerce.com/docs/rest-management/customers
"""

from tap_bigcommerce_carts.sandbox.responses import encode
from tap_bigcommerce_carts.sandbox.shop.records import Customer, Document

MOST_INCLUDED_ADDRESSES = 10  # likewise for attributes


def customer_bytes(customer: Customer, include: frozenset[str]) -> bytes:
    """Return a customer as JSON; encoded once for each set of includes until it changes."""
    found = customer.served.get(include)
    if found is None:
        found = customer.served[include] = encode(customer_view(customer, include))
    return found


def customer_view(customer: Customer, include: frozenset[str]) -> Document:
    """Return a customer as the API would serve it. Fields set by hand win over everything."""
    content = customer.content
    view = customer.stamps
    forms = "formfields" in include
    if "addresses" in include:
        addresses = content.addresses[:MOST_INCLUDED_ADDRESSES]
        view["addresses"] = [a | {"form_fields": []} if forms else a for a in addresses]
    if "attributes" in include:
        view["attributes"] = content.attributes[:MOST_INCLUDED_ADDRESSES]
    if "storecredit" in include:
        view["store_credit_amounts"] = content.store_credit_amounts
    if forms:
        view["form_fields"] = content.form_fields
    return view | content.document
