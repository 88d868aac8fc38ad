"""The charts, written in Vega-Lite and compiled to Vega, which the page fills with rows.

Every chart stands beside a table of the same rows. Colours are the page's own, which follow its
light or dark look, also on paper.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt
import vl_convert

# The page puts the currency that is chosen in its place.
CODE = "{code}"
# And the pixels that a bar's text takes.
ROOM = "{room}"
ROWS = "rows"
_COLOURS = {
    "left": "var(--left)",
    "came back": "var(--recovered)",
    "lost": "var(--lost)",
    "still open": "var(--open)",
}
_CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--quiet)",
        "titleColor": "var(--quiet)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelLimit": 170,
        "titlePadding": 8,
    },
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "orient": "top",
        "title": None,
        "symbolType": "square",
    },
    "text": {"fill": "var(--ink)", "fontSize": 12},
}
_HEIGHT = 240


@cache
def library() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, which needs no network."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def specifications() -> dict[str, dict[str, Any]]:
    """Return each kind of chart as Vega, by the name that the page's script has for it.

    Each takes its rows from the data `rows`.
    """
    return {
        "counts": _bars("Carts", ",.0f"),
        "funnel": _bars("Carts", ",.0f", step=38),
        "shares": _bars("Share of checkouts that were left", ".0%"),
        "lift": _bars("Share of shoppers who came back", ".0%"),
        "problems": _bars("Entries in the store's log", ",.0f"),
        "amounts": _bars(f"Value, {CODE}", "~s", colour="var(--open)"),
        "means": _bars("Extra costs, mean share of the total", ".0%"),
        "expected": _bars(
            f"Still to be expected, {CODE}", "~s", colour="var(--expected)", ranged=True
        ),
        "rates": _rates(),
        "values": _values(["came back", "lost", "still open"]),
        "left": _values(["left"]),
        "curve": _curve(),
        "hours": _hours(),
    }


def _bars(
    title: str, form: str, *, step: int = 28, colour: str = "var(--all)", ranged: bool = False
) -> dict[str, Any]:
    """Return bars of one number for each label, in the rows' order, with a text beside each.

    The axis is so much longer than the longest bar that the longest text has its room beside it.

    Args:
        title: of the numbers' axis.
        form: of its numbers, as D3 has it.
        step: pixels for each bar.
        colour: of the bars, as CSS has it.
        ranged: whether rows have a range from `low` to `high`, the value if it is not known.
    """
    whole = alt.Chart(alt.NamedData(ROWS)).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False)),
        tooltip="tip:N",
    )
    axis = alt.Axis(format=form, tickCount=4, labelBound=True, labelOverlap="greedy")
    end = "high" if ranged else "value"
    longest = f"max(extent(pluck(data('{ROWS}'), '{end}'))[1], 1e-9)"
    scale = alt.Scale(
        nice=False, domainMax=alt.ExprRef(f"{longest} / max(0.25, 1 - {ROOM} / max(width, 1))")
    )
    numbers = whole.encode(x=alt.X("value:Q", title=title, axis=axis, scale=scale))
    faint = alt.condition("datum.few", alt.value(0.4), alt.value(1))
    bars = numbers.mark_bar(color=colour, cornerRadiusEnd=3, height={"band": 0.72}).encode(
        opacity=faint
    )
    words = numbers.mark_text(align="left", dx=5).encode(x=f"{end}:Q", text="text:N")
    layers = [bars, words]
    if ranged:
        ends = whole.encode(x="low:Q", x2="high:Q")
        layers.append(ends.mark_rule(color="var(--ink)", strokeWidth=1.5))
    return _written(alt.layer(*layers), height=alt.Step(step))


def _rates() -> dict[str, Any]:
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=_time(alt.Scale(type="point")),
        y=alt.Y("value:Q", title="Share", axis=alt.Axis(format=".0%", tickCount=5)),
        color=_coloured(["left", "came back"]),
        tooltip="tip:N",
    )
    lines = base.mark_line(strokeWidth=2.5)
    points = base.mark_point(filled=True, size=34, opacity=1)
    return _written(alt.layer(lines, points), height=_HEIGHT)


def _values(series: list[str]) -> dict[str, Any]:
    bars = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(width={"band": 0.8})
        .encode(
            x=_time(),
            y=alt.Y("value:Q", title=f"Value, {CODE}", axis=alt.Axis(format="~s", tickCount=5)),
            color=_coloured(series),
            order=alt.Order("order:Q"),
            tooltip="tip:N",
        )
    )
    return _written(bars, height=_HEIGHT)


def _curve() -> dict[str, Any]:
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "days:Q",
            title="Days since the cart was left",
            axis=alt.Axis(grid=False, tickCount=6),
            scale=alt.Scale(nice=False),
        ),
        y=alt.Y("value:Q", title="Share that came back", axis=alt.Axis(format=".0%", tickCount=5)),
        tooltip="tip:N",
    )
    area = base.mark_area(color="var(--recovered)", opacity=0.18, interpolate="step-after")
    line = base.mark_line(color="var(--recovered)", strokeWidth=2.5, interpolate="step-after")
    # Wide enough to be pointed at.
    points = base.mark_point(filled=True, size=80, opacity=0)
    return _written(alt.layer(area, line, points), height=_HEIGHT)


def _hours() -> dict[str, Any]:
    rects = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_rect(fill="var(--left)", cornerRadius=2, stroke="var(--paper)", strokeWidth=2)
        .encode(
            x=alt.X(
                "hour:O",
                title="Hour of the day, in the time zone of the tables",
                axis=alt.Axis(labelAngle=0, labelOverlap="greedy", ticks=False, domain=False),
            ),
            y=alt.Y(
                "weekday:O", title="Weekday", sort=None, axis=alt.Axis(ticks=False, domain=False)
            ),
            opacity=alt.Opacity(
                "value:Q",
                scale=alt.Scale(range=[0.06, 1], zero=True),
                legend=alt.Legend(title="Carts left", type="symbol", tickCount=4, format=",.0f"),
            ),
            tooltip="tip:N",
        )
    )
    return _written(rects, height=alt.Step(26))


def _time(scale: alt.Scale | Any = alt.Undefined) -> alt.X:
    """Return the axis of days or weeks, each at its place."""
    return alt.X(
        "time:O",
        title="{grain}",
        axis=alt.Axis(
            labelAngle=0,
            labelOverlap="parity",
            labelSeparation=8,
            ticks=False,
            labelExpr="utcFormat(datum.value, '%-d %b')",
        ),
        scale=scale,
    )


def _coloured(series: list[str]) -> alt.Color:
    scale = alt.Scale(domain=series, range=[_COLOURS[each] for each in series])
    return alt.Color("series:N", scale=scale)


def _written(chart: alt.Chart | alt.LayerChart | alt.FacetChart, height: Any) -> dict[str, Any]:
    """Return a chart, as wide as its place on the page, as Vega, to save the browser the work."""
    fitting = alt.AutoSizeParams(type="fit-x", contains="padding")
    whole = chart.properties(width="container", height=height, autosize=fitting)
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega({**whole.to_dict(), "config": _CONFIG})
    return compiled
