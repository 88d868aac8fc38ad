"""Makes a sandbox of the command's options, and serves it until SIGINT or SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import click

from tap_bigcommerce_carts.errors import SandboxError
from tap_bigcommerce_carts.sandbox.bigcommerce import ALL_SCOPES, USUAL_SCOPES, Quota
from tap_bigcommerce_carts.sandbox.greeting import line, lines, write
from tap_bigcommerce_carts.sandbox.server import Sandbox
from tap_bigcommerce_carts.sandbox.shop import Clock, Shop
from tap_bigcommerce_carts.sandbox.shop.year import Year

if TYPE_CHECKING:
    from pathlib import Path

_SECOND_MS = 1000
# Between looks at what happened in the shop, in seconds.
_A_MOMENT = 1
# Of a shop that lives: what it has behind it and before it, in days, how far its clock is behind,
# how much faster it goes, and how many reach payment in a day.
_HISTORY, _TO_COME, _BEHIND = 60, 14, 7
_FASTER = 60
_CHECKOUTS = 16
_CARTS = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was asked for; see the options of `cli.py`. None is for the default."""

    settings: str | None
    write: Path | None
    source: str
    speed: float | None
    days_ago: int | None
    carts: int | None
    placed: int | None
    customers: int | None
    open_carts: int | None
    year: bool
    seed: str
    host: str
    port: int
    token: str
    store_hash: str
    api_key: str
    store_key: str
    every_scope: bool
    quota: tuple[int, int] | None
    latency: float
    faults: float
    fault_seed: str
    hook_speed: float
    plain_hooks: bool
    client_secret: str
    warm: bool

    @property
    def lives(self) -> bool:
        """Whether it is the shop that lives, and none that was described."""
        sizes = (self.carts, self.placed, self.customers, self.open_carts)
        return not self.year and all(size is None for size in sizes)


def serve(wanted: Wanted) -> None:
    """Serve an invented shop until it is interrupted, and say where it is.

    Raises:
        SandboxError: the port is taken, or the file cannot be written.
    """
    # Its `put` may be called within another one, which a signal's handler must be ready for; an
    # Event's `set` would wait for itself.
    signals: SimpleQueue[int] = SimpleQueue()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: signals.put(number))
    sandbox = _sandbox(wanted)
    try:
        sandbox.start()
    except OSError as error:
        raise SandboxError(
            f"Cannot listen on {wanted.host} port {wanted.port} ({os.strerror(error.errno or 0)}): "
            "choose another one with --port, 0 for any that is free."
        ) from None
    try:
        if wanted.warm:
            sandbox.warm()
        if signals.empty():
            _greet(sandbox, wanted)
        while not _came(signals):
            if wanted.lives or wanted.speed is not None:
                sandbox.shop.catch_up()
    finally:
        sandbox.stop()


def _came(signals: SimpleQueue[int]) -> bool:
    """Wait a moment for a signal; return whether one came."""
    try:
        signals.get(timeout=_A_MOMENT)
    except Empty:
        return False
    return True


def _greet(sandbox: Sandbox, wanted: Wanted) -> None:
    if wanted.write is not None:
        write(wanted.write, sandbox, wanted.source)
    kind = wanted.settings or ("env" if sys.stdout.isatty() else "line")
    click.echo(line(sandbox) if kind == "line" else lines(sandbox, wanted.source))
    sys.stdout.flush()


def _sandbox(wanted: Wanted) -> Sandbox:
    sandbox = Sandbox(
        _shop(wanted),
        token=wanted.token,
        store_hash=wanted.store_hash,
        api_key=wanted.api_key,
        store_key=wanted.store_key,
        scopes=ALL_SCOPES if wanted.every_scope else USUAL_SCOPES,
        quota=_quota(wanted),
        latency=wanted.latency,
        host=wanted.host,
        port=wanted.port,
    )
    for switches in (sandbox.faults, sandbox.api2cart):
        switches.rate = wanted.faults
        switches.seed = wanted.fault_seed
    sandbox.webhooks.speed = wanted.hook_speed
    sandbox.webhooks.https_only = not wanted.plain_hooks
    sandbox.webhooks.client_secret = wanted.client_secret
    return sandbox


def _quota(wanted: Wanted) -> Quota | None:
    if wanted.quota is None:
        return None
    requests, seconds = wanted.quota
    return Quota(requests, seconds * _SECOND_MS)


def _shop(wanted: Wanted) -> Shop:
    if wanted.lives:
        return _living(wanted)
    clock = Clock(timedelta(days=wanted.days_ago or 0), wanted.speed or 1)
    if wanted.year:
        shop = Shop(clock=clock)
        shop.year = Year(shop, wanted.seed)
        return shop
    carts = _CARTS if wanted.carts is None else wanted.carts
    shop = Shop.seeded(carts, wanted.seed, clock, placed=wanted.placed, customers=wanted.customers)
    shop.carts.live(wanted.open_carts or 0, wanted.seed)
    return shop


def _living(wanted: Wanted) -> Shop:
    """Return a shop that opened some time ago, and goes on; its clock catches up."""
    behind = _BEHIND if wanted.days_ago is None else wanted.days_ago
    clock = Clock(timedelta(days=_HISTORY + behind), wanted.speed or _FASTER)
    shop = Shop(clock=clock)
    days = _HISTORY + behind + _TO_COME
    shop.year = Year(shop, wanted.seed, checkouts=_CHECKOUTS, browsing_days=days, days=days)
    clock.go(timedelta(days=_HISTORY))
    shop.catch_up()
    return shop
