"""`response_fields`: which parts of a response are wanted, e.g. `{result{order{id,totals{*}}}}`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tap_bigcommerce_carts.sandbox.api2cart.return_codes import GatewayError, invalid

_TOKEN = re.compile(r"\s*([{},]|\w+|\*)\s*")


@dataclass(frozen=True, slots=True)
class Selection:
    """The wanted parts of an object by name, `*` for all others; no names at all: everything."""

    names: tuple[tuple[str, "Selection"], ...] = ()

    def part(self, name: str) -> "Selection | None":
        """Return what is wanted of a part; None for nothing of it."""
        if not self.names:
            return self
        wanted = dict(self.names)
        return wanted.get(name) or wanted.get("*")

    def of(self, value: Any) -> Any:
        """Return the wanted parts of a document, or of each document of a list."""
        if not self.names:
            return value
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        parts = ((name, self.part(name), each) for name, each in value.items())
        return {name: part.of(each) for name, part, each in parts if part is not None}


ALL = Selection()


def of_names(names: Iterable[str]) -> Selection:
    """Return a selection of whole parts."""
    return Selection(tuple((name, ALL) for name in names))


def parse(text: str) -> Selection:
    """Read `response_fields`; a `GatewayError` when the braces or names are wrong."""
    tokens = _tokens(text)
    found, rest = _braces(tokens, 0)
    if rest != len(tokens):
        raise _wrong()
    return found


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong()
        tokens.append(match[1])
        at = match.end()
    return tokens


def _braces(tokens: list[str], at: int) -> tuple[Selection, int]:
    """Read `{name, name{...}}` from `at` on; return it and where it ends."""
    if tokens[at : at + 1] != ["{"]:
        raise _wrong()
    names: list[tuple[str, Selection]] = []
    separator = ","
    while separator == ",":
        name, part, at = "".join(tokens[at + 1 : at + 2]), ALL, at + 2
        if name in ("", "{", "}", ","):
            raise _wrong()
        if tokens[at : at + 1] == ["{"]:
            part, at = _braces(tokens, at)
        names.append((name, part))
        separator = "".join(tokens[at : at + 1])
    if separator != "}":
        raise _wrong()
    return Selection(tuple(names)), at + 1


def _wrong() -> GatewayError:
    return invalid("response_fields", "field names in braces such as {result{order{id}}}")
