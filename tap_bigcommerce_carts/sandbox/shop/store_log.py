"""The store's own log: notices, shipping quotes that failed, payments that were refused.

https://developer.bigcommerce.com/docs/rest-management/store-logs
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random

from tap_bigcommerce_carts.sandbox.shop.dates import iso
from tap_bigcommerce_carts.sandbox.shop.people import PLACES
from tap_bigcommerce_carts.sandbox.shop.records import Document

KEPT = timedelta(days=365)
NOTICE, WARNING, ERROR = 2, 3, 4
# What is logged, of a hundred entries how many, and who writes it.
_KINDS = {
    "shipping": (46, "flat_rate", WARNING, "No shipping quote"),
    "payment": (34, "card_gateway", ERROR, "Payment refused"),
    "tax": (8, "tax_service", ERROR, "No tax estimate"),
    "general": (12, "export_only", NOTICE, "Export finished"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the store keeps it; `severity` is a number from 1 (success) to 4 (error)."""

    id: int
    type: str
    module: str
    severity: int
    summary: str
    message: str
    date_created: str


class StoreLog:
    """The log, oldest entry first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._last = 0

    def add(self, at: datetime, kind: str = "shipping", message: str = "") -> int:
        """Add an entry; return its id, which is higher than all before.

        Args:
            at: when it happened.
            kind: what it is about: a key of `_KINDS`.
            message: what happened.
        """
        _, module, severity, summary = _KINDS[kind]
        self._last += 1
        entry = Entry(self._last, kind, module, severity, summary, message, iso(at))
        self.entries.append(entry)
        return entry.id

    def forget(self, now: datetime) -> None:
        """Drop what is older than the store keeps it."""
        self.entries = [each for each in self.entries if each.date_created >= iso(now - KEPT)]

    def invent(self, chance: Random, since: datetime, until: datetime, count: int) -> None:
        """Add entries of a time, spread over it.

        Args:
            chance: draws them.
            since: where the time begins.
            until: where it ends.
            count: how many.
        """
        moments = sorted(since + (until - since) * chance.random() for _ in range(count))
        for moment in moments:
            (kind,) = chance.choices(list(_KINDS), [share for share, *_ in _KINDS.values()])
            shopper, place = chance.randint(1, 999), chance.choice(PLACES)
            where = f"{place.zip} {place.city}, {place.iso2}"
            self.add(moment, kind, f"Asked for by shopper{shopper}@example.com, {where}.")


def document(entry: Entry, severity: str | int) -> Document:
    """Return an entry as the API gives it, with its severity in some form."""
    return asdict(entry) | {"severity": severity}
