"""Random stores, in which many things happen at once."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.support.warehouse.engines import Rows
from tests.support.warehouse.funnel_rows import TESTER
from tests.support.warehouse.oracle import Row

START = datetime.fromisoformat("2026-03-20 12:00")
EMAILS = (None, "a@example.com", "B@example.com ", "b@example.com", TESTER)
_STEPS = ("filled", "email", "address", "shipping", "payment")
_CARTS = ("c0", "c1", "c2", "c3")


class Chance(Random):
    """Draws what happens in a store. Moments are few, so that many things happen at once."""

    names: str | None
    rate: Decimal | None

    def moment(self, after: datetime = START) -> datetime:
        """Draw a moment, at least as late as another."""
        return after + timedelta(hours=self.choice((0, 1, 13, 24, 72, 100, 168)))

    def seldom(self) -> bool:
        """Draw something that happens once in five times."""
        return self.random() < 0.2

    def store(self) -> dict[str, Rows]:
        """Draw a store's tables."""
        # With Multi-Currency, without it, and as API2Cart tells.
        self.names = self.choice(("EUR", "EUR", None, None, " "))
        self.rate = self.choice((None, Decimal(1), Decimal("1.6"), Decimal("0.7")))
        left = [self.left(number) for number in range(1, 9) if self.random() < 0.4]
        carts = {row["order_id"]: row["cart_id"] for row in left}
        made = [
            self.order(number, carts.get(number)) for number in range(1, 11) if self.random() < 0.6
        ]
        inbox = [self.in_inbox(name) for name in _CARTS if self.random() < 0.5]
        return {
            "abandoned_carts": left,
            "orders": [] if self.seldom() else made,
            "carts": [] if self.seldom() else inbox,
            "customers": [self.customer(number) for number in (1, 2, 3) if self.random() < 0.6],
            "channels": [] if self.seldom() else [{"id": 1, "name": "Shop"}],
            "customer_groups": [] if self.seldom() else [{"id": 3, "name": "Trade"}],
        }

    def left(self, number: int) -> Row:
        """Draw an Incomplete order."""
        row = self._order() | {"id": str(number), "order_id": number}
        row["cart_id"] = self.choice((None, *_CARTS))
        return row | {"line_item_count": self.choice((None, 1, 2))}

    def order(self, number: int, cart: str | None) -> Row:
        """Draw an order; as a rule of the cart that it was left as."""
        named = self.choice((None, *_CARTS)) if cart is None or self.seldom() else cart
        return self._order() | {
            "id": number,
            "cart_id": named,
            "status_id": self.choice((0, 0, 4, 5, 6, 10, 11, 11)),
            "is_deleted": self.seldom(),
        }

    def in_inbox(self, name: str) -> Row:
        """Draw a cart of the inbox."""
        created = self.moment()
        updated = self.moment(created)
        abandoned = self.choice((None, updated + timedelta(hours=1), created + timedelta(hours=1)))
        status = self.choice(
            ("active", "abandoned", "converted", "converted", "deleted", "expired")
        )
        if status in ("abandoned", "expired"):
            abandoned = updated + timedelta(hours=1)
        converted = self.moment(updated) if status == "converted" else None
        return {
            "id": name,
            "status": status,
            "created_time": created,
            "updated_time": updated,
            "abandoned_at": abandoned,
            "left_at": abandoned - timedelta(hours=1) if abandoned else None,
            "converted_at": converted,
            "order_id": self.choice((None, *range(1, 13))) if converted else None,
            "first_event_at": created,
            "first_received_at": self.moment(START + timedelta(hours=48)),
            "date_modified": converted or updated,
            "channel_id": self.choice((1, 2)),
            "currency_code": self.choice(("EUR", "USD")),
            "cart_amount": Decimal(self.randrange(1, 9)),
            "customer_id": self.choice((None, None, 1, 2)),
            "email": self.choice(EMAILS) if self.seldom() else None,
            "coupon_codes": self.choice((None, "[]", '["SPRING"]')),
            "line_item_count": self.choice((None, 1, 2)),
            "step": self.choice((None, None, *_STEPS)),
            "shipping_options": self.choice((None, 0, 3)),
            "coupon_discount": self.choice((None, Decimal(0), Decimal("1.5"))),
            "grand_total": self.choice((None, Decimal("12.34"))),
        }

    def customer(self, number: int) -> Row:
        """Draw a customer."""
        word = {"accepts_product_review_abandoned_cart_emails": self.choice((True, False, None))}
        email = self.choice(EMAILS) if self.random() < 0.7 else None
        group = {"customer_group_id": self.choice((3, 4, None))}
        return {"id": number, "email": email, "date_modified": START, **word, **group}

    def _money(self) -> Row:
        currency = self.choice(("EUR", "EUR", "USD"))
        rate = self.rate if currency == "USD" else self.choice((None, Decimal(1)))
        return {
            "default_currency_code": None if self.seldom() else currency,
            "currency_code": self.choice((currency, "JPY")),
            "currency_exchange_rate": self.choice((None, Decimal(1), Decimal("0.9"))),
            "store_default_currency_code": self.names,
            "store_default_to_transactional_exchange_rate": rate,
        }

    def _costs(self) -> Row:
        names = """subtotal_ex_tax shipping_cost_ex_tax shipping_cost_inc_tax handling_cost_ex_tax
            handling_cost_inc_tax total_tax discount_amount coupon_discount"""
        drawn: Row = {
            name: Decimal(self.choice((0, 0, 1, 333, 1250))) / 100 for name in names.split()
        }
        if self.seldom():
            drawn[self.choice(names.split())] = None
        return drawn | {
            "is_tax_inclusive_pricing": self.choice((True, False, None)),
            "items_total": self.choice((None, 1, 5)),
            "payment_method": self.choice((None, "Card", "Cash")),
            "order_source": self.choice((None, "www")),
            "geoip_country_iso2": self.choice((None, "DE", "JP")),
            "is_email_opt_in": self.choice((True, False, None)),
        }

    def _order(self) -> Row:
        created = self.moment()
        return {
            "date_created": created,
            "date_modified": self.moment(created),
            "channel_id": self.choice((1, 1, 2)),
            **self._money(),
            "total_inc_tax": Decimal(self.choice((0, 2500, self.randrange(-99, 9999)))) / 100,
            **self._costs(),
            "customer_id": self.choice((None, None, None, 1, 2, 4)),
            "customer_email": self.choice(EMAILS[:-1]) if not self.seldom() else TESTER,
        }


def random_stores(number: int) -> dict[str, dict[str, Rows]]:
    """Draw so many stores, the same each time; return the tables of each by its name."""
    chance = Chance("oracle")
    return {f"s{each:04}": chance.store() for each in range(number)}


def together(stores: dict[str, dict[str, Rows]]) -> dict[str, Rows]:
    """Return the tables of all stores as one load leaves them."""
    return {
        table: [{"store": name} | row for name, tables in stores.items() for row in tables[table]]
        for table in next(iter(stores.values()))
    }
