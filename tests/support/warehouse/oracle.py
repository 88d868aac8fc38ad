"""The marts worked out anew, in plain Python, from `transform/models/definitions.md` alone.

Nothing here is taken from the project's SQL: both have to be right.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.warehouse.engines import Rows

Row = dict[str, Any]
CANCELLED, DECLINED = 5, 6


@dataclass(frozen=True)
class Rules:
    """The dbt variables."""

    as_of: datetime
    lost_after_days: int = 7
    infer_recovery: bool = False
    not_sale_status_ids: tuple[int, ...] = (0, 5, 6)
    archived_are_sales: bool = False
    test_emails: tuple[str, ...] = ()
    time_zone: str = "UTC"
    price_bands: tuple[int, ...] = (25, 50, 100, 200, 500)


@dataclass(frozen=True)
class Try:
    """An order that was left at payment."""

    left_at: datetime
    order_id: int
    abandoned_cart_id: str | None
    row: Row


@dataclass(frozen=True)
class Return:
    """What a cart came back as."""

    at: datetime
    order_id: int | None
    is_same_order: bool = False
    is_inferred: bool = False


def plain(email: str | None) -> str | None:
    """Return an address as addresses are compared."""
    return (email or "").strip().lower() or None


def code(currency: str | None) -> str | None:
    """Return a currency's code as codes are compared."""
    return (currency or "").strip().upper() or None


def currency(order: Row) -> str | None:
    """Tell which currency an order's amounts are in."""
    if code(order["default_currency_code"]):
        return code(order["default_currency_code"])
    is_shown = order["currency_exchange_rate"] in (None, 1)
    return code(order["currency_code"]) if is_shown else None


