"""The subcommand `bigcommerce-carts sandbox`: a store to try things on."""

from __future__ import annotations

import re
from ipaddress import ip_address
from math import isfinite
from pathlib import Path
from typing import Any

import click
from typing_extensions import override

from tap_bigcommerce_carts.errors import SandboxError

_COUNT = click.IntRange(min=0)
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_LAST_PORT = 65_535
_MOST_SECONDS = 60
_FASTEST = 100_000
# What says how large a shop is whose history was invented at once.
_SIZES = ("carts", "placed", "customers", "open_carts")


class _Number(click.FloatRange):
    """A number within bounds; what is none (`nan`) is within no bounds."""

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


def _quota(_ctx: click.Context, _param: click.Parameter, given: str) -> tuple[int, int] | None:
    """Return requests and the seconds they are for; None for no quota."""
    if given == "none":
        return None
    requests, _, seconds = given.partition("/")
    if not (requests.isdecimal() and seconds.isdecimal() and int(requests) and int(seconds)):
        raise click.BadParameter(f"{given} is not like 150/30 (requests/seconds), nor none.")
    return int(requests), int(seconds)


def _plain(_ctx: click.Context, _param: click.Parameter, given: str) -> str:
    """Return what is the same in a URL, a header, a `.env` and a shell."""
    if not _PLAIN.fullmatch(given):
        raise click.BadParameter("take letters, digits, dots, hyphens and underscores.")
    return given


# What it listens by.
_IP_VERSION = 4


@click.command()
@click.option(
    "--settings",
    type=click.Choice(["env", "line"]),
    help="What is printed: lines for .env, or one line for programs. By default lines in a "
    "terminal, else one line.",
)
@click.option(
    "--write",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the lines for .env into a new file, too.",
)
@click.option(
    "--source",
    type=click.Choice(["bigcommerce", "api2cart"]),
    default="bigcommerce",
    show_default=True,
    help="By which of the two roads the lines for .env lead to it.",
)
@click.option(
    "--speed",
    type=_Number(min=1, max=_FASTEST),
    help="How much faster its clock goes until it has caught up with the real one. Of a shop that "
    "lives, 60 by default.",
)
@click.option(
    "--days-ago",
    type=click.IntRange(0, 3650),
    help="Let it be so many days ago, until time is let pass. Of a shop that lives, 7 by default.",
)
@click.option(
    "--carts",
    type=_COUNT,
    help="A shop that stands still, with so many abandoned carts (orders in status 0).",
)
@click.option(
    "--placed", type=_COUNT, help="Its other orders; by default two per cart, 10000 at most."
)
@click.option(
    "--customers", type=_COUNT, help="Its registered customers; by default a third of the carts."
)
@click.option(
    "--open-carts",
    type=_COUNT,
    help="Its carts of the last day, with their orders; none by default.",
)
@click.option(
    "--year",
    is_flag=True,
    help="A shop that opens now, with a year before it, which happens as its clock is moved.",
)
@click.option("--seed", default="7", show_default=True, help="The same seed gives the same shop.")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=8080,
    show_default=True,
    help="0 for any free one.",
)
@click.option(
    "--token",
    callback=_plain,
    default="sandbox-token",
    show_default=True,
    help="The access token to accept.",
)
@click.option(
    "--store-hash",
    callback=_plain,
    default="sandbox1",
    show_default=True,
    help="The store's part of the URL.",
)
@click.option(
    "--api-key",
    callback=_plain,
    default="sandbox-api-key",
    show_default=True,
    help="The API2Cart key of an account to accept.",
)
@click.option(
    "--store-key",
    callback=_plain,
    default="sandbox-store-key",
    show_default=True,
    help="The API2Cart key of the store to accept.",
)
@click.option(
    "--every-scope",
    is_flag=True,
    help="Let the token read all there is, not only orders, customers and carts.",
)
@click.option(
    "--quota",
    callback=_quota,
    metavar="REQUESTS/SECONDS",
    default="none",
    show_default=True,
    help="Such as 150/30, or none.",
)
@click.option(
    "--latency",
    type=_Number(0, _MOST_SECONDS),
    default=0.0,
    show_default=True,
    help="Seconds added to every answer.",
)
@click.option(
    "--faults",
    type=_Number(0, 1),
    default=0.0,
    show_default=True,
    help="Share of answers that fail.",
)
@click.option(
    "--fault-seed", default="1", show_default=True, help="The same seed fails the same answers."
)
@click.option(
    "--hook-speed",
    type=_Number(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="How much faster webhooks are tried again.",
)
@click.option("--plain-hooks", is_flag=True, help="Let webhooks go to http and any port.")
@click.option("--client-secret", default="", help="Sign webhooks with it.")
@click.option("--warm", is_flag=True, help="Encode every order before the first request.")
def sandbox(**given: Any) -> None:
    """Serve an invented store, until Ctrl-C.

    It answers as BigCommerce does, as far as public documents tell, and as API2Cart does. By
    default it opened two months ago, and an hour passes there in a minute.
    """
    _check(given)
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.sandbox.serving import Wanted, serve  # noqa: PLC0415

    serve(Wanted(**given))


def _check(given: dict[str, Any]) -> None:
    """Raise what is wrong with options beside each other, or with an address."""
    if given["year"] and any(given[name] is not None for name in _SIZES):
        sizes = ", ".join(f"--{name.replace('_', '-')}" for name in _SIZES)
        raise click.UsageError(f"--year makes a shop that is still empty: leave out {sizes}.")
    try:
        address = ip_address(given["host"])
        is_loopback = address.is_loopback and address.version == _IP_VERSION
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise SandboxError(
            "--host must be a loopback address, such as 127.0.0.1 (IPv4): whoever reaches the "
            "sandbox can change it."
        )
