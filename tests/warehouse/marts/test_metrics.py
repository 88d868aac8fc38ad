"""Each metric is what the marts say, on both engines, by whatever it is grouped."""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.funnel_rows import HEARD_OF, NOT_HEARD_OF, order
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.metrics import MetricFlow
from tests.support.warehouse.random_stores import random_stores, together
from tests.support.warehouse.raw import fill
from tools.documents.definitions import definitions

AS_OF = "2026-03-31 12:00:00"
# How the marts' columns are grouped, and how MetricFlow is told to.
GROUPS = {
    "store": ["store"],
    "store, currency_code": ["store", "checkout__currency_code"],
    "month, store": ["metric_time__month", "store"],
    "channel_id": ["checkout__channel_id"],
}
# In the store's currency, which abandonment_daily has no sums of.
BY_STORE = ["store"]
LEFT_ALONE = "sum(carts_abandoned) filter (where is_outcome_known)"
DAILY = {
    "checkouts": "sum(checkouts)",
    "carts_abandoned": "sum(carts_abandoned)",
    "carts_of_known_outcome": LEFT_ALONE,
    "carts_recovered": "sum(carts_recovered)",
    "carts_lost": "sum(carts_lost)",
    "carts_open": "sum(carts_open)",
    "abandonment_rate": f"1.0 * {LEFT_ALONE} / nullif(sum(checkouts), 0)",
    "recovery_rate": f"1.0 * sum(carts_recovered) / nullif({LEFT_ALONE}, 0)",
}
# Amounts, where all are of one currency.
AMOUNTS = {
    "value_abandoned": "sum(value_abandoned)",
    "value_recovered": "sum(value_recovered)",
    "value_lost": "sum(value_lost)",
    "value_open": "sum(value_open)",
    "value_recoverable": "sum(value_lost) + sum(value_open)",
}
CARTS = {
    "carts_with_value": "count(value)",
    "carts_without_rate": "count(*) - count(value_in_store_currency)",
    "average_hours_to_recover": "avg(seconds_to_recover) / 3600.0",
    "median_hours_to_recover": "percentile_cont(0.5) within group (order by seconds_to_recover)"
    " / 3600.0",
}
# By age, of carts that did not come back.
WAITING = {"value_recoverable": "sum(value)"}
OWN = {"average_abandoned_value": "avg(value)"}
# Of stores whose currency is known; where outcomes are, no cart that came back is a sum of zero.
BACK = "filter (where outcome = 'recovered')"
KNOWN = "count(store_currency_code) > 0 and count(*) filter (where outcome <> 'unknown') > 0"
NO_MONEY = f"count(*) {BACK} - count(recovered_order_value_in_store_currency) {BACK}"
STORES_OWN = {
    "value_abandoned_in_store_currency": "sum(value_in_store_currency)",
    "value_recovered_in_store_currency": f"case when {KNOWN} then"
    f" coalesce(sum(value_in_store_currency) {BACK}, 0) end",
    "value_lost_in_store_currency": f"case when {KNOWN} then"
    " coalesce(sum(value_in_store_currency) filter (where outcome = 'lost'), 0) end",
    "value_open_in_store_currency": f"case when {KNOWN} then"
    " coalesce(sum(value_in_store_currency) filter (where outcome = 'open'), 0) end",
    "value_recoverable_in_store_currency": f"case when {KNOWN} then"
    " coalesce(sum(value_in_store_currency) filter (where outcome in ('lost', 'open')), 0) end",
    "came_in_in_store_currency": f"case when {KNOWN} and {NO_MONEY} = 0 then"
    f" coalesce(sum(recovered_order_value_in_store_currency) {BACK}, 0) end",
    "recoveries_without_money": NO_MONEY,
}
STEPS = ("email", "address", "shipping", "payment", "placed")
PLACED = "sum(placed + recovered) filter (where is_early_stage_known)"
FILLED = "sum(carts_filled) filter (where is_outcome_known)"
WITH_STEP = "sum(carts_with_step) filter (where is_outcome_known)"
FUNNEL = {
    "carts_filled": "sum(carts_filled)",
    "carts_placed": PLACED,
    "carts_filled_of_known_outcome": FILLED,
    "funnel_conversion": f"1.0 * {PLACED} / nullif({FILLED}, 0)",
    "carts_with_step": "sum(carts_with_step)",
    "carts_with_step_of_known_outcome": WITH_STEP,
    **{f"reached_{step}": f"sum(reached_{step})" for step in STEPS},
    **{
        f"share_reached_{step}": f"1.0 * sum(reached_{step}) / nullif(sum(carts_with_step), 0)"
        for step in STEPS[:-1]
    },
    "share_reached_placed": f"1.0 * sum(reached_placed) / nullif({WITH_STEP}, 0)",
}
BOUGHT = ["funnel_conversion", "share_reached_placed"]
DAYS = f"(select *, date_trunc('month', day) as month from {SCHEMA}.abandonment_daily) as d"
LEFT = (
    f"(select *, date_trunc('month', abandoned_on) as month from {SCHEMA}.cart_outcomes) as carts"
)
# Days on which an order alone was made or brought a cart back have no checkout.
ANY = "having sum(carts_abandoned) > 0 or sum(checkouts) > 0"
Asked = tuple[dict[str, str], str, str, list[str], str]
QUESTIONS: dict[str, Asked] = {
    **{f"counts by {by}": (DAILY, DAYS, by, how, ANY) for by, how in GROUPS.items()},
    **{f"carts by {by}": (CARTS, LEFT, by, how, "") for by, how in GROUPS.items()},
    "amounts by currency": (
        AMOUNTS,
        DAYS,
        "store, currency_code",
        GROUPS["store, currency_code"],
        ANY,
    ),
    "recoverable by currency": (
        WAITING,
        f"{SCHEMA}.recoverable_value",
        "store, currency_code",
        GROUPS["store, currency_code"],
        "",
    ),
    "average by currency": (
        OWN,
        LEFT,
        "store, currency_code",
        GROUPS["store, currency_code"],
        "",
    ),
    "in the store's currency": (STORES_OWN, LEFT, "store", BY_STORE, ""),
    "funnel": (FUNNEL, f"{SCHEMA}.cart_funnel_daily", "store", BY_STORE, ""),
    "amounts by store": (AMOUNTS, DAYS, "store", BY_STORE, ANY),
}
# The daily table's own columns, and to how many places they are rounded.
ROW = ["store", "metric_time__day", "checkout__channel_id", "checkout__currency_code"]
COLUMNS = {
    **dict.fromkeys(("checkouts", "carts_abandoned", "carts_recovered", "carts_lost"), 0),
    **dict.fromkeys(("abandonment_rate", "recovery_rate", *list(AMOUNTS)[:4]), 4),
    "median_hours_to_recover": 2,
}


