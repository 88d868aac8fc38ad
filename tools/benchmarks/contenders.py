"""Who is measured, and how each is made to read the same carts and lines."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.benchmarks.store import ROOT, STORE_HASH, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tools.benchmarks.store import Store

TAP = ROOT / ".venv" / "bin" / "tap-bigcommerce-carts"
AIRBYTE = ROOT / ".venvs" / "bench-airbyte" / "bin"
SINGER = ROOT / ".venvs" / "bench-singer" / "bin"


@dataclass(frozen=True)
class Contender:
    """A program that reads a store.

    Attributes:
        name: what tables call it.
        command: prepares its files in a folder and gives the command to run.
        carts: how each of the carts it writes can be counted in its output.
        lines: the same of the line items.
        per_cart: requests that one cart costs, for what is computed.
        absent: returns why it cannot run here; empty if it can.
    """

    name: str
    command: Callable[[Store, Path], list[str]]
    carts: bytes
    lines: bytes
    per_cart: float
    absent: Callable[[], str] = lambda: ""


def tap(**settings: Any) -> Callable[[Store, Path], list[str]]:
    """Run this tap with its two streams of carts, whatever their age."""

    def command(store: Store, folder: Path) -> list[str]:
        config = {**store.config(), "abandoned_after_minutes": 0, **settings}
        catalog = catalog_of([str(TAP), "--discover", "--config", write(folder, "config", config)])
        selected = select(catalog, {"abandoned_carts", "abandoned_cart_line_items"})
        files = ["--config", write(folder, "config", config)]
        return [str(TAP), *files, "--catalog", write(folder, "catalog", selected)]

    return command


def plain(store: Store, folder: Path) -> list[str]:
    """Run the tap everyone would write first."""
    config = write(folder, "config", store.config())
    return [sys.executable, "-m", "tools.benchmarks.plain_tap", "--config", config]


def floor(store: Store, _folder: Path) -> list[str]:
    """Run the bare loop."""
    return [sys.executable, "-m", "tools.benchmarks.floor", store.url, STORE_HASH, TOKEN]


def airbyte(store: Store, folder: Path) -> list[str]:
    """Read orders and their products with Airbyte's source."""
    program = redirected(store, AIRBYTE, "source-bigcommerce")
    account = {"start_date": "2000-01-01", "access_token": TOKEN, "store_hash": STORE_HASH}
    config = write(folder, "config", account)
    found = catalog_of([*program, "discover", "--config", config])["catalog"]["streams"]
    wanted = {"orders": "incremental", "order_products": "full_refresh"}
    streams = [
        {"stream": one, "sync_mode": wanted[one["name"]], "destination_sync_mode": "append"}
        for one in found
        if one["name"] in wanted
    ]
    catalog = write(folder, "catalog", {"streams": streams})
    return [*program, "read", "--config", config, "--catalog", catalog]


def singer(store: Store, folder: Path) -> list[str]:
    """Read orders, with the lines inside, with Singer's tap."""
    program = redirected(store, SINGER, "tap-bigcommerce")
    account = {"client_id": "none", "access_token": TOKEN, "store_hash": STORE_HASH}
    start = {"start_date": "2000-01-01T00:00:00Z"}
    config = write(folder, "config", {**account, **start})
    catalog = select(catalog_of([*program, "--config", config, "--discover"]), {"orders"})
    return [*program, "--config", config, "--catalog", write(folder, "catalog", catalog)]


def redirected(store: Store, environment: Path, program: str) -> list[str]:
    """Run a peer's program with its requests sent to the sandbox.

    Args:
        store: where the requests go.
        environment: the folder of the peer's programs.
        program: its name.
    """
    wrapper = str(Path(__file__).with_name("redirected.py"))
    return [str(environment / "python"), wrapper, store.url, str(environment / program)]


def installed(environment: Path, program: str, otherwise: str) -> Callable[[], str]:
    """Return what says why a peer cannot run; empty when it is installed."""
    return lambda: "" if (environment / program).exists() else otherwise


def catalog_of(command: list[str]) -> Any:
    """Run a command that writes a catalog, and return that; of several JSON lines, it is one."""
    text = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout  # noqa: S603
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        messages = [json.loads(line) for line in text.splitlines()]
        return next(message for message in messages if message["type"] == "CATALOG")


def select(catalog: dict[str, Any], streams: Collection[str]) -> dict[str, Any]:
    """Select just these streams of a Singer catalog."""
    for entry in catalog["streams"]:
        root = next(each["metadata"] for each in entry["metadata"] if not each["breadcrumb"])
        root["selected"] = entry["tap_stream_id"] in streams
    return catalog


def write(folder: Path, name: str, content: Any) -> str:
    """Write a JSON file and return its path."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(content))
    return str(file)


_CARTS = b'{"type":"RECORD","stream":"abandoned_carts",'
_LINES = b'{"type":"RECORD","stream":"abandoned_cart_line_items",'
_LIST = 1 / 250  # a request for each full page
_CUT = 1 / 400  # one more for each of the rare carts whose lines came cut

THIS = Contender("this tap", tap(), _CARTS, _LINES, _LIST + _CUT)
ONE_AT_A_TIME = Contender(
    "this tap, one at a time", tap(max_parallel_requests=1), _CARTS, _LINES, _LIST + _CUT
)
SMALL_PAGES = Contender("this tap, pages of 25", tap(page_size=25), _CARTS, _LINES, 1 / 25 + _CUT)
FLOOR = Contender(
    "floor",
    floor,
    b'{"type":"RECORD","stream":"carts",',
    b'{"type":"RECORD","stream":"lines",',
    _LIST + _CUT,
)
PLAIN = Contender(
    "plain SDK tap",
    plain,
    b'{"type":"RECORD","stream":"orders",',
    b'{"type":"RECORD","stream":"order_products",',
    1 + _LIST,
)
AIRBYTE_SOURCE = Contender(
    "airbyte-source-bigcommerce",
    airbyte,
    b'{"type": "RECORD", "record": {"stream": "orders",',
    b'{"type": "RECORD", "record": {"stream": "order_products",',
    1 + 2 * _LIST,
    installed(
        AIRBYTE, "source-bigcommerce", "imports on Python 3.9 and 3.10 only; neither is here"
    ),
)
SINGER_TAP = Contender(
    "tap-bigcommerce (singer-io)",
    singer,
    b'{"type": "RECORD", "stream": "orders",',
    b'"is_refunded": false',
    5 + 1 / 50,
    installed(SINGER, "tap-bigcommerce", "could not be installed"),
)
PEERS = (PLAIN, AIRBYTE_SOURCE, SINGER_TAP)
EVERYONE = (THIS, ONE_AT_A_TIME, *PEERS, FLOOR)
