"""What was found, for people and for programs. Meant to be published: no secret is in it."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import click

from tap_bigcommerce_carts.doctor.findings import Verdict, exit_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_bigcommerce_carts.doctor.findings import Finding

_COLOURS = {
    Verdict.FINE: "green",
    Verdict.NOTE: "yellow",
    Verdict.FAULT: "red",
    Verdict.UNKNOWN: "magenta",
    Verdict.LEFT_OUT: "bright_black",
}
_WIDTH = max(map(len, Verdict)) + 1


def about() -> str:
    """Return which program this is, and on what."""
    return (
        f"tap-bigcommerce-carts {version('tap-bigcommerce-carts')}, Python "
        f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def say(text: str, colour: str | None = None) -> None:
    """Write a line; in colour on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    plain = bool(os.environ.get("NO_COLOR"))
    click.secho(text, fg=colour, color=False if plain else None)


def show(finding: Finding) -> None:
    """Write a finding in a line."""
    verdict = finding.verdict
    plain = bool(os.environ.get("NO_COLOR"))
    mark = click.style(f"{verdict:<{_WIDTH}}", fg=_COLOURS[verdict])
    words = f"{finding.said} {finding.todo}".strip()
    click.echo(f"{mark} {finding.asked}: {words}", color=False if plain else None)


def summary(findings: Sequence[Finding]) -> str:
    """Return in a line how many findings there are of each kind."""
    counts = {verdict: sum(each.verdict is verdict for each in findings) for verdict in Verdict}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)


def document(
    found: Iterable[tuple[str, Sequence[Finding]]], failure: str | None = None
) -> dict[str, Any]:
    """Return the document for programs.

    Args:
        found: of each store its name, empty if it is the only one, and the findings.
        failure: why nothing could be checked, if so.
    """
    stores = [(name, list(findings)) for name, findings in found]
    everything = [each for _, findings in stores for each in findings]
    return {
        "about": about(),
        "failure": failure,
        "fine": failure is None and exit_code(everything) == 0,
        "stores": [
            {"store": name or None, "findings": [asdict(each) for each in findings]}
            for name, findings in stores
        ],
    }
