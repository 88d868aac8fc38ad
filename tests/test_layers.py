"""The floors of the house: who may import whom, read from the text of all modules.

Imports inside functions count. What stands under `if TYPE_CHECKING:` is not there when the tap
runs: it may be mutual, but it does not lead up either.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PACKAGE = "tap_bigcommerce_carts"

# From below. A room imports itself and what is on floors below its own.
FLOORS = (
    ("errors", "model", "redaction", "addresses"),
    ("rows", "http"),
    ("bigcommerce", "api2cart"),
    ("inbox", "report", "sandbox"),
    ("settings",),
    ("run", "load"),
    ("singer",),
    ("streams",),
    ("tap",),
    ("verify",),
    ("doctor",),
    ("cli", "commands"),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

SDK = ("singer_sdk",)
SDK_ROOMS = ("singer", "streams", "tap")
HTTP = ("requests", "urllib3", *(f"{PACKAGE}.{room}" for room in ("http", *FLOORS[2])))
# Rooms, and what none of their modules reaches, by whatever way.
OUT_OF_REACH = (
    ("streams", HTTP),
    ("settings", HTTP),
    ("singer", HTTP),
    *((room, SDK) for room in ("rows", "http", "bigcommerce", "api2cart", "inbox", "settings")),
    *((room, SDK) for room in ("run", "load", "report")),
    ("http", (f"{PACKAGE}.rows", *HTTP[3:])),
)

# Packages of the sandbox, and what of it each may know: the shop nobody, the server all.
IN_THE_SANDBOX = {
    "shop": (),
    "bigcommerce": ("shop", "faults", "recorder", "responses"),
    "api2cart": ("shop", "faults", "recorder", "responses"),
    "webhooks": ("shop", "bigcommerce", "recorder", "responses"),
}


def room_of(module: str) -> str:
    """The room of the package that a module is in, such as `singer`."""
    return module.split(".")[1] if "." in module else ""


@cache
def modules() -> dict[str, Path]:
    """All modules of the package, and their files."""
    found = {}
    for file in (ROOT / PACKAGE).rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def starting(module: str) -> frozenset[str]:
    """What a module imports when it is imported itself: what stands in no function."""
    tree = ast.parse(modules()[module].read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    later = {id(inside) for each in functions for inside in ast.walk(each)} | _for_types(tree)
    return frozenset(
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in later
        for each in _named(node)
    )


@cache
def imports(file: Path) -> tuple[frozenset[str], frozenset[str]]:
    """What a module imports when it runs, and what for the type checker alone."""
    tree = ast.parse(file.read_text("utf-8"))
    typing = _for_types(tree)
    running: set[str] = set()
    checked: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            (checked if id(node) in typing else running).update(_named(node))
    return frozenset(running), frozenset(checked)


def _for_types(tree: ast.Module) -> set[int]:
    """What stands under `if TYPE_CHECKING:`."""
    return {
        id(inside)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in node.body
        for inside in ast.walk(each)
    }


def _named(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
        return
    assert not node.level, "Imports are absolute."
    for each in node.names:
        name = f"{node.module}.{each.name}"
        yield name if name in modules() else str(node.module)


def running(module: str) -> Iterator[str]:
    """What a module imports when it runs; with a module of the package its parents."""
    for target in imports(modules()[module])[0]:
        yield target
        parts = target.split(".")
        yield from (
            parent
            for length in range(1, len(parts))
            if (parent := ".".join(parts[:length])) in modules()
            and not module.startswith(f"{parent}.")
        )


def is_in(module: str, packages: Iterable[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)


def way_to(module: str, packages: Iterable[str]) -> list[str]:
    """The imports by which a module reaches one of some packages; none if it does not."""
    ways = [[module]]
    seen = {module}
    for way in ways:
        for target in sorted(set(running(way[-1])) - seen):
            seen.add(target)
            if is_in(target, packages):
                return [*way, target]
            if target in modules():
                ways.append([*way, target])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        module: {each for each in running(module) if each in modules()} - {module}
        for module in modules()
    }
    assert len(graph) > 50
    TopologicalSorter(graph).prepare()


def test_every_room_is_on_a_floor() -> None:
    assert set(FLOOR) == {room_of(each) for each in modules()} - {""}


def test_no_import_leads_up() -> None:
    """Two rooms on one floor do not know each other."""
    upward = [
        f"{module} imports {target}, which is not below it"
        for module, file in modules().items()
        for target in frozenset().union(*imports(file))
        if target.startswith(f"{PACKAGE}.")
        and (there := room_of(target)) != (here := room_of(module))
        and FLOOR[there] >= FLOOR[here]
    ]
    assert not upward, "\n".join(sorted(upward))


def test_the_sdk_is_imported_where_it_is_used() -> None:
    elsewhere = [
        f"{module} imports {target}: what touches the SDK belongs in singer/"
        for module, file in modules().items()
        if room_of(module) not in SDK_ROOMS
        for target in frozenset().union(*imports(file))
        if is_in(target, SDK)
    ]
    assert not elsewhere, "\n".join(sorted(elsewhere))


@pytest.mark.parametrize(("room", "packages"), OUT_OF_REACH)
def test_a_room_does_not_reach_what_it_need_not_know(room: str, packages: tuple[str, ...]) -> None:
    inside = [each for each in modules() if room_of(each) == room]
    assert inside
    ways = [way for each in inside if (way := way_to(each, packages))]
    assert not ways, "\n".join(" imports ".join(way) for way in ways)


def test_the_command_beside_the_tap_starts_without_the_sdk() -> None:
    """Its subcommands may need it later; the receiver never does."""
    seen, found = {f"{PACKAGE}.commands"}, [f"{PACKAGE}.commands"]
    for module in found:
        for target in sorted(starting(module) - seen):
            assert not is_in(target, SDK), f"{module} imports {target}"
            seen.add(target)
            if target in modules():
                found.append(target)
    assert f"{PACKAGE}.verify.cli" in found


def test_every_error_that_a_user_can_see_is_in_one_place() -> None:
    elsewhere = [
        f"{module} defines {node.name}, which belongs in errors.py"
        for module, file in modules().items()
        # What the sandbox raises becomes the answer to a request.
        if room_of(module) not in ("errors", "sandbox")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and re.fullmatch(r"[A-Z]\w*Error", node.name)
    ]
    assert not elsewhere, "\n".join(elsewhere)


def test_how_the_inbox_is_read_knows_nothing_of_its_receiver() -> None:
    receiver = f"{PACKAGE}.inbox.receiver"
    read = {
        name: file
        for name, file in modules().items()
        if room_of(name) == "inbox" and not name.startswith(receiver)
    }
    assert f"{PACKAGE}.inbox.cart_log" in read
    for name, file in read.items():
        leading_up = [each for each in frozenset.union(*imports(file)) if each.startswith(receiver)]
        assert not leading_up, name


@pytest.mark.parametrize("package", IN_THE_SANDBOX)
def test_a_package_of_the_sandbox_knows_those_below_it(package: str) -> None:
    sandbox = f"{PACKAGE}.sandbox"
    allowed = [f"{sandbox}.{each}" for each in (package, *IN_THE_SANDBOX[package])]
    inside = [each for each in modules() if is_in(each, allowed[:1])]
    assert len(inside) > 1
    upward = [
        f"{module} imports {target}"
        for module in inside
        for target in frozenset.union(*imports(modules()[module]))
        if is_in(target, [sandbox]) and not is_in(target, allowed)
    ]
    assert not upward, "\n".join(upward)


def test_the_sandbox_is_known_to_nobody_but_the_commands() -> None:
    """Whoever runs the tap does not install what it needs."""
    knowing = [
        module
        for module, file in modules().items()
        if room_of(module) not in ("sandbox", "commands")
        for target in frozenset.union(*imports(file))
        if is_in(target, [f"{PACKAGE}.sandbox"])
    ]
    assert not knowing
