"""The page in a real browser says by each choice what SQL says of the marts, on both engines."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tap_bigcommerce_carts.report.marts import Marts
from tap_bigcommerce_carts.report.page import write
from tests.support.browser import ReportPage
from tests.support.warehouse import funnel_rows
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.raw import address, fill
from tools.browser import chromium

AS_OF = datetime.fromisoformat("2026-06-15 12:00")
SETTLED = "2026-06-07"  # seven days have passed since all of it
BEGIN = datetime.fromisoformat("2026-02-01 00:00")
# By period, its first day and the first of the days before, if these are known.
PERIODS = {
    7: ("2026-06-01", "2026-05-25"),
    30: ("2026-05-09", "2026-04-09"),
    90: ("2026-03-10", None),
    0: ("2026-02-01", None),
}
CHOICES = [
    ("All storefronts", "EUR", 30),
    ("All storefronts", "All, in EUR", 7),
    ("All storefronts", "All, in EUR", 90),
    ("Channel 1", "All, in EUR", 0),
    ("Channel 2", "EUR", 0),
    ("Channel 1", "USD", 90),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def marts(engine: Engine, dbt: Dbt) -> Engine:
    """Build the marts of a store that sells in two currencies, and of one without orders."""
    chance = Random("page")  # noqa: S311 - draws a shop
    north = [_checkout(number, chance) for number in range(600)]
    # The first day of all is known of.
    north[0] |= {"date_created": BEGIN, "date_modified": BEGIN, "left": True}
    south = [_checkout(number, chance) | {"left": True} for number in range(20)]
    # The funnel's own rows, all of one store.
    carts, left, orders = (
        [row | {"store": "east"} for row in rows if row["store"] == "s"]
        for rows in (funnel_rows.CARTS, funnel_rows.ABANDONED_CARTS, funnel_rows.ORDERS)
    )
    fill(
        engine,
        carts=carts,
        abandoned_carts=[
            *(_left(row, "north") for row in north if row["left"]),
            *(_left(row, "south") for row in south),
            *left,
        ],
        abandoned_cart_line_items=[
            _line(row, number, chance) for row in north if row["left"] for number in (1, 2)
        ],
        orders=[*map(_order, filter(_is_sale, north)), *orders],
        store_logs=[_failure(number) for number in range(268)],
    )
    dbt(engine, "run", as_of=str(AS_OF), holdout_share=0.3, holdout_since=str(BEGIN))
    return engine


def _failure(number: int) -> dict[str, Any]:
    """Return what the log says every half day: of each kind a different part are problems."""
    return {
        "store": "north",
        "id": number + 1,
        "date_created": BEGIN + timedelta(hours=12 * number),
        "type": ("shipping", "payment", "shipping")[number % 3],
        "severity": 2 + number % 3 if number % 2 else 3,
    }


def _checkout(number: int, chance: Random) -> dict[str, Any]:
    """Draw a checkout; one in three is left, and one in four of these comes back."""
    made = BEGIN + timedelta(seconds=chance.randrange(134 * 86400))
    left = chance.random() < 0.34
    away = timedelta(seconds=chance.choice((600, 5000, 50_000, 200_000, 500_000)))
    came_back = left and chance.random() < 0.25
    code = chance.choice(("EUR", "EUR", "EUR", "USD"))
    return {
        "number": number,
        "left": left,
        "came_back": came_back and made + away < AS_OF,
        "back": made + away,
        "date_created": made,
        "date_modified": made,
        "channel_id": chance.choice((1, 1, 2)),
        "default_currency_code": code,
        "store_default_currency_code": "EUR",
        "store_default_to_transactional_exchange_rate": Decimal(1 if code == "EUR" else "1.25"),
        "total_inc_tax": Decimal(chance.randrange(100, 99_999)) / 100,
        "customer_id": chance.choice((None, chance.randrange(1, 40))),
        "customer_email": f"shopper{chance.randrange(400)}@example.com",
        "is_email_opt_in": True,
        "geoip_country_iso2": chance.choice(("DE", "AT", None)),
        "payment_method": chance.choice(("Card", "PayPal")),
        "shipping_cost_inc_tax": Decimal(chance.choice((0, 5, 90))),
        "handling_cost_inc_tax": Decimal(0),
        "is_tax_inclusive_pricing": True,
    }


_COPIED = (
    *("customer_email", "is_email_opt_in"),
    *("customer_id", "geoip_country_iso2", "payment_method", "is_tax_inclusive_pricing"),
    *("shipping_cost_inc_tax", "handling_cost_inc_tax", "channel_id"),
    *("default_currency_code", "store_default_currency_code", "total_inc_tax"),
    *("store_default_to_transactional_exchange_rate", "date_created", "date_modified"),
)


def _left(row: dict[str, Any], store: str) -> dict[str, Any]:
    number = row["number"]
    named = {"store": store, "id": str(number), "order_id": number, "cart_id": f"c{number}"}
    return named | {name: row[name] for name in _COPIED}


def _is_sale(row: dict[str, Any]) -> bool:
    return not row["left"] or row["came_back"]


def _order(row: dict[str, Any]) -> dict[str, Any]:
    order = {name: row[name] for name in _COPIED} | {
        "store": "north",
        "id": row["number"],
        "cart_id": f"c{row['number']}",
        "status_id": 11,
        "is_deleted": False,
    }
    return order | ({"date_modified": row["back"]} if row["left"] else {})


def _line(row: dict[str, Any], number: int, chance: Random) -> dict[str, Any]:
    product = chance.randrange(1, 30)
    return {
        "store": "north",
        "abandoned_cart_id": str(row["number"]),
        "id": 10 * row["number"] + number,
        "cart_date_modified": row["date_modified"],
        "product_id": product,
        "variant_id": 100 * product + chance.randrange(2),
        "name": f"Product {product}",
        "sku": f"P-{product}",
        "quantity": chance.randrange(1, 4),
        "total_inc_tax": Decimal(chance.randrange(100, 9999)) / 100,
        "is_bundled_product": False,
    }


@pytest.fixture(scope="module")
def shown(marts: Engine, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> ReportPage:
    file = tmp_path_factory.mktemp("page") / "report.html"
    write(Marts.read(address(marts), SCHEMA), file)
    return ReportPage(browser, file)


PARTS = (
    *("rates", "values", "funnel", "curve", "soon", "products", "storefronts"),
    *("recoverable", "remind", "lift", "problems"),
    *("countries", "prices", "returning", "hours", "extra", "extra_costs"),
)


class Chosen:
    """A choice: what the page says of it, and what SQL does."""

    def __init__(
        self, engine: Engine, shown: ReportPage, channel: str, currency: str, period: int
    ) -> None:
        self.engine = engine
        self.figures = shown.figures()
        self.sentence, self.said_of_days = shown.text("#sentence"), shown.text("#days")
        self.titles = {part: shown.text(f"#{part}-title") for part in PARTS}
        self.tables = {part: shown.table(part) for part in PARTS if shown.is_shown(part)}
        self.code = "EUR" if currency.startswith("All") else currency
        self.converts = currency.startswith("All")
        self.cell = "store = 'north'"
        if channel != "All storefronts":
            self.cell += f" and channel_id = {channel.removeprefix('Channel ')}"
        if not self.converts:
            self.cell += f" and currency_code = '{currency}'"
        first, before = PERIODS[period]
        self.days = f"between '{first}' and '{SETTLED if period else AS_OF.date()}'"
        self.days_before = f"between '{before}' and cast('{first}' as date) - 1" if before else None
        # A week can begin before the first day of all.
        self.cohorts = self.days if period else "is not null"
        self.step = "day" if period == 7 else "week"
        self.period = period

    def ask(self, columns: str, mart: str, day: str, days: str | None = None) -> dict[str, Any]:
        (row,) = self.engine.query(
            f"select {columns} from {SCHEMA}.{mart} where {self.cell} and {day} {days or self.days}"
        )
        return row

    def rows(self, columns: str, mart: str, where: str, more: str) -> Rows:
        return self.engine.query(
            f"select {columns} from {SCHEMA}.{mart} where {self.cell} and {where} {more}"
        )


DAILY = """
    sum(checkouts) as checkouts, sum(carts_abandoned) as carts, sum(carts_recovered) as recovered,
    sum(carts_lost) as lost, sum(carts_open) as still_open, sum(value_abandoned) as value,
    sum(value_recovered) as value_recovered, sum(value_lost) as value_lost,
    sum(value_open) as value_open, sum(recovered_order_value) as came_in
