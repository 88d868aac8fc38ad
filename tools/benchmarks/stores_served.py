"""Many sandbox stores, each on a port of its own, in one process beside what is measured.

`python -m tools.benchmarks.stores_served STORES CARTS LATENCY` writes one line of JSON once all
are there, the settings of each by its name, and serves them until it is ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import TYPE_CHECKING

from tools.benchmarks.store import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    Settings = dict[str, str]


def serve(stores: int, carts: int, latency: float) -> None:
    """Serve stores with invented carts, all different, until this process is ended.

    Args:
        stores: how many.
        carts: abandoned ones of each; it has two placed orders for each of them.
        latency: seconds added to every answer.
    """
    # Imported here: whoever only asks for `served` stays small.
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop  # noqa: PLC0415

    with ExitStack() as running:
        settings = {}
        for number in range(1, stores + 1):
            name = f"store-{number}"
            shop = Shop.seeded(carts, str(number))
            hash_, token = f"hash{number}", f"token-of-{name}"
            sandbox = Sandbox(shop, store_hash=hash_, token=token, latency=latency)
            sandbox.warm()
            settings[name] = running.enter_context(sandbox).config()
        print(json.dumps(settings), flush=True)  # noqa: T201 - where they are
        Event().wait()


@contextmanager
def served(stores: int, carts: int, latency: float) -> Iterator[dict[str, Settings]]:
    """Run such a process, and yield the tap's settings for each store by its name.

    Args:
        stores: how many.
        carts: abandoned ones of each.
        latency: seconds added to every answer.
    """
    given = map(str, (stores, carts, latency))
    command = [sys.executable, "-m", "tools.benchmarks.stores_served", *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - ours
        try:
            settings: dict[str, Settings] = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            yield settings
        finally:
            process.terminate()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