def share(part: int, whole: int) -> Decimal | None:
    """Return a share to four places, halves up."""
    return Decimal((20000 * part + whole) // (2 * whole)) / 10000 if whole else None


def hours(seconds: float) -> Decimal:
    """Return seconds in hours to two places, halves up."""
    return Decimal(int((seconds + 18) // 36)) / 100


class Oracle:
    """One store.

    Args:
        tables: its rows by stream; `orders` and `carts` may be missing.
        rules: the variables.
    """

    def __init__(self, tables: dict[str, Rows], rules: Rules) -> None:
        self.rules = rules
        self.abandoned = tables["abandoned_carts"]
        self.orders = {row["id"]: row for row in tables["orders"]}
        self.inbox = {row["id"]: row for row in tables["carts"]}
        self.customers = {row["id"]: row for row in tables["customers"]}
        self.names = {
            table: {row["id"]: row["name"] for row in tables[table]}
            for table in ("channels", "customer_groups")
        }

    # Carts and orders

    def cart_of(self, order_id: int) -> str | None:
        """Tell which cart an order is of."""
        left = [row["cart_id"] for row in self.abandoned if row["order_id"] == order_id]
        made = [self.orders[order_id]["cart_id"]] if order_id in self.orders else []
        named = sorted(key for key, row in self.inbox.items() if row["order_id"] == order_id)
        return next((cart for cart in (*left, *made, *named) if cart), None)

    def key_of(self, order_id: int) -> str:
        """Tell the key of an order's cart."""
        return self.cart_of(order_id) or str(order_id)

    def is_sale(self, order: Row) -> bool:
        """Tell whether an order is a sale."""
        archived = order["is_deleted"] and not self.rules.archived_are_sales
        return order["status_id"] not in (0, *self.rules.not_sale_status_ids) and not archived

    def has_failed(self, order: Row) -> bool:
        """Tell whether an order was cancelled or declined."""
        status = order["status_id"]
        return status in (CANCELLED, DECLINED) and status in self.rules.not_sale_status_ids

    @cached_property
    def testers(self) -> set[str]:
        """Keys of testers' carts."""
        addresses = {plain(email) for email in self.rules.test_emails}
        customers = {key for key, row in self.customers.items() if plain(row["email"]) in addresses}
        people = [(self.key_of(row["order_id"]), row, "customer_email") for row in self.abandoned]
        people += [(self.key_of(key), row, "customer_email") for key, row in self.orders.items()]
        people += [(key, row, "email") for key, row in self.inbox.items()]
        return {
            key
            for key, row, email in people
            if plain(row[email]) in addresses or row["customer_id"] in customers
        }

    @cached_property
    def orders_of(self) -> dict[str, Rows]:
        """Orders by their cart, testers' left out."""
        found: defaultdict[str, Rows] = defaultdict(list)
        for number, row in self.orders.items():
            if self.key_of(number) not in self.testers:
                found[self.key_of(number)].append(row)
        return found

    @cached_property
    def tries(self) -> dict[str, list[Try]]:
        """What was left at payment, by cart, the one that tells of the cart last."""
        found: defaultdict[str, list[Try]] = defaultdict(list)
        seen = {row["order_id"] for row in self.abandoned}
        for row in self.abandoned:
            one = Try(row["date_modified"], row["order_id"], row["id"], row)
            found[self.key_of(row["order_id"])].append(one)
        for number, row in self.orders.items():
            if self.has_failed(row) and number not in seen:
                found[self.key_of(number)].append(Try(row["date_created"], number, None, row))
        return {
            key: sorted(each, key=lambda one: (one.left_at, one.order_id))
            for key, each in found.items()
            if key not in self.testers
        }

    # Who came back

    def by_inbox_alone(self, key: str) -> Return | None:
        """Tell what a cart was bought as, if the inbox alone knows."""
        row = self.inbox.get(key)
        if row is None or row["status"] != "converted" or self.orders_of.get(key):
            return None
        number = row["order_id"]
        if number is not None and self.key_of(number) != key:
            return None
        same = any(one.order_id == number for one in self.tries.get(key, []))
        return Return(row["converted_at"], number, is_same_order=same)

    def own_return(self, key: str) -> Return | None:
        """Tell which sale of its own brought a cart back that was left at payment."""
        tried = {one.order_id for one in self.tries[key]}
        sales = [
            Return(
                row["date_modified"] if row["id"] in tried else row["date_created"],
                row["id"],
                is_same_order=row["id"] in tried,
            )
            for row in self.orders_of.get(key, [])
            if self.is_sale(row)
        ]
        left_at = self.tries[key][-1].left_at
        ordered = sorted(sales, key=lambda sale: (sale.at < left_at, sale.at, sale.order_id))
        return ordered[0] if ordered else self.by_inbox_alone(key)

    @cached_property
    def returns(self) -> dict[str, Return]:
        """What carts left at payment came back as."""
        found = {key: back for key in self.tries if (back := self.own_return(key))}
        if not self.rules.infer_recovery:
            return found
        others = [
            row
            for key, rows in self.orders_of.items()
            for row in rows
            if key not in self.tries and self.is_sale(row)
        ]
        for sale in sorted(others, key=lambda row: (row["date_created"], row["id"])):
            when, who = sale["date_created"], self.shopper(sale)
            waiting = [
                (each[-1].left_at, key)
                for key, each in self.tries.items()
                if who and key not in found and self.shopper(each[-1].row) == who
            ]
            before = [(left_at, key) for left_at, key in waiting if left_at <= when]
            if not before:
                continue
            last = max(left_at for left_at, _ in before)
            if when - last < timedelta(days=self.rules.lost_after_days):
                key = min(key for left_at, key in before if left_at == last)
                found[key] = Return(when, sale["id"], is_inferred=True)
        return found

    # People

    def having(self, email: str | None) -> list[Row]:
        """List the customers with an address."""
        return [
            self.customers[key]
            for key in sorted(self.customers)
            if plain(email) and plain(self.customers[key]["email"]) == plain(email)
        ]

    def shopper(self, row: Row) -> str | None:
        """Tell who an order is from."""
        email = plain(row["customer_email"])
        known = [each["id"] for each in self.having(email)]
        for customer in (row["customer_id"], *known):
            if customer is not None:
                return f"customer {customer}"
        return f"guest {email}" if email else None

    def may_be_reminded(self, row: Row, *, ticked: bool | None) -> bool | None:
        """Tell whether somebody may be reminded."""
        if not plain(row["customer_email"]):
            return False
        same_address = self.having(row["customer_email"])
        own = self.customers.get(row["customer_id"])
        word = "accepts_product_review_abandoned_cart_emails"
        if any(each[word] is False for each in (*same_address, *([own] if own else []))):
            return False
        if row["customer_id"] is not None:
            return own[word] if own else None
        if same_address:
            return True if all(each[word] for each in same_address) else None
        return ticked

    # Money

    @cached_property
    def store_currency(self) -> str | None:
        """The store's own currency."""
        rows = [*self.abandoned, *self.orders.values()]
        named = [row for row in rows if code(row["store_default_currency_code"])]
        if named:
            latest = max(named, key=lambda row: row["date_modified"])
            return code(latest["store_default_currency_code"])
        rates: defaultdict[str | None, set[Decimal]] = defaultdict(set)
        for row in rows:
            rate = row["store_default_to_transactional_exchange_rate"]
            rates[currency(row)].add(Decimal(1) if rate is None else rate)
        for row in self.inbox.values():
            rates[code(row["currency_code"])].add(Decimal(1))
        at_par = [each for each, found in rates.items() if each and found == {Decimal(1)}]
        return at_par[0] if len(at_par) == 1 else None

    def rate(self, order: Row) -> Decimal | None:
        """Tell an order's rate from the store's currency to its own."""
        rate = order["store_default_to_transactional_exchange_rate"]
        if self.store_currency is None:
            return None
        if currency(order) == self.store_currency:
            return Decimal(1)
        if code(order["store_default_currency_code"]) == self.store_currency:
            return rate or None
        is_bare = code(order["store_default_currency_code"]) is None
        return rate if is_bare and rate and rate != 1 else None

    def in_store_currency(self, order: Row) -> Decimal | None:
        """Return an order's value in the store's currency."""
        rate, value = self.rate(order), order["total_inc_tax"]
        if rate is None or value is None:
            return None
        exact: Decimal = value / rate
        return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)

    def costs(self, order: Row) -> Row:
        """Tell what an order's value is made of."""
        value, extra = order["total_inc_tax"], self.extra_costs(order)
        return {
            "items_value": order["subtotal_ex_tax"],
            "shipping_cost": order["shipping_cost_ex_tax"],
            "handling_cost": order["handling_cost_ex_tax"],
            "tax": order["total_tax"],
            "discount": order["discount_amount"],
            "coupon_discount": order["coupon_discount"],
            "extra_costs": extra,
            "extra_cost_share": (extra / value).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            if extra is not None and value > 0
            else None,
            "price_band": self.price_band(value),
        }

    @staticmethod
    def extra_costs(order: Row) -> Decimal | None:
        """Return what was added to the prices that were shown."""
        shown_with, tax = order["is_tax_inclusive_pricing"], order["total_tax"]
        if shown_with is None and tax != 0:
            return None
        kind = "inc_tax" if shown_with else "ex_tax"
        parts = [order[f"{part}_cost_{kind}"] for part in ("shipping", "handling")]
        parts += [] if shown_with else [tax]
        return None if None in parts else sum(parts, Decimal(0))

    def price_band(self, value: Decimal) -> str:
        """Name the band that a value is in."""
        bounds = self.rules.price_bands
        place = sum(value >= bound for bound in bounds)
        if place == 0:
            return f"1: below {bounds[0]}"
        upper = f"to {bounds[place]}" if place < len(bounds) else "or more"
        return f"{place + 1}: {bounds[place - 1]} {upper}"

    def coupon_use(self, key: str, order: Row) -> str | None:
        """Tell whether a coupon took something off."""
        off, codes = order["coupon_discount"], self.inbox.get(key, {}).get("coupon_codes")
        if off is None:
            return None
        if off > 0:
            return "used"
        return "refused" if codes and "SPRING" in codes else "none"

    # Who, and when

    @cached_property
    def first_sales(self) -> dict[str, datetime]:
        """When each shopper first bought."""
        sold = [
            (self.shopper(row), row["date_created"])
            for rows in self.orders_of.values()
            for row in rows
            if self.is_sale(row)
        ]
        # The earliest comes last, and stays.
        ordered = sorted(sold, key=lambda each: each[1], reverse=True)
        return {who: at for who, at in ordered if who}

    def is_returning(self, key: str, shopper: str | None) -> bool | None:
        """Tell whether somebody had bought before a cart's checkout began."""
        if not self.orders or not shopper:
            return None
        first = self.first_sales.get(shopper)
        return first is not None and first < self.began_at(key)

    def local(self, moment: datetime) -> Row:
        """Tell when a moment was by the clocks of the time zone."""
        there = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.rules.time_zone))
        return {
            "local_hour": there.hour,
            "local_weekday": there.isoweekday(),
            "checkout_week": there.date() - timedelta(days=there.weekday()),
        }

    def checkout(self, key: str, order: Row, at: datetime) -> Row:
        """Tell what is told alike of carts that were left and of other sales.

        Args:
            key: the cart's.
            order: the one that tells of it.
            at: when it was left, or made.
        """
        shopper, group = self.shopper(order), None
        if order["customer_id"] in self.customers:
            group = self.customers[order["customer_id"]]["customer_group_id"]
        lines = order.get("line_item_count")
        seen = self.inbox.get(key, {})
        return {
            "cart_key": key,
            "checkout_at": at,
            "checkout_on": self.day(at),
            "value": order["total_inc_tax"],
            "currency_code": currency(order),
            "exchange_rate": self.rate(order),
            "value_in_store_currency": self.in_store_currency(order),
            "store_currency_code": self.store_currency,
            **self.costs(order),
            **self.local(at),
            "coupon_use": self.coupon_use(key, order),
            "items_total": order["items_total"],
            "line_item_count": seen.get("line_item_count") if lines is None else lines,
            "payment_method": order["payment_method"],
            "order_source": order["order_source"],
            "country_iso2": order["geoip_country_iso2"],
            "channel_id": order["channel_id"],
            "channel_name": self.names["channels"].get(order["channel_id"]),
            "customer_id": order["customer_id"],
            "customer_group_id": group,
            "customer_group_name": self.names["customer_groups"].get(group),
            "shopper_key": shopper,
            "is_returning": self.is_returning(key, shopper),
        }

    # The marts

    def day(self, moment: datetime) -> date:
        """Return the day of a moment."""
        zone = ZoneInfo(self.rules.time_zone)
        return moment.replace(tzinfo=UTC).astimezone(zone).date()

    def began_at(self, key: str) -> datetime:
        """Tell when the first order of a cart was made."""
        rows = [*self.orders_of.get(key, []), *(one.row for one in self.tries.get(key, []))]
        first: datetime = min(row["date_created"] for row in rows)
        return first

    @cached_property
    def cart_outcomes(self) -> dict[str, Row]:
        """The mart of that name, by cart."""
        return {key: self._outcome(key, tries) for key, tries in self.tries.items()}

    def _outcome(self, key: str, tries: list[Try]) -> Row:
        last, back = tries[-1], self.returns.get(key) if self.orders else None
        age = self.rules.as_of - last.left_at
        if not self.orders:
            outcome = "unknown"
        elif back:
            outcome = "recovered"
        else:
            outcome = "lost" if age >= timedelta(days=self.rules.lost_after_days) else "open"
        sale = self.orders.get(back.order_id) if back and back.order_id else None
        took = (back.at - last.left_at).total_seconds() if back else -1
        told = self.checkout(key, last.row, last.left_at)
        return {
            "abandoned_at": told.pop("checkout_at"),
            "abandoned_on": told.pop("checkout_on"),
            **told,
            "abandoned_cart_id": last.abandoned_cart_id,
            "order_id": last.order_id,
            "attempts": len(tries),
            "outcome": outcome,
            "began_at": self.began_at(key),
            "recovered_at": back.at if back else None,
            "seconds_to_recover": int(took) if took >= 0 else None,
            "hours_to_recover": hours(took) if took >= 0 else None,
            "recovering_order_id": back.order_id if back else None,
            "is_same_order": back.is_same_order if back else None,
            "is_inferred": back.is_inferred if back else False,
            "recovered_order_value": sale["total_inc_tax"] if sale else None,
            "recovered_order_currency_code": currency(sale) if sale else None,
            "recovered_order_value_in_store_currency": self.in_store_currency(sale)
            if sale
            else None,
            "is_contactable": self.may_be_reminded(
                last.row, ticked=last.row.get("is_email_opt_in")
            ),
        }

    @cached_property
    def checkouts(self) -> dict[str, Row]:
        """The mart of that name, by checkout."""
        told = {}
        for key, cart in self.cart_outcomes.items():
            last = self.tries[key][-1]
            ended = {name: cart[name] for name in _ENDED} | self.order_of(key)
            told[f"cart {key}"] = self.checkout(key, last.row, last.left_at) | ended
        for key, rows in self.orders_of.items():
            for row in rows:
                if self.is_sale(row) and key not in self.tries:
                    ended = dict.fromkeys(_ENDED) | {"order_id": row["id"], "outcome": "placed"}
                    ended["order_status_id"] = row["status_id"]
                    ended["order_payment_method"] = row["payment_method"]
                    at = row["date_created"]
                    told[f"order {row['id']}"] = self.checkout(key, row, at) | ended
        return told

    def order_of(self, key: str) -> Row:
        """Tell of the order that a cart left at payment came to, as it is today."""
        back = self.returns.get(key)
        number = back.order_id if back and back.order_id and not back.is_inferred else None
        order = self.orders.get(number or self.tries[key][-1].order_id, {})
        return {f"order_{name}": order.get(name) for name in ("status_id", "payment_method")}

    @cached_property
    def abandonment_daily(self) -> dict[tuple[Any, ...], Row]:
        """The mart of that name, by day, storefront and currency."""
        sales = [
            (row, key not in self.tries)
            for key, rows in self.orders_of.items()
            for row in rows
            if self.is_sale(row)
        ]
        carts, made = defaultdict(list), defaultdict(list)
        for cart in self.cart_outcomes.values():
            carts[cart["abandoned_on"], cart["channel_id"], cart["currency_code"]].append(cart)
        for row, is_other in sales:
            place = (self.day(row["date_created"]), row["channel_id"], currency(row))
            made[place].append((row, is_other))
        return {
            place: self._day(carts.get(place, []), made.get(place, [])) for place in {*carts, *made}
        }

    def _day(self, carts: Rows, made: list[tuple[Row, bool]]) -> Row:
        known = bool(self.orders)
        by = {name: [c for c in carts if c["outcome"] == name] for name in _OUTCOMES}
        checkouts = len(carts) + sum(is_other for _, is_other in made)
        took = [
            (cart["recovered_at"] - cart["abandoned_at"]).total_seconds()
            for cart in by["recovered"]
            if cart["recovered_at"] >= cart["abandoned_at"]
        ]
        told = {
            "carts_recovered": len(by["recovered"]),
            "carts_lost": len(by["lost"]),
            "carts_open": len(by["open"]),
            "orders_placed": len(made),
            "checkouts": checkouts,
            "abandonment_rate": share(len(carts), checkouts),
            "recovery_rate": share(len(by["recovered"]), len(carts)),
            "value_recovered": _sum(by["recovered"], "value"),
            "value_lost": _sum(by["lost"], "value"),
            "value_open": _sum(by["open"], "value"),
            "value_placed": _sum((row for row, _ in made), "total_inc_tax"),
            "median_hours_to_recover": hours(median(took)) if took else None,
        }
        return {
            "carts_abandoned": len(carts),
            "value_abandoned": _sum(carts, "value"),
            "is_outcome_known": known,
            **{name: value if known else None for name, value in told.items()},
        }

    @property
    def since(self) -> datetime | None:
        """When the inbox received its first event."""
        return min((row["first_received_at"] for row in self.inbox.values()), default=None)

    @cached_property
    def cart_funnel(self) -> dict[str, Row]:
        """The mart of that name, by cart."""
        sold = {
            key
            for key, rows in self.orders_of.items()
            if any(self.is_sale(row) and self.cart_of(row["id"]) for row in rows)
        }
        keys = {*(self.inbox.keys() - self.testers), *self.tries, *sold}
        return {key: self._in_funnel(key) for key in keys}

    def bought(self, key: str) -> Return | None:
        """Tell what a cart was bought as, left before or not."""
        if key in self.tries:
            return self.returns.get(key)
        sales = [row for row in self.orders_of.get(key, []) if self.is_sale(row)]
        if sales and self.cart_of(sales[0]["id"]):
            first = min(sales, key=lambda row: (row["date_created"], row["id"]))
            return Return(first["date_created"], first["id"])
        return self.by_inbox_alone(key)

    def _in_funnel(self, key: str) -> Row:
        seen, rows = self.inbox.get(key), self.orders_of.get(key, [])
        paying, back = self.cart_outcomes.get(key), self.bought(key)
        times = [self.began_at(key)] if rows or paying else []
        filled_at = min([*times, *([seen["created_time"]] if seen else [])])
        early = bool(self.since) and self.day(filled_at) >= self.day(self.since or filled_at)
        placed_at = None
        if back:
            told = seen and seen["status"] == "converted" and not back.is_inferred
            placed_at = seen["converted_at"] if seen and told else back.at
        outcome = self._ending(key, placed_at, early=early)
        reached = paying or rows or (seen and seen["status"] == "converted")
        return {
            "cart_key": key,
            "stage": "placed" if back else "payment" if reached else "filled",
            "step": "placed" if back else "payment" if reached else seen and seen["step"],
            **{name: seen and seen[name] for name in _TOLD_BY_CHECKOUT},
            "outcome": outcome,
            "is_inferred": back.is_inferred if back else False,
            "is_in_inbox": bool(seen),
            "filled_at": filled_at,
            "filled_on": self.day(filled_at),
            "left_at": self._left_at(key, outcome),
            "placed_at": placed_at,
            "order_id": back.order_id if back else None,
            **self._price(key, back),
        }

    def _ending(self, key: str, placed_at: datetime | None, *, early: bool) -> str:
        seen, rows, paying = self.inbox.get(key), self.orders_of.get(key), self.tries.get(key)
        if placed_at:
            left = seen["abandoned_at"] if seen and early else None
            return "recovered" if paying or (left and left < placed_at) else "placed"
        if paying and not self.orders and not seen:
            return "unknown"
        status = seen["status"] if seen else None
        if seen and status == "active":
            back = early and paying and seen["updated_time"] > paying[-1].left_at
            if back or not paying:
                return "open"
        beyond = any(row["status_id"] != 0 for row in rows or [])
        if paying or beyond or status == "converted":
            return "left_at_payment"
        if status == "deleted":
            return "emptied"
        return "left_at_payment" if rows else "left_before_payment"

    def _left_at(self, key: str, outcome: str) -> datetime | None:
        if outcome in ("placed", "open", "emptied"):
            return None
        if key in self.tries:
            return self.tries[key][-1].left_at
        rows, seen = self.orders_of.get(key), self.inbox.get(key)
        if outcome == "left_at_payment" and rows:
            return max(_last_sign(row) for row in rows)
        assert seen
        otherwise = "converted_at" if outcome == "left_at_payment" else "updated_time"
        moment: datetime = seen["left_at"] or seen[otherwise]
        return moment

    def _price(self, key: str, back: Return | None) -> Row:
        own = back and not back.is_inferred and back.order_id
        if own and own in self.orders:
            row = self.orders[own]
        elif key in self.tries:
            row = self.tries[key][-1].row
        elif rows := self.orders_of.get(key):
            row = max(rows, key=lambda row: (_last_sign(row), row["id"]))
        else:
            cart = self.inbox[key]
            return {
                "value": cart["cart_amount"],
                "currency_code": cart["currency_code"],
                "channel_id": cart["channel_id"],
            }
        return {
            "value": row["total_inc_tax"],
            "currency_code": currency(row),
            "channel_id": row["channel_id"],
        }

    @cached_property
    def cart_funnel_daily(self) -> dict[tuple[Any, ...], Row]:
        """The mart of that name, by day, storefront and currency."""
        found: defaultdict[tuple[Any, ...], Rows] = defaultdict(list)
        for cart in self.cart_funnel.values():
            place = (cart["filled_on"], cart["channel_id"], cart["currency_code"])
            found[place].append(cart)
        return {place: self._funnel_day(place[0], carts) for place, carts in found.items()}

    def _steps(self, day: date, carts: Rows) -> Row:
        """Count how far carts of a day came."""
        all_steps = [x["step"] for x in self.cart_funnel.values() if x["filled_on"] == day]
        early = [step for step in all_steps if step not in ("payment", "placed")]
        told = len(early) - early.count(None)
        is_known = self.since is not None and day >= self.day(self.since) and 2 * told >= len(early)
        reached = [_STEPS.index(cart["step"]) for cart in carts if cart["step"]]
        counts = {
            f"reached_{step}": sum(each >= number for each in reached)
            for number, step in enumerate(_STEPS)
        }
        counts["carts_with_step"] = counts.pop("reached_filled")
        steps = {name: count if is_known and told else None for name, count in counts.items()}
        if any(cart["outcome"] == "unknown" for cart in carts):
            steps["reached_placed"] = None
        return steps

    def _funnel_day(self, day: date, carts: Rows) -> Row:
        ends = [cart["outcome"] for cart in carts]
        early = self.since is not None and day >= self.day(self.since)
        known = "unknown" not in ends
        return {
            "is_early_stage_known": early,
            "is_outcome_known": known,
            "carts_filled": len(ends) if early else None,
            "left_before_payment": ends.count("left_before_payment") if early else None,
            "emptied": ends.count("emptied") if early else None,
            "still_open": ends.count("open") if early else None,
            "left_at_payment": ends.count("left_at_payment") if known else None,
            "placed": ends.count("placed") if known else None,
            "recovered": ends.count("recovered") if known else None,
            **self._steps(day, carts),
        }

    @cached_property
    def shoppers(self) -> dict[str, Row]:
        """The mart of that name, by shopper."""
        found: defaultdict[str, Rows] = defaultdict(list)
        for cart in self.cart_outcomes.values():
            if cart["shopper_key"]:
                found[cart["shopper_key"]].append(cart)
        return {key: self._shopper(carts) for key, carts in found.items()}

    def _shopper(self, carts: Rows) -> Row:
        ends = [cart["outcome"] for cart in carts]
        values = [cart["value_in_store_currency"] for cart in carts]
        known = [value for value in values if value is not None]
        latest = max(carts, key=lambda cart: (cart["abandoned_at"], cart["cart_key"]))
        return {
            "is_contactable": latest["is_contactable"],
            "is_returning": latest["is_returning"],
            "customer_group_name": next(
                (name for cart in carts if (name := cart["customer_group_name"])), None
            ),
            "carts_abandoned": len(carts),
            "carts_recovered": ends.count("recovered") if self.orders else None,
            "carts_lost": ends.count("lost") if self.orders else None,
            "carts_open": ends.count("open") if self.orders else None,
            "value_in_store_currency": sum(known) if known else None,
            "carts_without_rate": len(values) - len(known),
            "first_abandoned_at": min(cart["abandoned_at"] for cart in carts),
            "last_abandoned_at": latest["abandoned_at"],
        }

    @property
    def store_coverage(self) -> Row:
        """The mart of that name."""
        return {
            "store_currency_code": self.store_currency,
            "has_orders": bool(self.orders),
            "has_inbox": bool(self.inbox),
            "carts": len(self.tries),
            "orders": sum(map(len, self.orders_of.values())),
            "inbox_carts": len(self.inbox.keys() - self.testers),
            "inbox_since": self.since,
        }


def _last_sign(order: Row) -> datetime:
    moment: datetime = order["date_modified" if order["status_id"] == 0 else "date_created"]
    return moment


def _sum(rows: Iterable[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


_ENDED = (
    "order_id",
    "outcome",
    "seconds_to_recover",
    "recovered_order_value",
    "recovered_order_currency_code",
    "recovered_order_value_in_store_currency",
)
_TOLD_BY_CHECKOUT = ("shipping_options", "coupon_discount", "grand_total")
_STEPS = ("filled", "email", "address", "shipping", "payment", "placed")
_OUTCOMES = ("recovered", "lost", "open", "unknown")
