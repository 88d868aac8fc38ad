"""The tools' modules know each other one way."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import tools

ROOT = Path(tools.__file__).parent
MODULES = {
    ".".join(("tools", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in ROOT.rglob("*.py")
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
