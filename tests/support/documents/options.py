"""The options that our own commands know."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import click

from tap_bigcommerce_carts.commands import bigcommerce_carts
from tap_bigcommerce_carts.singer.tap import make_command
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLACEHOLDER = re.compile(r"[A-Z]+")


@cache
def ours() -> dict[str, click.Command]:
    """Return our commands by their whole names, such as `bigcommerce-carts inbox serve`."""
    found = dict(_below("bigcommerce-carts", bigcommerce_carts))
    tap = make_command(TapBigCommerceCarts)
    assert isinstance(tap, click.Command)
    return {**found, "tap-bigcommerce-carts": tap}


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for word, one in command.commands.items():
            yield from _below(f"{name} {word}", one)


def complaint(words: Sequence[str]) -> str | None:
    """Return what is wrong with a call of one of our commands: its name, or an option."""
    name = words[0].rpartition("/")[2]
    rest = [*words[1:]]
    while rest and isinstance(ours()[name], click.Group) and not rest[0].startswith("-"):
        if _PLACEHOLDER.fullmatch(rest[0]):
            return None
        name = f"{name} {rest.pop(0)}"
        if name not in ours():
            return f"there is no command `{name}`"
    known = options_of(ours()[name])
    given = (word.partition("=")[0] for word in rest if word.startswith("--"))
    return next((f"`{name}` knows no option {each}" for each in given if each not in known), None)


def options_of(command: click.Command) -> set[str]:
    """Return the options that a command takes, with `--help`."""
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return known | {"--help"}


def all_options() -> set[str]:
    """Return the options of all of our commands."""
    return {option for command in ours().values() for option in options_of(command)}
