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
    from collections.abc import Iterable, Iterator, Sequence

    from tap_bigcommerce_carts.doctor.findings import Finding

_COLOURS = {
    Verdict.FINE: "green",
    Verdict.NOTE: "yellow",
    Verdict.FAULT: "red",
    Verdict.UNKNOWN: "magenta",
    Verdict.LEFT_OUT: "bright_black",
}
_NOUNS = (Verdict.NOTE, Verdict.FAULT)
_WIDTH = max(map(len, Verdict)) + 1


def about() -> str:
    """Return which program this is, and on what."""
    return (
        f"tap-bigcommerce-carts {version('tap-bigcommerce-carts')}, Python "
        f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def say(text: str) -> None:
    """Write a line; in colour on a terminal, unless NO_COLOR is set (https://no-color.org).

    FORCE_COLOR asks for colours elsewhere, too.
    """
    wanted = True if os.environ.get("FORCE_COLOR") else None
    click.echo(text, color=False if os.environ.get("NO_COLOR") else wanted)


def shown(name: str, findings: Iterable[Finding], *, quiet: bool) -> Iterator[Finding]:
    """Yield findings, and write each in a line as it comes, below a head.

    Args:
        name: of the store; empty if it is the only one.
        findings: of it.
        quiet: whether nothing is written.
    """
    if not quiet:
        say(name or about())
    for each in findings:
        if not quiet:
            mark = click.style(f"{each.verdict:<{_WIDTH}}", fg=_COLOURS[each.verdict])
            say(f"{mark} {each.asked}: {each.said} {each.todo}".rstrip())
        yield each


def summary(findings: Sequence[Finding]) -> str:
    """Return in a line how many findings there are of each kind."""
    counts = {verdict: sum(each.verdict is verdict for each in findings) for verdict in Verdict}
    said = (f"{count} {_plural(verdict, count)}" for verdict, count in counts.items() if count)
    return f"{', '.join(said)}."


def _plural(verdict: Verdict, count: int) -> str:
    return f"{verdict}s" if count > 1 and verdict in _NOUNS else str(verdict)


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