"""
CONVERTED = """
    sum(value_in_store_currency) as value,
    coalesce(sum(case when outcome = 'recovered' then value_in_store_currency end), 0)
        as value_recovered,
    coalesce(sum(case when outcome = 'lost' then value_in_store_currency end), 0) as value_lost,
    coalesce(sum(case when outcome = 'open' then value_in_store_currency end), 0) as value_open,
    coalesce(sum(case when outcome = 'recovered'
        then recovered_order_value_in_store_currency end), 0) as came_in
"""


def rounded(value: Any, places: int) -> Decimal:
    """Round as the page does: what is halfway goes away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def share(part: Any, whole: Any) -> str:
    """Write a share as the page does; JavaScript has floats."""
    return f"{rounded(100 * (float(part) / float(whole)), 1)}%" if whole else "none"


def money(value: Any, code: str, places: int = 0) -> str:
    return f"{code} {rounded(value, places):,}"


@pytest.fixture(scope="module")
def said(marts: Engine, shown: ReportPage) -> dict[tuple[str, str, int], Chosen]:
    """Choose each in turn, and keep all that the page says then."""
    found = {}
    for choice in CHOICES:
        channel, currency, period = choice
        shown.choose(store="north")
        shown.choose(channel=channel, currency=currency, period=period)
        found[choice] = Chosen(marts, shown, *choice)
    return found