@pytest.fixture(scope="module")
def metricflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricFlow]:
    """Return MetricFlow."""
    with closing(MetricFlow(tmp_path_factory.mktemp("metricflow"))) as running:
        yield running


@pytest.fixture(scope="module")
def told(engine: Engine, dbt: Dbt, metricflow: MetricFlow) -> dict[str, Any]:
    """Build the marts of many stores; return what MetricFlow answers, by question."""
    tables = together(random_stores(40))
    tables["carts"] += HEARD_OF + [row | {"store": "v"} for row in HEARD_OF]
    tables["abandoned_carts"] += NOT_HEARD_OF
    tables["orders"].append(order("heard of", 13, store="v"))
    fill(engine, **tables)
    dbt(engine, "run", as_of=AS_OF)
    queries = [([*metrics], how) for metrics, _, _, how, _ in QUESTIONS.values()]
    answer = metricflow(
        engine, [*queries, ([*COLUMNS], ROW), ([*AMOUNTS, "currencies"], []), (BOUGHT, [])]
    )
    names = [*QUESTIONS, "daily rows", "amounts of all", "funnel of all"]
    rows = dict(zip(names, answer["rows"], strict=True))
    return {"rows": rows, "metrics": answer["metrics"]}


def plain(value: Any) -> Any:
    """Return a group's value, or a figure, as either side tells it."""
    if value is None or isinstance(value, str):
        return value and value.removesuffix(" 00:00:00")
    try:
        return round(float(value), 6)
    except (TypeError, ValueError):
        return plain(str(value).partition("+")[0])


