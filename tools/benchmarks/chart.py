"""Draws how the cost grows with the number of carts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pygal  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pygal.style import Style  # type: ignore[import-not-found,import-untyped,unused-ignore]

from tools.benchmarks.store import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tools.benchmarks.results import Results

# pygal hooks into every import for the sake of plugins, in a way that Python warns of.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]

DOCS = ROOT / "docs"
FIGURE = DOCS / "figure.svg"
CASE = 1  # a store as far away as real ones are: 300 ms per answer
TIMES = {
    "1 s": 1,
    "10 s": 10,
    "1 min": 60,
    "10 min": 600,
    "1 h": 3600,
    "10 h": 36_000,
    "4 d": 345_600,
}
COLOURS = ("#0b6e4f", "#57b894", "#c8553d", "#3b6fb6", "#8a5fb0", "#777777")


def draw(results: Results, file: Path) -> None:
    """Draw the seconds of every contender by the size of the store, on a logarithmic scale."""
    case = results.cases[CASE]
    style = Style(
        background="white",
        plot_background="white",
        colors=COLOURS,
        font_family="sans-serif",
        title_font_size=15,
        legend_font_size=13,
        label_font_size=12,
        major_label_font_size=12,
        guide_stroke_color="#dddddd",
        major_guide_stroke_color="#dddddd",
    )
    chart = pygal.Line(
        logarithmic=True,
        style=style,
        width=800,
        height=420,
        js=[],
        title=f"Time to read all carts with their lines, {case}",
        x_title="carts (hollow points are computed)",
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        value_formatter=lambda seconds: f"{seconds:,.0f} s",
    )
    longest = max(one.seconds for name in results.names(case) for one in results.runs(case, name))
    marks = [mark for mark, seconds in TIMES.items() if seconds <= 10 * longest]
    chart.y_labels = [{"label": mark, "value": TIMES[mark]} for mark in marks]
    chart.x_labels = [f"{carts:,}" for carts in results.sizes]
    for name, colour in zip(results.names(case), COLOURS, strict=False):
        runs = [results.get(case, name, carts) for carts in results.sizes]
        hollow = f"fill: white; stroke: {colour}; stroke-width: 2"
        points = [
            {"value": one.seconds or None}
            | ({} if one.outcome == "finished" else {"style": hollow})
            for one in runs
        ]
        if any(point["value"] for point in points):
            chart.add(name, points)
    file.write_text(chart.render(is_unicode=True) + "\n")