@pytest.fixture(params=CHOICES, ids=lambda choice: " ".join(map(str, choice)))
def chosen(request: pytest.FixtureRequest, said: dict[tuple[str, str, int], Chosen]) -> Chosen:
    return said[request.param]


def sums(chosen: Chosen, days: str | None = None) -> dict[str, Any]:
    """Return the sums of the chosen days, or of others."""
    daily = chosen.ask(DAILY, "abandonment_daily", "day", days)
    if chosen.converts:
        daily |= chosen.ask(CONVERTED, "cart_outcomes", "abandoned_on", days)
    return daily


def test_the_figures_are_those_of_sql(chosen: Chosen) -> None:
    now, code = sums(chosen), chosen.code
    told = chosen.figures
    assert told["Checkouts left"][:2] == (
        share(now["carts"], now["checkouts"]),
        f"{now['carts']:,} of {now['checkouts']:,}",
    )
    assert told["Value left"][:2] == (money(now["value"], code), f"{now['carts']:,} carts")
    assert told["Carts that came back"][:2] == (
        share(now["recovered"], now["carts"]),
        f"{now['recovered']} of {now['carts']:,}",
    )
    assert told["Money that came in"][:2] == (
        money(now["came_in"], code),
        f"for carts worth {money(now['value_recovered'], code)}",
    )
    of = "of checkouts" if chosen.converts else f"of checkouts in {code}"
    assert chosen.sentence.startswith(
        f"{share(now['carts'], now['checkouts'])} {of} were left: "
        f"{money(now['value'], code)}, of which {money(now['value_recovered'], code)} came back"
    )
    (median,) = chosen.ask(
        "percentile_cont(0.5) within group (order by seconds_to_recover) as median",
        "cart_outcomes",
        "abandoned_on",
    ).values()
    assert told["Time to come back"][0] == duration(float(median))