def by_group(
    rows: Rows, groups: Iterable[str], metrics: Iterable[str]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the figures of each group."""
    return {
        tuple(plain(row[name]) for name in groups): tuple(plain(row[name]) for name in metrics)
        for row in rows
    }


@pytest.mark.parametrize("question", [each for each in QUESTIONS if each != "amounts by store"])
def test_a_metric_is_what_the_marts_say(
    engine: Engine, told: dict[str, Any], question: str
) -> None:
    metrics, mart, by, how, having = QUESTIONS[question]
    columns = ", ".join(f"{sql} as {name}" for name, sql in metrics.items())
    rows = engine.query(f"select {by}, {columns} from {mart} group by {by} {having}")
    expected = by_group(rows, by.split(", "), metrics)
    found = by_group(told["rows"][question], how, metrics)
    assert {group: found[group] for group in expected} == expected
    # Groups of nothing but sales have no carts to tell of, nor those whose carts all came back.
    assert set(expected) == set(found) or mart == LEFT or metrics is WAITING
    if metrics is WAITING:
        assert {found[group] for group in found if group not in expected} == {(0,), (None,)}
    for place in range(len(metrics)):
        assert any(figures[place] is not None for figures in expected.values())


def test_carts_of_unknown_outcome_are_in_no_share_of_those_bought(
    engine: Engine, told: dict[str, Any]
) -> None:
    """There are such days among those whose early stage is known, so that they could be counted."""
    (days,) = engine.query(
        f"select count(*) as days from {SCHEMA}.cart_funnel_daily"
        " where carts_filled > 0 and carts_with_step > 0 and not is_outcome_known"
    )
    assert days["days"]
    (found,) = told["rows"]["funnel of all"]
    (expected,) = engine.query(
        f"select 1.0 * {PLACED} / {FILLED} as funnel_conversion,"
        f" 1.0 * sum(reached_placed) / {WITH_STEP} as share_reached_placed"
        f" from {SCHEMA}.cart_funnel_daily"
    )
    assert {name: plain(found[name]) for name in expected} == {
        name: plain(value) for name, value in expected.items()
    }
    assert all(0 < value < 1 for value in expected.values())


@pytest.mark.usefixtures("told")
def test_the_rate_of_the_documents_leaves_out_what_became_of_nobody_knows_whom(
    engine: Engine,
) -> None:
    """Over all stores, some of which have no orders."""
    (rate,) = re.findall(r"`(sum\([^`]*)`", (ROOT / "docs/bi-tools.md").read_text())
    (found,) = engine.query(f"select 1.0 * {rate} as rate from {SCHEMA}.abandonment_daily")
    (expected,) = engine.query(
        "select 1.0 * count(*) filter (where outcome not in ('placed', 'unknown'))"
        f" / count(*) filter (where outcome <> 'unknown') as rate from {SCHEMA}.checkouts"
    )
    assert plain(found["rate"]) == plain(expected["rate"])
    (unknown,) = engine.query(
        f"select count(*) as carts from {SCHEMA}.checkouts where outcome = 'unknown'"
    )
    assert unknown["carts"]


def test_by_day_a_metric_is_the_column_of_its_name(engine: Engine, told: dict[str, Any]) -> None:
    rows = engine.query(
        f"select * from {SCHEMA}.abandonment_daily where carts_abandoned > 0 or checkouts > 0"
    )
    expected = by_group(rows, ("store", "day", "channel_id", "currency_code"), COLUMNS)
    found = by_group(told["rows"]["daily rows"], ROW, COLUMNS)
    assert set(found) == set(expected)
    for group, figures in expected.items():
        for figure, metric, places in zip(figures, found[group], COLUMNS.values(), strict=True):
            assert metric == pytest.approx(figure, abs=0.501 * 10**-places)


def test_amounts_of_different_currencies_are_not_added_up(
    engine: Engine, told: dict[str, Any]
) -> None:
    (everything,) = told["rows"]["amounts of all"]
    assert everything.pop("currencies") > 1
    assert everything == dict.fromkeys(AMOUNTS)
    mixed = engine.query(
        f"select store from {SCHEMA}.cart_outcomes where value is not null"
        " group by 1 having count(distinct coalesce(currency_code, '?')) > 1"
    )
    assert {row["store"] for row in mixed} == {
        row["store"] for row in told["rows"]["amounts by store"] if row["value_abandoned"] is None
    }
    assert mixed


def test_a_metric_means_what_the_column_does(told: dict[str, Any]) -> None:
    words = definitions()
    several = {"all": "of_any_currency", "share": "share_reached"}
    assert told["metrics"] == {
        name: words.get(name) or words[several[name.partition("_")[0]]] for name in told["metrics"]
    }
