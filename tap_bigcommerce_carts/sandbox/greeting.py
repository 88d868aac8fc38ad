"""What a sandbox says of itself: one line for programs, or lines that a `.env` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox.server import Sandbox

_PREFIX = "TAP_BIGCOMMERCE_CARTS_"
_NAMES = {"bigcommerce": "BigCommerce", "api2cart": "API2Cart"}
_LINES = """\
# An invented store answers at {url}, until Ctrl-C. It has {carts} abandoned
# carts, {placed} orders and {customers} customers. Its keys open nothing else. For .env:
{chosen}
# By way of {other}:
{others}
# Let twelve hours pass there: curl -d '{{"hours": 12}}' {url}/_sandbox/clock"""


def line(sandbox: Sandbox) -> str:
    """Return one line: the URL, and `name=value` for what opens it and how large it is."""
    counts = " ".join(f"{name}={count}" for name, count in _counts(sandbox).items())
    return (
        f"{sandbox.url} store_hash={sandbox.store_hash} access_token={sandbox.token} "
        f"api_key={sandbox.keys.api_key} store_key={sandbox.keys.store_key} {counts}"
    )


def lines(sandbox: Sandbox, source: str) -> str:
    """Return the tap's settings as lines of a `.env`, which takes comments, too.

    Args:
        sandbox: one that is served.
        source: the road that is not commented out, as the tap's setting names it.
    """
    roads = _roads(sandbox)
    chosen = roads.pop(source)
    ((other, others),) = roads.items()
    return _LINES.format(
        url=sandbox.url,
        chosen="\n".join(_variables(chosen)),
        other=_NAMES[other],
        others="\n".join(f"#{each}" for each in _variables(others)),
        **_counts(sandbox),
    )


def write(file: Path, sandbox: Sandbox, source: str) -> None:
    """Write these lines into a new file; one that has the settings already is left as it is.

    Raises:
        SandboxError: it is there without them, or cannot be written.
    """
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(lines(sandbox, source) + "\n")
    except FileExistsError:
        if not _has(file, _variables(_roads(sandbox)[source])):
            raise SandboxError(
                f"{file} is there already with something else, and is not overwritten: name "
                "another file with --write, or leave that out and paste the lines that are printed."
            ) from None
    except OSError as error:
        raise SandboxError(f"{file} cannot be written: {error.strerror}.") from None


def _has(file: Path, wanted: list[str]) -> bool:
    """Return whether a file has all of these lines, as when the sandbox was started before."""
    try:
        return set(wanted) <= set(file.read_text("utf-8").splitlines())
    except (OSError, ValueError):
        return False


def _roads(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Return the settings for each source."""
    return {"bigcommerce": sandbox.config(), "api2cart": sandbox.api2cart_config()}


def _variables(settings: dict[str, str]) -> list[str]:
    return [f"{_PREFIX}{name.upper()}={value}" for name, value in settings.items()]


def _counts(sandbox: Sandbox) -> dict[str, int]:
    carts = len(sandbox.shop.by_id.between(group=0))
    placed = len(sandbox.shop.orders) - carts
    return {"carts": carts, "placed": placed, "customers": len(sandbox.shop.customers)}
