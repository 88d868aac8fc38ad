"""What of the SDK's insides is used: each private member has its reason here, and its parameters.

An upgrade of the SDK that changes one of them fails here, by its name, before it shows in a row.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "tap_bigcommerce_carts"

# Parameters, and why no public member does. An attribute has no parameters.
MEMBERS: dict[str, tuple[str | None, str]] = {
    "PluginBase._config": (
        None,
        "`config` is a copy that cannot be changed; text is read as the type its setting has",
    ),
    "PluginBase._env_var_prefix": (
        "(cls)",
        "the variables that `--config ENV` reads are checked, and those that are not read",
    ),
    "PluginBase._handle_termination": (
        "(self, signum, frame)",
        "the SDK ends with exit code 0, in the middle of a row",
    ),
    "Tap._handle_termination": (
        "(self, signum, frame)",
        "as for `PluginBase`; it writes a STATE in the middle of a row",
    ),
    "PluginBase._validate_config": (
        "(self, *, raise_errors=True)",
        "all settings are checked before a stream is made, with one sentence for each mistake",
    ),
    "Stream._sync_records": (
        "(self, context=None, *, write_messages=True)",
        "where `sync` leaves the writing to the stream: a page at a time, and its children's rows",
    ),
    "Stream._sync_batches": (
        "(self, batch_config, context=None)",
        "the same for BATCH files, which would begin anew with each page",
    ),
    "Stream._write_schema_message": ("(self)", "SCHEMA with stream maps"),
    "Stream._write_batch_message": ("(self, encoding, manifest)", "BATCH with stream maps"),
    "Stream._write_state_message": ("(self)", "STATE, if it changed"),
}
# Of modules that are the SDK's own.
IMPORTED: dict[str, tuple[str | None, str]] = {
    "singer_sdk.helpers._batch.BatchConfig": (
        "(encoding, storage, batch_size=10000)",
        "what `get_batch_config` returns and `_write_batch_message` takes",
    ),
    "singer_sdk.helpers._catalog.get_selected_schema": (
        "(stream_name, schema, mask)",
        "the schema less what is deselected; the SDK's own way forgets the precision of decimals",
    ),
    "singer_sdk.helpers._catalog.pop_deselected_record_properties": (
        "(record, schema, mask, breadcrumb=())",
        "deselected columns inside objects go as the SDK's own writing would have them go",
    ),
}


def own_classes() -> Iterator[type]:
    """The package's classes that are made of classes of the SDK."""
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        if "singer" not in file.read_text("utf-8"):
            continue
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        if name.endswith(("__main__", "__init__")):
            continue
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, type) and each.__module__ == name and list(sdk_bases(each)):
                yield each


def sdk_bases(of: type) -> Iterator[type]:
    return (each for each in of.__mro__ if each.__module__.startswith("singer_sdk."))


def private_names(source: str) -> set[str]:
    """Private members that the text of a class names as its own, or defines."""
    used = set(re.findall(r"\b(?:self|cls|super\([^)]*\))\.(_[a-z]\w*)", source))
    return used | set(re.findall(r"^    (?:def )?(_[a-z]\w*)\b(?=\(|:| =)", source, re.MULTILINE))


@cache
def members_used() -> dict[str, type]:
    """Private members that classes of the package share with those of the SDK they are made of."""
    return {
        f"{base.__name__}.{name}": base
        for own in own_classes()
        for base in sdk_bases(own)
        for name in private_names(inspect.getsource(own)) & private_names(inspect.getsource(base))
    }


def parameters(of: Any) -> str | None:
    """The names and kinds of a function's parameters, without types; None if it is none."""
    of = getattr(of, "fget", of)
    if not callable(of):
        return None
    signature = inspect.signature(of)
    bare = [
        each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


def private_imports() -> Iterator[str]:
    """What the package imports of modules of the SDK that are private."""
    for file in (ROOT / PACKAGE).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("singer_sdk"):
                for each in node.names:
                    name = f"{node.module}.{each.name}"
                    if "._" in name:
                        yield name


def test_each_private_member_that_is_used_has_a_reason() -> None:
    assert set(members_used()) == set(MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_private_member_takes_what_it_took(name: str) -> None:
    owner = members_used()[name]
    member = inspect.getattr_static(owner, name.partition(".")[2], None)
    assert parameters(member) == MEMBERS[name][0], f"{name} of the SDK has changed"


def test_each_private_import_has_a_reason() -> None:
    assert set(private_imports()) == set(IMPORTED)


@pytest.mark.parametrize("name", IMPORTED)
def test_what_is_imported_takes_what_it_took(name: str) -> None:
    module, _, member = name.rpartition(".")
    found = getattr(importlib.import_module(module), member)
    assert parameters(found) == IMPORTED[name][0], f"{name} of the SDK has changed"


def test_no_private_member_is_reached_from_outside() -> None:
    """As `tap._state` would be, which ruff forbids: who looks at classes alone does not see it."""
    allowed = [
        file.name
        for file in (ROOT / PACKAGE / "singer").glob("*.py")
        if "SLF001" in file.read_text("utf-8")
    ]
    assert not allowed
