"""`python -m tap_bigcommerce_carts.sandbox`: a store to try things on, until it is interrupted."""

import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address
from math import isfinite
from threading import Event

from tap_bigcommerce_carts.sandbox.bigcommerce import ALL_SCOPES, USUAL_SCOPES, Quota
from tap_bigcommerce_carts.sandbox.server import Sandbox
from tap_bigcommerce_carts.sandbox.shop import Clock, Shop
from tap_bigcommerce_carts.sandbox.shop.year import Year

_SECOND_MS = 1000
_LAST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve an invented shop until SIGINT or SIGTERM; return the exit code."""
    options = _parser().parse_args(arguments)
    done = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    sandbox = _sandbox(options)
    try:
        sandbox.start()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        print(f"Cannot listen on {options.host}:{options.port}: {reason}.", file=sys.stderr)  # noqa: T201
        return 1
    if options.warm:
        sandbox.warm()
    print(_greeting(sandbox), flush=True)  # noqa: T201 - the one line that says where it is
    done.wait()
    sandbox.stop()
    return 0


def _sandbox(options: Namespace) -> Sandbox:
    shop = _shop(options)
    sandbox = Sandbox(
        shop,
        token=options.token,
        store_hash=options.store_hash,
        api_key=options.api_key,
        store_key=options.store_key,
        scopes=ALL_SCOPES if options.every_scope else USUAL_SCOPES,
        quota=options.quota,
        latency=options.latency,
        host=options.host,
        port=options.port,
    )
    for switches in (sandbox.faults, sandbox.api2cart):
        switches.rate = options.faults
        switches.seed = options.fault_seed
    sandbox.webhooks.speed = options.hook_speed
    sandbox.webhooks.https_only = not options.plain_hooks
    sandbox.webhooks.client_secret = options.client_secret
    return sandbox


def _shop(options: Namespace) -> Shop:
    clock = Clock(timedelta(days=options.days_ago))
    if options.year:
        shop = Shop(clock=clock)
        shop.year = Year(shop, options.seed)
        return shop
    shop = Shop.seeded(
        options.carts,
        options.seed,
        clock,
        placed=options.placed,
        customers=options.customers,
    )
    shop.carts.live(options.open_carts, options.seed)
    return shop


def _greeting(sandbox: Sandbox) -> str:
    orders, customers = len(sandbox.shop.orders), len(sandbox.shop.customers)
    carts = len(sandbox.shop.by_id.between(group=0))
    return (
        f"{sandbox.url} store_hash={sandbox.store_hash} access_token={sandbox.token} "
        f"api_key={sandbox.keys.api_key} store_key={sandbox.keys.store_key} "
        f"carts={carts} placed={orders - carts} customers={customers}"
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m tap_bigcommerce_carts.sandbox", description=__doc__)
    add = parser.add_argument
    add("--carts", type=_count, default=2000, help="abandoned carts (orders in status 0)")
    add("--placed", type=_count, help="other orders; by default two per cart, 10000 at most")
    add("--customers", type=_count, help="registered customers; by default a third of the carts")
    add("--open-carts", type=_count, default=0, help="carts of the last day, with their orders")
    add(
        "--days-ago",
        type=_count,
        default=0,
        help="let it be so many days ago, until time is let pass",
    )
    add(
        "--year",
        action="store_true",
        help="a shop that opens now and lives as its clock goes, instead of --carts and the like",
    )
    add("--seed", default="7", help="the same seed gives the same shop")
    add("--host", type=_loopback, default="127.0.0.1", help="a loopback address")
    add("--port", type=_port, default=8080, help="0 for any free one")
    add("--token", default="sandbox-token", help="the access token to accept")
    add("--store-hash", default="sandbox1", help="the store's part of the URL")
    add("--api-key", default="sandbox-api-key", help="the API2Cart key of an account to accept")
    add("--store-key", default="sandbox-store-key", help="the API2Cart key of the store to accept")
    add("--every-scope", action="store_true", help="let the token read all there is")
    add("--quota", type=_quota, help="requests/seconds such as 150/30, or none (default)")
    add("--latency", type=_seconds, default=0.0, help="seconds added to every answer")
    add("--faults", type=_share, default=0.0, help="share of answers that fail, 0 to 1")
    add("--fault-seed", default="1", help="the same seed fails the same answers")
    add("--hook-speed", type=_speed, default=1.0, help="how much faster webhooks are tried again")
    add("--plain-hooks", action="store_true", help="let webhooks go to http and any port")
    add("--client-secret", default="", help="sign webhooks with it")
    add("--warm", action="store_true", help="encode every order before the first request")
    return parser


def _loopback(text: str) -> str:
    try:
        if ip_address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text} is no loopback address such as 127.0.0.1")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is not a whole number")
    return int(text)


def _port(text: str) -> int:
    if _count(text) > _LAST_PORT:
        raise ArgumentTypeError(f"{text} is no port")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not (seconds >= 0 and isfinite(seconds)):
        raise ArgumentTypeError(f"{text} is not a number from 0 up")
    return seconds


def _speed(text: str) -> float:
    speed = _seconds(text)
    if not speed:
        raise ArgumentTypeError(f"{text} is not greater than 0")
    return speed


def _share(text: str) -> float:
    share = _seconds(text)
    if share > 1:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _quota(text: str) -> Quota | None:
    if text == "none":
        return None
    requests, _, seconds = text.partition("/")
    if not (requests.isdigit() and seconds.isdigit() and int(requests) and int(seconds)):
        raise ArgumentTypeError(f"{text} is not like 150/30 (requests/seconds), nor none")
    return Quota(int(requests), int(seconds) * _SECOND_MS)


if __name__ == "__main__":
    sys.exit(main())