def test_what_the_currency_leaves_out_is_said(chosen: Chosen) -> None:
    if chosen.converts:
        assert "other currencies" not in chosen.said_of_days
        return
    cell = chosen.cell.replace("currency_code =", "currency_code <>")
    ((others,),) = (
        row.values()
        for row in chosen.engine.query(
            f"""
            select sum(checkouts) from {SCHEMA}.abandonment_daily
            where {cell} and day {chosen.days}
            """
        )
    )
    assert others
    assert chosen.said_of_days.endswith(
        f"In {chosen.code} alone: {others:,} checkouts in other currencies are not in these "
        "figures."
    )


def duration(seconds: float) -> str:
    """Write a time as the page does."""
    for most, unit, length, places in (
        (90, "seconds", 1, 0),
        (90 * 60, "minutes", 60, 0),
        (48 * 3600, "hours", 3600, 1),
    ):
        if seconds < most:
            return f"{rounded(seconds / length, places)} {unit}"
    return f"{rounded(seconds / 86400, 1)} days"


def test_it_can_be_used_by_everybody_with_all_of_its_parts(shown: ReportPage) -> None:
    """As far as axe can tell, with every table open."""
    shown.choose(store="north")
    shown.choose(period=0)
    shown.drawn()
    for part in ("lift", "problems", "recoverable", "remind"):
        assert shown.is_shown(part)
    opened = "document.querySelectorAll('details').forEach((each) => each.open = {})"
    shown.page.evaluate(opened.format("true"))
    broken = [each["id"] for each in Axe().run(shown.page).response["violations"]]
    shown.page.evaluate(opened.format("false"))
    assert broken == []


def test_figures_are_compared_with_as_many_days_before(chosen: Chosen) -> None:
    told = {name: figure[2:] for name, figure in chosen.figures.items()}
    if chosen.days_before is None:
        assert set(told.values()) == {()}
        return
    now, was = sums(chosen), sums(chosen, chosen.days_before)
    now, was = ({name: float(value) for name, value in each.items()} for each in (now, was))
    points = 100 * (now["carts"] / now["checkouts"] - was["carts"] / was["checkouts"])
    both = (now["carts"] + was["carts"]) / (now["checkouts"] + was["checkouts"])
    chance = (both * (1 - both) * (1 / now["checkouts"] + 1 / was["checkouts"])) ** 0.5
    apart = abs(points) / 100 > 1.96 * chance
    assert told["Checkouts left"] == (changed(points, 1, " points", -1, apart=apart),)
    times = now["value"] / was["value"]
    apart = max(times, 1 / times) - 1 > 2.8 * (1 / now["carts"] + 1 / was["carts"]) ** 0.5
    assert told["Value left"] == (changed(100 * (times - 1), 0, "%", -1, apart=apart),)


def changed(by: float, places: int, unit: str, good: int, *, apart: bool) -> str:
    size = rounded(abs(by), places)
    if not size:
        return "= as before"
    said = f"{size}{unit} {'more' if by > 0 else 'less'}"
    if not apart:
        return f"≈ about the same ({said})"
    return f"{'▲' if by > 0 else '▼'} {said}: {'better' if by * good > 0 else 'worse'}"


def test_days_and_whole_weeks_are_those_of_sql(chosen: Chosen) -> None:
    step = f"cast(date_trunc('{chosen.step}', day) as date)"
    length = 1 if chosen.step == "day" else 7
    found = {
        str(row["first"]): row
        for row in chosen.rows(
            f"{step} as first, {DAILY}", "abandonment_daily", f"day {chosen.days}", "group by 1"
        )
    }
    told = {row[0]: row[1:] for row in chosen.tables["rates"]}
    assert told
    for first, row in told.items():
        of = found.pop(first, None)
        settled = (
            str((datetime.fromisoformat(first) + timedelta(days=length - 1)).date()) <= SETTLED
        )
        if of is None:
            assert row == ["0", "0", "none", "0", "0", "0", "none" if settled else "not settled"]
            continue
        assert row == [
            *(f"{of[name]:,}" for name in ("checkouts", "carts")),
            share(of["carts"], of["checkouts"]),
            *(f"{of[name]:,}" for name in ("recovered", "lost", "still_open")),
            share(of["recovered"], of["carts"]) if settled else "not settled",
        ]
    # What is left are the weeks that are in the period in part.
    assert len(found) <= (0 if length == 1 else 2)


