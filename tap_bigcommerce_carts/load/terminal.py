"""What is written to a terminal, and what to a file or pipe.

Colours are rich's: on a terminal, unless NO_COLOR is set; elsewhere only if FORCE_COLOR is. What
moves, a bar that is drawn over itself, is for a terminal alone: FORCE_COLOR, as CI sets it, asks
for colours in a log, not for a bar in it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import ProgressColumn

# Columns of what is no terminal, whose lines are cut nowhere.
_WIDTH = 120


def console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Return a console on standard output or standard error.

    Args:
        stderr: whether on standard error.
        soft_wrap: whether the terminal wraps long lines, and not the console.
    """
    made = Console(stderr=stderr, soft_wrap=soft_wrap)
    if not made.file.isatty():
        made.width = _WIDTH
    return made


@contextmanager
def bar(on: Console, *columns: ProgressColumn) -> Iterator[Progress]:
    """Show a bar while something goes on, if there is a terminal; it leaves nothing behind.

    Args:
        on: where.
        columns: what it is made of.
    """
    is_shown = on.is_terminal and on.file.isatty()
    with Progress(*columns, console=on, transient=True, disable=not is_shown) as shown:
        yield shown
