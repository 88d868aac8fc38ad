"""Invented shoppers and the places they live in."""

from dataclasses import dataclass
from functools import lru_cache

from tap_bigcommerce_carts.sandbox.shop.dice import digest

FIRST = (
    *("Ada", "Nils", "Maren", "Tomas", "Ines", "Ravi", "Yuki", "Leo", "Clara", "Otto", "Mina"),
    *("Sofia", "Hugo", "Freya", "Jonas", "Zoë", "Emil", "Nora", "Pia", "Ken", "Aiko", "Bram"),
)
LAST = (
    *("Fjord", "Berg", "Lind", "Marsh", "Quill", "Okada", "Brook", "Vale", "Heath", "Møller"),
    *("Stone", "Reed", "Field", "Winter", "Sommer", "Hale", "Dahl", "Frost", "Lake", "O'Moor"),
)
STREETS = ("Quay Road", "Mill Lane", "Birch Street", "Harbour Walk", "Station Row", "Hill Path")
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")


@dataclass(frozen=True, slots=True)
class Place:
    """A town, with what a store derives from it. `tax` is in percent."""

    city: str
    state: str
    zip: str
    country: str
    iso2: str
    currency: str
    locale: str
    tax: int


PLACES = (
    Place("Bremen", "Bremen", "28195", "Germany", "DE", "EUR", "de", 19),
    Place("Utrecht", "Utrecht", "3511", "Netherlands", "NL", "EUR", "nl", 21),
    Place("Nantes", "Pays de la Loire", "44000", "France", "FR", "EUR", "fr", 20),
    Place("Porto", "Porto", "4000-001", "Portugal", "PT", "EUR", "pt-PT", 23),
    Place("Galway", "Galway", "H91 A0A0", "Ireland", "IE", "EUR", "en", 23),
    Place("Portland", "Oregon", "97201", "United States", "US", "USD", "en-US", 0),
    Place("Austin", "Texas", "78701", "United States", "US", "USD", "en-US", 8),
    Place("Leeds", "West Yorkshire", "LS1 1AA", "United Kingdom", "GB", "GBP", "en", 20),
    Place("Malmö", "Skåne", "211 20", "Sweden", "SE", "SEK", "sv", 25),
    Place("Kobe", "Hyogo", "650-0001", "Japan", "JP", "JPY", "ja", 10),
)
_WEIGHTS = (26, 18, 16, 6, 6, 8, 6, 7, 5, 2)  # shoppers of each place in a hundred
_HOMES = tuple(x for x, count in zip(PLACES, _WEIGHTS, strict=True) for _ in range(count))


@dataclass(frozen=True, slots=True)
class Person:
    """One shopper; registered or guest is the caller's business."""

    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    street: str
    ip: str
    place: Place


def email(kind: str, number: int) -> str:
    """Return the address of shopper `number` of a `kind` ("customer" or "guest")."""
    return f"{kind}{number}@example.{'com' if number % 3 else 'org'}"


@lru_cache(maxsize=10_000)
def person(address: str) -> Person:
    """Return the shopper who uses an e-mail address: always the same one."""
    drawn = digest(address)
    return Person(
        first_name=FIRST[drawn[0] % len(FIRST)],
        last_name=LAST[drawn[1] % len(LAST)],
        email=address,
        phone=f"+00 555 {drawn[2]:03d}{drawn[3]:03d}" if drawn[4] % 5 else "",
        company="Lantern Works" if drawn[5] % 12 == 0 else "",
        street=f"{1 + drawn[6] % 99} {STREETS[drawn[7] % len(STREETS)]}",
        ip=f"{NETWORKS[drawn[8] % len(NETWORKS)]}.{1 + drawn[9] % 254}",
        place=_HOMES[int.from_bytes(drawn[10:14]) % len(_HOMES)],
    )