def test_values_add_up_to_those_of_sql(chosen: Chosen) -> None:
    mart, day, columns = ("abandonment_daily", "day", DAILY)
    if chosen.converts:
        mart, day, columns = ("cart_outcomes", "abandoned_on", CONVERTED)
    step = f"cast(date_trunc('{'day' if chosen.period in (7, 30) else 'week'}', {day}) as date)"
    found = {
        str(row["first"]): row
        for row in chosen.rows(
            f"{step} as first, {columns}", mart, f"{day} {chosen.days}", "group by 1"
        )
    }
    names = ("value", "value_recovered", "value_lost", "value_open", "came_in")
    for first, *row in chosen.tables["values"]:
        of = found.pop(first.removesuffix(" (part)"), dict.fromkeys(names, 0))
        assert row == [money(of[name], chosen.code, 2) for name in names]
    assert not found


def test_the_bars_of_values_add_up_to_their_title(chosen: Chosen) -> None:
    left, back = (
        sum(Decimal(row[column].split()[1].replace(",", "")) for row in chosen.tables["values"])
        for column in (1, 2)
    )
    assert chosen.titles["values"].startswith(
        f"{money(back, chosen.code)} of {money(left, chosen.code)} came back"
    )


def test_the_funnel_is_that_of_sql(chosen: Chosen) -> None:
    now = sums(chosen)
    bought = now["checkouts"] - now["carts"] + now["recovered"]
    assert [row[:2] for row in chosen.tables["funnel"]] == [
        ["Payment reached", f"{now['checkouts']:,}"],
        ["Bought", f"{bought:,}"],
    ]


SOON = (3600, 6 * 3600, 86400, 2 * 86400, 7 * 86400, 28 * 86400, 10**9)


def test_how_soon_carts_came_back_is_that_of_sql(chosen: Chosen) -> None:
    up_to = [
        chosen.ask(
            f"count(case when seconds_to_recover <= {most} then 1 end) as n",
            "cart_outcomes",
            "abandoned_on",
        )["n"]
        for most in SOON
    ]
    bands = [up_to[0], *(now - was for was, now in pairwise(up_to))]
    assert [row[1] for row in chosen.tables["soon"]] == [str(each) for each in bands]


def test_products_and_their_variants_are_those_of_sql(chosen: Chosen) -> None:
    value = "value_in_store_currency" if chosen.converts else "value"
    cell = chosen.cell.replace("store", "carts.store", 1).replace("channel_id", "carts.channel_id")
    cell = cell.replace("currency_code", "carts.currency_code")

    def behind(by: str) -> dict[Any, list[str]]:
        rows = chosen.engine.query(
            f"""
            select {by} as name, count(distinct carts.cart_key) as carts,
                sum(quantity) as units, sum(lines.{value}) as value,
                count(distinct case when outcome = 'recovered' then carts.cart_key end) as recovered
            from {SCHEMA}.cart_outcome_lines as lines
            join {SCHEMA}.cart_outcomes as carts
                on carts.store = lines.store and carts.cart_key = lines.cart_key
            where {cell} and carts.abandoned_on {chosen.days} group by 1
            order by 2 desc, 3 desc, 1
            """
        )
        return {
            row["name"]: [
                *(str(row["carts"]), str(row["units"]), money(row["value"], chosen.code, 2)),
                share(row["recovered"], row["carts"]),
            ]
            for row in rows
        }

    products, variants = behind("lines.name"), behind("variant_id")
    told = chosen.tables["products"]
    assert {row[0]: row[2:] for row in told if not row[0].startswith("·")} == dict(
        list(products.items())[:10]
    )
    below = [row for row in told if row[0].startswith("·")]
    assert below
    for name, _, *rest in below:
        assert rest == variants[int(name.removeprefix("· variant "))]


