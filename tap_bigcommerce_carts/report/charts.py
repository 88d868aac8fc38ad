"""Draws the charts as SVG. Every chart stands beside a table of the same numbers."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import pygal  # type: ignore[import-not-found,import-untyped,unused-ignore]
from pygal.style import Style  # type: ignore[import-not-found,import-untyped,unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# pygal hooks into every import for the sake of plugins, in a way that Python warns of.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]

# pygal reckons with colours, so it is given these; the page's own, which follow its light or dark
# look, take their place afterwards.
_STAND_INS = {
    "#010101": "var(--ink)",
    "#020202": "var(--quiet)",
    "#030303": "var(--line)",
    "#11aa11": "var(--recovered)",
    "#aa1111": "var(--lost)",
    "#aaaa11": "var(--open)",
    "#1111aa": "var(--all)",
}
COLOURS = {
    "recovered": "#11aa11",
    "lost": "#aa1111",
    "still open": "#aaaa11",
    "of unknown outcome": "#020202",
    "all": "#1111aa",
}
_WIDTH, _HEIGHT = 520, 270
_LABELS = 5  # so many on an axis can be read on a phone


def lines(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    written: Callable[[Any], str],
) -> str:
    """Draw series over time as lines.

    Args:
        labels: of the axis, in order.
        series: numbers by the series' name, one for each label; None leaves a gap.
        written: writes a number for a person.

    Returns:
        The SVG, to stand inside a page.
    """
    chart = pygal.Line(
        **_settings([COLOURS["all"], COLOURS["recovered"]], written), range=(0, None)
    )
    return _drawn(chart, labels, series)


def stacked(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    written: Callable[[Any], str],
) -> str:
    """Draw parts of a whole over time as stacked bars, each part in its own colour.

    Args:
        labels: of the axis, in order.
        series: numbers by the series' name, one for each label; None leaves a gap.
        written: writes a number for a person.

    Returns:
        The SVG, to stand inside a page.
    """
    chart = pygal.StackedBar(**_settings([COLOURS[name] for name in series], written))
    return _drawn(chart, labels, series)


def bars(
    labels: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    written: Callable[[Any], str],
) -> str:
    """Draw one number for each label.

    Args:
        labels: of the axis, in order.
        series: numbers by the series' name, one for each label; None leaves a gap.
        written: writes a number for a person.

    Returns:
        The SVG, to stand inside a page.
    """
    chart = pygal.HorizontalBar(**_settings([COLOURS["all"]], written))
    # The first comes last in a horizontal chart.
    flipped = {name: list(reversed(values)) for name, values in series.items()}
    return _drawn(chart, list(reversed(labels)), flipped)


def _settings(colours: list[str], written: Callable[[Any], str]) -> dict[str, Any]:
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#010101",
        foreground_strong="#010101",
        foreground_subtle="#020202",
        guide_stroke_color="#030303",
        major_guide_stroke_color="#030303",
        colors=tuple(colours),
        font_family="inherit",
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=12,
        no_data_font_size=12,
        opacity=".85",
    )
    return {
        "style": style,
        "width": _WIDTH,
        "height": _HEIGHT,
        "js": [],
        "legend_at_bottom": True,
        "show_x_guides": False,
        "truncate_legend": -1,
        "truncate_label": 28,
        "value_formatter": written,
        "disable_xml_declaration": True,
        "no_data_text": "nothing to show",
        "dots_size": 2.5,
        "spacing": 12,
        "margin": 8,
    }


def _drawn(chart: Any, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    chart.x_labels = list(labels)
    if not isinstance(chart, pygal.HorizontalBar) and len(labels) > _LABELS:
        step = -(-len(labels) // _LABELS)
        chart.x_labels_major = list(labels)[::step]
        chart.show_minor_x_labels = False
    chart.show_legend = len(series) > 1
    for name, values in series.items():
        chart.add(name, list(values))
    svg = chart.render(is_unicode=True)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<script.*?</script>|<title>.*?</title>", "", svg, flags=re.DOTALL)
    for stand_in, colour in _STAND_INS.items():
        svg = svg.replace(stand_in, colour)
    # The table says it all; for a screen reader the picture is not there.
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
