"""Loads many stores, so many at once: a line for each as it ends, a bar, and what came of all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from tap_bigcommerce_carts.load import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tap_bigcommerce_carts.load.meltano_log import Line
    from tap_bigcommerce_carts.load.one import Loaded, Loading
    from tap_bigcommerce_carts.load.stores import Store


def load_all(
    loading: Loading, stores: Sequence[Store], at_once: int, console: Console
) -> list[Loaded]:
    """Load stores; one that fails does not keep the others from being loaded.

    Args:
        loading: loads one.
        stores: which.
        at_once: most at the same time.
        console: standard output; a bar is shown if it is a terminal.

    Returns:
        How each ended, in the order in which they did.
    """
    ended: list[Loaded] = []
    width = max(len(store.name) for store in stores)
    began = monotonic()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("stores"), TimeElapsedColumn())
    with terminal.bar(console, *columns) as bar, ThreadPoolExecutor(at_once) as pool:
        task = bar.add_task("stores", total=len(stores))
        under_way = [pool.submit(loading.load, store, _not_shown) for store in stores]
        try:
            for future in as_completed(under_way):
                loaded = future.result()
                ended.append(loaded)
                show(console, loaded, width)
                bar.advance(task)
        except BaseException:
            # Nobody reads what is written any more, say: the pool would be waited for.
            loading.stop()
            raise
    _show_sum(console, ended, monotonic() - began, loading.logs)
    return ended


def _not_shown(line: Line) -> None:
    """Leave a line to the store's log file."""


def show(console: Console, loaded: Loaded, width: int = 0) -> None:
    """Write the line of a store that ended.

    Args:
        console: standard output.
        loaded: how it ended.
        width: of the column of names.
    """
    name = f"{loaded.store:<{width}}"
    if loaded.failure is not None:
        what = "running" if loaded.running else "failed "
        line = Text.assemble(f"{name}  ", (what, "bold red"), f"  {loaded.failure}")
    else:
        log = loaded.log
        upto = f"  up to {log.bookmark}" if log.bookmark else ""
        line = Text.assemble(
            f"{name}  ",
            ("loaded ", "green"),
            f"  {log.rows.total():>9,} rows  {log.requests:>5,} requests"
            f"  {loaded.seconds:>6,.1f} s{upto}",
        )
    console.print(line, soft_wrap=True)


def _show_sum(console: Console, ended: Sequence[Loaded], seconds: float, logs: str) -> None:
    failed = [each for each in ended if each.failure is not None]
    # Rows of a store that failed may not have been loaded.
    rows = sum(each.log.rows.total() for each in ended if each.failure is None)
    requests = sum(each.log.requests for each in ended)
    console.print(
        f"{len(ended) - len(failed):,} of {len(ended):,} stores loaded: {rows:,} rows, "
        f"{requests:,} requests, {seconds:,.1f} s.",
        highlight=False,
    )
    if failed:
        names = ", ".join(sorted(each.store for each in failed))
        console.print(f"Not loaded: {names}.", style="bold red", highlight=False, soft_wrap=True)
        console.print(f"Their logs: {logs}", highlight=False, soft_wrap=True)
