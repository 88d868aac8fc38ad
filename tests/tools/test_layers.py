"""What may know what in the sandbox: the shop knows nobody, the server knows all."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tools

ROOT = Path(tools.__file__).parent
MODULES = {
    ".".join(("tools", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in ROOT.rglob("*.py")
}
BELOW = {
    "shop": (),
    "bigcommerce": ("shop", "faults", "recorder", "responses"),
    "api2cart": ("shop", "faults", "recorder", "responses"),
    "webhooks": ("shop", "bigcommerce", "recorder", "responses"),
}


def imported(module: str) -> set[str]:
    """Return the modules of `tools` that a module imports, also for its types alone."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(above if node.level else []), *([node.module or ""])]).strip(".")
            for alias in node.names:
                name = f"{base}.{alias.name}"
                found.add(name if name in MODULES else base)
    return found & MODULES.keys() - {module}


def test_no_module_imports_itself_by_way_of_others() -> None:
    TopologicalSorter({module: imported(module) for module in MODULES}).prepare()


@pytest.mark.parametrize("package", BELOW)
def test_a_package_of_the_sandbox_knows_those_below_it(package: str) -> None:
    inside = f"tools.sandbox.{package}"
    allowed = tuple(f"tools.sandbox.{each}" for each in (package, *BELOW[package]))
    modules = [each for each in MODULES if f"{each}.".startswith(f"{inside}.")]
    assert len(modules) > 1
    upward = {
        (module, other)
        for module in modules
        for other in imported(module)
        if not f"{other}.".startswith(tuple(f"{each}." for each in allowed))
    }
    assert not upward