def test_storefronts_are_those_of_sql(chosen: Chosen) -> None:
    if "channel_id" in chosen.cell:
        assert "storefronts" not in chosen.tables
        return
    rows = chosen.rows(
        f"channel_id, {DAILY}", "abandonment_daily", f"day {chosen.days}", "group by 1 order by 1"
    )
    told = {row[0]: row[1:6] for row in chosen.tables["storefronts"]}
    assert told == {
        f"Channel {row['channel_id']}": [
            f"{row['checkouts']:,}",
            f"{row['carts']:,}",
            share(row["carts"], row["checkouts"]),
            str(row["recovered"]),
            share(row["recovered"], row["carts"]),
        ]
        for row in rows
    }


# Each part, what it splits the checkouts by, and what is said of none.
SPLITS = {
    "countries": (
        "case country_iso2 when 'DE' then 'Germany' when 'AT' then 'Austria' end",
        "Unknown country",
    ),
    "prices": ("regexp_replace(price_band, '^[0-9]+: ', '')", ""),
    "returning": (
        "case when is_returning then 'Bought before' when not is_returning then 'New' end",
        "Not known who",
    ),
    "extra_costs": (
        """
        case
            when extra_cost_share = 0 then 'no extra costs'
            when extra_cost_share <= 0.05 then 'up to 5%'
            when extra_cost_share <= 0.1 then '5 to 10%'
            when extra_cost_share <= 0.2 then '10 to 20%'
            else 'more than 20%'
        end
        """,
        "",
    ),
}
SPLIT = """
    count(*) as checkouts,
    count(case when outcome <> 'placed' then 1 end) as carts,
    count(case when outcome = 'recovered' then 1 end) as recovered,
    coalesce(sum(case when outcome <> 'placed' then {value} end), 0) as value
"""


@pytest.mark.parametrize("part", SPLITS)
def test_what_checkouts_are_split_by_is_that_of_sql(chosen: Chosen, part: str) -> None:
    label, unknown = SPLITS[part]
    value = "value_in_store_currency" if chosen.converts else "value"
    rows = chosen.rows(
        f"{label} as label, {SPLIT.format(value=value)}",
        "checkouts",
        f"checkout_on {chosen.days}",
        "group by 1",
    )
    assert len(rows) > 1
    assert {row[0]: row[1:] for row in chosen.tables[part]} == {
        row["label"] or unknown: [
            *(f"{row['checkouts']:,}", f"{row['carts']:,}"),
            share(row["carts"], row["checkouts"]),
            str(row["recovered"]),
            share(row["recovered"], row["carts"]),
            money(row["value"], chosen.code, 2),
        ]
        for row in rows
    }


def test_hours_and_weekdays_are_those_of_sql(chosen: Chosen) -> None:
    rows = chosen.rows(
        "local_weekday, local_hour, count(*) as carts",
        "checkouts",
        f"outcome <> 'placed' and checkout_on {chosen.days}",
        "group by 1, 2",
    )
    found = {(row["local_weekday"], row["local_hour"]): str(row["carts"]) for row in rows}
    assert chosen.tables["hours"] == [
        [f"{hour}:00", *(found.get((weekday, hour), "0") for weekday in range(1, 8))]
        for hour in range(24)
    ]


def test_with_an_inbox_the_funnel_begins_where_carts_are_filled(
    shown: ReportPage, marts: Engine
) -> None:
    shown.choose(store="east")
    shown.choose(period=0)
    (row,) = marts.query(
        f"""
        select sum(carts_with_step) as filled, sum(reached_email) as email,
            sum(reached_address) as address, sum(reached_shipping) as shipping,
            sum(reached_payment) as payment, sum(reached_placed) as placed
        from {SCHEMA}.cart_funnel_daily where store = 'east' and carts_with_step > 0
        """
    )
    assert [line[:2] for line in shown.table("funnel")] == [
        ["Cart filled", str(row["filled"])],
        ["E-mail given", str(row["email"])],
        ["Address given", str(row["address"])],
        ["Shipping chosen", str(row["shipping"])],
        ["Payment reached", str(row["payment"])],
        ["Bought", str(row["placed"])],
    ]


