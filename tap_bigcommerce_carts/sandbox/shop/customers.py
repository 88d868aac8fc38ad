"""Registered customers and their address books: as documents, and drawn from the seed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.people import PLACES, Person, email, person
from tap_bigcommerce_carts.sandbox.shop.records import Customer, CustomerContent, Document


def customer_document(customer_id: int, who: Person) -> Document:
    """Return a customer without the parts that need an include; dates come when served."""
    return {
        "id": customer_id,
        "authentication": {"force_password_reset": False},
        "company": who.company,
        "customer_group_id": 0,
        "email": who.email,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "notes": "",
        "phone": who.phone,
        "registration_ip_address": "",
        "tax_exempt_category": "",
        "accepts_product_review_abandoned_cart_emails": True,
        "origin_channel_id": 1,
        "channel_ids": None,
    }


def customer_address(address_id: int, customer_id: int, who: Person) -> Document:
    """Return one entry of a customer's address book."""
    return {
        "id": address_id,
        "customer_id": customer_id,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "company": who.company,
        "address1": who.street,
        "address2": "",
        "city": who.place.city,
        "state_or_province": who.place.state,
        "postal_code": who.place.zip,
        "country": who.place.country,
        "country_code": who.place.iso2,
        "phone": who.phone,
        "address_type": "residential",
    }


def invented(chance: Random, now: datetime, count: int) -> Iterator[Customer]:
    """Yield customers 1 to `count`, registered in the three years before `now`."""
    for customer_id in range(1, count + 1):
        created = now - timedelta(minutes=chance.randint(200, 3 * 365 * 1440))
        age = (now - created).total_seconds()
        modified = created + timedelta(seconds=int(age * chance.random()))
        yield Customer(customer_id, created, modified, draw)


def draw(customer: Customer) -> CustomerContent:
    """Return a seeded customer's documents."""
    chance = dice("customer", customer.id)
    who = person(email("customer", customer.id))
    count = 12 if customer.id % 500 == 0 else chance.choices((0, 1, 2, 3), (15, 60, 18, 7))[0]
    document = customer_document(customer.id, who) | {
        "customer_group_id": chance.choices((0, 1, 2), (80, 15, 5))[0],
        "accepts_product_review_abandoned_cart_emails": likely(chance, 0.55),
        "registration_ip_address": who.ip if likely(chance, 0.7) else "",
        "channel_ids": [1, 2] if likely(chance, 0.1) else None,
    }
    credit = [{"amount": 12.5}] if likely(chance, 0.03) else []
    return CustomerContent(
        document,
        addresses=address_book(customer.id, who, count),
        store_credit_amounts=credit,
    )


def address_book(customer_id: int, who: Person, count: int) -> list[Document]:
    """Return `count` addresses of a customer; the first is where they live."""
    return [
        customer_address(customer_id * 100 + n, customer_id, who)
        | ({"city": PLACES[n % len(PLACES)].city} if n else {})
        for n in range(count)
    ]
