"""The sandbox as a process of its own, so that it takes no time from what is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
STORE_HASH = "sandbox1"
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox
CUSTOMERS = 10
REFUSED = "429"


class Store:
    """A store with invented carts, there while the `with` block runs.

    Args:
        carts: how many.
        latency: seconds added to every answer.
        quota: requests/seconds; empty for none.
        placed: how many other orders; with them, nothing is encoded before it is asked for.
        customers: how many.
    """

    def __init__(
        self,
        carts: int,
        latency: float = 0,
        quota: str = "",
        *,
        placed: int = 0,
        customers: int = CUSTOMERS,
    ) -> None:
        self.carts = carts
        self.url = ""
        shop = f"--carts={carts} --placed={placed} --customers={customers} --port=0".split()
        shop += [] if placed else ["--warm"]
        # Other connectors ask for the time, and more.
        limits = ["--every-scope", f"--latency={latency}", f"--quota={quota or 'none'}"]
        self._command = [sys.executable, "-m", "tap_bigcommerce_carts.sandbox", *shop, *limits]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            self._command, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        greeting = self._process.stdout.readline() if self._process.stdout else ""
        if not greeting:
            raise RuntimeError("The sandbox did not start.")
        self.url = greeting.split()[0]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.communicate()

    def config(self) -> dict[str, Any]:
        """Return what a tap needs to find it."""
        return {"api_url": self.url, "store_hash": STORE_HASH, "access_token": TOKEN}

    def counts(self) -> tuple[int, int]:
        """Return how many requests it has seen so far, and how many of them it refused (429)."""
        by_route = self._by_route()
        requests = sum(sum(of.values()) for of in by_route.values())
        return requests, sum(of.get(REFUSED, 0) for of in by_route.values())

    def routes(self) -> dict[str, int]:
        """Return how many requests of each route it has seen so far."""
        return {route: sum(of.values()) for route, of in self._by_route().items()}

    def lines(self) -> int:
        """Return how many lines its orders have."""
        found: int = json.loads(self._get("/_sandbox/lines"))["lines"]
        return found

    def events(self, carts: int) -> bytes:
        """Let so many carts live, and return their events as a list in JSON."""
        return self._get("/_sandbox/carts/events", json.dumps({"count": carts}).encode())

    def edit(self, carts: int) -> None:
        """Let so many carts change that were left long ago; it is as if they were left just now."""
        made = json.loads(self._get("/_sandbox/live", json.dumps({"edit": carts}).encode()))
        if made["edit"] != carts:
            raise RuntimeError(f"Only {made['edit']:,} carts changed.")

    def take(self, seconds: float) -> None:
        """Have every answer take some seconds more from now on."""
        self._get("/_sandbox/latency", json.dumps({"seconds": seconds}).encode())

    def warm_lists(self, page_size: int = 250) -> None:
        """Have every order encoded as plain lists serve it; the tap's own form is already."""
        for page in range(1, -(-self.carts // page_size) + 1):
            self._get(f"/stores/{STORE_HASH}/v2/orders?limit={page_size}&page={page}")

    def cpu_seconds(self) -> float | None:
        """Return the processor time it has used; None where the system does not say."""
        stat = Path(f"/proc/{self._process.pid}/stat") if self._process else None
        if stat is None or not stat.exists():
            return None
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _by_route(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = json.loads(self._get("/_sandbox/requests"))
        return found

    def _get(self, path: str, sent: bytes | None = None) -> bytes:
        json_only = {"Accept": "application/json", "Content-Type": "application/json"}
        headers = {"X-Auth-Token": TOKEN, **json_only}
        request = Request(self.url + path, data=sent, headers=headers)  # noqa: S310 - loopback
        with urlopen(request) as answer:  # noqa: S310 - likewise
            body: bytes = answer.read()
        return body