def test_the_recovery_curve_is_that_of_the_mart(chosen: Chosen) -> None:
    """All days of the same carts: those of the weeks that are as old as the last."""
    if chosen.period == 7:
        assert "curve" not in chosen.tables
        return
    last = 7 if chosen.period == 30 else 30
    rows = chosen.rows(
        "days_since, sum(carts) as carts, sum(carts_recovered) as recovered",
        "recovery_curve as days",
        f"""
        days_since <= {last} and cohort_week {chosen.cohorts} and exists (
            select 1 from {SCHEMA}.recovery_curve as whole
            where whole.store = days.store and whole.cohort_week = days.cohort_week
                and whole.days_since = {last} and whole.is_complete
        )
        """,
        "group by 1 order by 1",
    )
    assert len(rows) == last + 1
    assert chosen.tables["curve"] == [
        [
            *(str(row["days_since"]), f"{row['carts']:,}", f"{row['recovered']:,}"),
            share(row["recovered"], row["carts"]),
        ]
        for row in rows
    ]
    shares = [float(row[3].rstrip("%")) for row in chosen.tables["curve"]]
    assert shares == sorted(shares)
    assert chosen.titles["curve"].endswith(
        f"{share(rows[-1]['recovered'], rows[-1]['carts'])} within {last} days"
    )


# Ranges are combined as the definition of `expected_low` says, with 1.96 to more places.
REACH = """
    (1.959963985 * sqrt(
        cast(sum(expected_variance) as double precision)
        + power(cast(sum(expected_share_error) as double precision), 2)
    ) + (1.959963985 * 1.959963985 - 1) / 6 * cast(max(largest_value) as double precision))
"""
EXPECTED = "cast(sum(expected_value) as double precision)"
WORTH = "cast(sum(value) as double precision)"
KNOWN = "case when sum(expected_value) is not null then"
LOW = f"{KNOWN} greatest(0, {EXPECTED} - {REACH}) end"
HIGH = f"{KNOWN} least({WORTH}, {EXPECTED} + {REACH}) end"


def test_what_may_still_come_in_is_that_of_the_mart(chosen: Chosen) -> None:
    rows = chosen.rows(
        f"""
        age_band, sum(carts) as carts, sum(carts_contactable) as contactable,
        sum(value) as value,
        sum(expected_value) as expected, {LOW} as low, {HIGH} as high
        """,
        "recoverable_value",
        "true",
        "group by age_order, age_band order by age_order",
    )
    # Several currencies have no sum in one.
    of_one = not chosen.converts
    assert chosen.tables["recoverable"] == [
        [
            *(row["age_band"], str(row["carts"]), str(row["contactable"])),
            *(
                money(row[name], chosen.code, 2) if of_one and row[name] is not None else "unknown"
                for name in ("value", "expected", "low", "high")
            ),
        ]
        for row in rows
    ]
    expected = [row for row in rows if row["expected"] is not None]
    assert expected or chosen.period != 0 or not of_one
    if of_one and expected:
        total, worth = (sum(row[name] for row in expected) for name in ("expected", "value"))
        ((low, high),) = (
            row.values()
            for row in chosen.rows(
                f"{LOW} as low, {HIGH} as high",
                "recoverable_value",
                "expected_value is not null",
                "",
            )
        )
        assert chosen.titles["recoverable"] == (
            f"{money(total, chosen.code)} is still to be expected "
            f"({money(low, chosen.code)} to {money(high, chosen.code)}) of carts worth "
            f"{money(worth, chosen.code)}"
        )


def test_extra_costs_are_the_mean_share_of_the_carts(chosen: Chosen) -> None:
    rows = chosen.rows(
        "outcome, count(*) as n, avg(cast(extra_cost_share as double precision)) as mean",
        "checkouts",
        f"extra_cost_share is not null and checkout_on {chosen.days}",
        "group by 1",
    )
    names = {"lost": "Lost", "open": "Still open", "recovered": "Came back"}
    assert {row[0]: row[1:] for row in chosen.tables["extra"]} == {
        names.get(row["outcome"], "Bought at once"): [f"{row['n']:,}", share(row["mean"], 1)]
        for row in rows
    }


