"""Puts figures, charts and words together into one HTML file, which needs no network."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import defaultdict
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tap_bigcommerce_carts.report import cells, charts, checks
from tap_bigcommerce_carts.report.marts import PERIODS

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.report.marts import Marts, Rows

_ROOM = "tap_bigcommerce_carts.report"
# In the order in which they run.
_SCRIPTS = ("figures.js", "words.js", "chance.js", "parts.js", "page.js")
# The words that the page uses, as the definitions name them; the others are for analysts.
_TITLES = {
    "abandoned_cart": "Abandoned cart",
    "checkouts": "Checkouts",
    "abandonment_rate": "Share of checkouts that were left",
    "recovered": "Came back",
    "recovery_rate": "Share that came back",
    "hours_to_recover": "Time to come back",
    "lost": "Lost",
    "open": "Still open",
    "unknown": "Unknown",
    "value": "Value",
    "recovered_order_value": "Money that came in",
    "value_in_store_currency": "Value in the store's currency",
    "is_contactable": "May be reminded",
    "sale": "Sale",
    "filled_cart": "Filled cart",
    "step": "Step of the checkout",
    "recovered_by_then": "Came back by a day",
    "expected_value": "Still to be expected",
    "to_remind": "Carts to remind of",
    "holdout_group": "Mailed and held out",
    "lift": "What reminders bring",
    "customer_group_name": "Customer group",
    "country_iso2": "Country",
    "local_hour": "Hour of the day",
    "extra_costs": "Extra costs",
    "extra_cost_share": "Share of extra costs",
    "price_band": "Price band",
    "is_returning": "New and returning shoppers",
    "coupon_use": "Use of coupons",
    "problems": "Problems in the store's log",
}
# Also in docs/manager.md; chance.js works it out.
SAME = (
    "What chance alone does is no change. Shares are about the same if a test of two proportions, "
    "or of as many as there are (chi-squared), cannot tell them apart at 95%. Amounts are if the "
    "larger is above the smaller by less than 2.8 times √(1/carts now + 1/carts before), which is "
    "40% of 100 carts each and 4% of 10,000. Times are if, by the same test of shares, as many of "
    "both periods took longer than the middle of all. Fewer than 30 checkouts are few: they are "
    "shown faintly."
)


def write(marts: Marts, output: Path) -> None:
    """Write the page.

    Raises:
        OutputError: an amount is too large to be added up exactly.

    Args:
        marts: what was read of a warehouse.
        output: the HTML file, which is replaced.
    """
    scripts = [charts.library(), *map(_text, _SCRIPTS)]
    page = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            marts=marts,
            rules=marts.rules,
            periods=PERIODS,
            plain=_plain(marts.found["days"]),
            definitions=definitions(),
            same=SAME,
            complete=checks.complete(marts.stores),
            complete_by_store=checks.by_store(marts.stores),
            warnings=[*warnings(marts), *checks.troubles(marts.stores)],
            data=_json(cells.document(marts)),
            charts=_json(charts.specifications()),
            scripts=[_inside_html(each) for each in scripts],
            hashes=[_hash(_inside_html(each)) for each in scripts],
        )
    )
    _put(page, output.resolve())


def _put(page: str, output: Path) -> None:
    """Write the file at once, for whoever looks at the one before meanwhile."""
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.exists() and not output.is_file():
        # Standard output, say, cannot be replaced; of a folder it tells what is wrong.
        output.write_text(page, encoding="utf-8")
        return
    new = output.with_name(f".{output.name}.new")
    new.write_text(page, encoding="utf-8")
    new.replace(output)


def definitions() -> list[dict[str, str]]:
    """Return what the page's words mean, as the tables' own descriptions say it."""
    told: dict[str, str] = json.loads(_text("definitions.json"))
    return [
        {"name": name, "title": title, "text": _marked_up(told[name])}
        for name, title in _TITLES.items()
    ]


def _marked_up(markdown: str) -> Markup:
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(markdown))))  # noqa: S704 - escaped before


def warnings(marts: Marts) -> list[str]:
    """Return sentences about what cannot be known from what was loaded."""
    if not marts.stores:
        return ["No abandoned carts and no sales were loaded."]
    known = {
        row["store"] for name in ("days", "funnel", "steps") for row in marts.found.get(name, [])
    }
    found = [
        f"No orders of {row['store']} were loaded: its rates, and what became of its carts, are "
        "unknown, which is not zero."
        for row in marts.stores
        if row["store"] in known and not row["has_orders"]
    ]
    found += [
        f"{row['carts_without_rate']:,} of {row['carts']:,} carts of {row['store']} have no "
        "value in the store's currency: what they are worth, if known, is told in their own."
        for row in marts.stores
        if row["carts_without_rate"]
    ]
    return found


def _plain(days: Rows) -> list[dict[str, Any]]:
    """Return the sums of all days by store and currency, for those who run no scripts."""
    groups: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in days:
        groups[row["store"], row["currency_code"] or "unknown currency"].append(row)
    return [
        {
            "store": store,
            "checkouts": _added(rows, "checkouts", ",.0f"),
            "carts": _added(rows, "carts", ",.0f"),
            "value": _added(rows, "value", ",.2f", code),
            "recovered": _added(rows, "value_recovered", ",.2f", code),
        }
        for (store, code), rows in sorted(groups.items())
    ]


def _added(rows: Rows, name: str, form: str, code: str = "") -> str:
    """Write a sum; what is not known of some row is not known of all."""
    values = [row[name] for row in rows]
    if None in values:
        return "unknown"
    return f"{sum(map(Decimal, values)):{form}} {code}".strip()


@cache
def _text(name: str) -> str:
    return files(_ROOM).joinpath(name).read_text(encoding="utf-8")


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_ROOM, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _json(value: Any) -> str:
    """Write JSON that cannot end the script it stands in."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _inside_html(script: str) -> str:
    """Return a script that cannot end the element it stands in."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _hash(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