def test_carts_to_remind_of_are_counted_without_those_held_out(chosen: Chosen) -> None:
    rows = chosen.rows(
        """
        case
            when hours_since < 24 then '0-24 h' when hours_since < 48 then '1-2 days'
            when hours_since < 168 then '2-7 days' else '7-30 days'
        end as age,
        count(case when not is_held_out then 1 end) as carts,
        count(case when not is_held_out and is_left_at_payment then 1 end) as at_payment,
        sum(case when not is_held_out then value else 0 end) as value,
        count(case when is_held_out then 1 end) as held_out
        """,
        "carts_to_remind",
        "true",
        "group by 1 order by min(hours_since)",
    )
    assert len(rows) > 1
    assert sum(row["held_out"] for row in rows)
    assert chosen.tables["remind"] == [
        [
            *(row["age"], str(row["carts"]), str(row["at_payment"])),
            "unknown" if chosen.converts else money(row["value"], chosen.code, 2),
            str(row["held_out"]),
        ]
        for row in rows
    ]


def test_what_reminders_bring_is_that_of_the_mart(chosen: Chosen) -> None:
    (row,) = chosen.engine.query(f"select * from {SCHEMA}.reminder_lift where store = 'north'")
    assert row["recovered_mailed"]
    assert chosen.tables["lift"] == [
        [
            name.replace("_", " "),
            str(row[f"shoppers_{name}"]),
            str(row[f"recovered_{name}"]),
            share(row[f"recovered_{name}"], row[f"shoppers_{name}"]),
        ]
        for name in ("mailed", "held_out")
    ]


def test_problems_of_the_log_are_those_of_the_mart(chosen: Chosen) -> None:
    rows = chosen.engine.query(
        f"""
        select kind, sum(problems) as problems from {SCHEMA}.store_problems_daily
        where store = 'north' and day {chosen.days} group by 1 order by 2 desc
        """
    )
    assert len(rows) == 2
    assert chosen.tables["problems"] == [[row["kind"], str(row["problems"])] for row in rows]


def test_stores_stand_side_by_side_and_are_never_added_up(shown: ReportPage, marts: Engine) -> None:
    shown.choose(store="north")
    shown.choose(period=30)
    north = sums(Chosen(marts, shown, "All storefronts", "All, in EUR", 30))
    told = {row[0]: row[1:] for row in shown.table("stores")}
    assert told["north"][:4] == [
        f"{north['checkouts']:,}",
        f"{north['carts']:,}",
        share(north["carts"], north["checkouts"]),
        money(north["value"], "EUR", 2),
    ]
    assert told["south"][0] == told["south"][2] == "unknown"


def test_of_a_store_without_orders_what_is_unknown_is_left_out_and_said(
    shown: ReportPage, marts: Engine
) -> None:
    shown.choose(store="south")
    shown.choose(period=0)
    ((carts,),) = [
        row.values()
        for row in marts.query(f"select count(*) from {SCHEMA}.cart_outcomes where store = 'south'")
    ]
    assert set(shown.figures()) == {"Carts left", "Value left"}
    assert "what became of them is not known" in shown.text("#sentence")
    assert carts == 20
    told = shown.absent()
    (line,) = (each for each in told if each.endswith(": the store's orders were not loaded."))
    for name in (
        *("Funnel", "Rates over time", "Recovery by days since", "Time to come back"),
        *("Still to be expected", "Carts to remind of", "What reminders bring"),
    ):
        assert name in line.split(":")[0].split("; ")
    assert "ettled" not in shown.text("#days") + shown.text("#since")
    shown.choose(currency="All, in EUR")
    values, countries = shown.table("values"), shown.table("countries")
    assert sum(int(row[1]) for row in values) == sum(int(row[1]) for row in countries) == 20
    assert sum(int(cell) for row in shown.table("hours") for cell in row[1:]) == 20
    assert shown.is_shown("prices")
    shown.drawn()
    assert shown.logged == []
