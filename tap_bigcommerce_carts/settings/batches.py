"""The SDK's setting `batch_config`: whether BATCH files can be written as it asks.

Its JSON schema leaves much open; what can be known before the run is checked before the run.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fsspec import get_filesystem_class, url_to_fs
from fsspec.core import split_protocol
from fsspec.implementations.local import LocalFileSystem

_FORMATS = ("jsonl", "parquet")
_COMPRESSIONS = ("gzip", "none")
# As the SDK reads it: https://sdk.meltano.com/en/latest/batch.html
_PARTS = {
    "encoding": {"format", "compression"},
    "storage": {"root", "prefix", "params"},
}


def problem_in(given: Any) -> str | None:
    """Return an error message, or None if BATCH files can be written as asked.

    Args:
        given: the setting, of the types that its JSON schema asks for. Nothing is BATCH files
            not wanted.
    """
    if not given:
        return None
    if not _is_whole(given):
        return (
            "`batch_config` must hold `encoding` (with `format`) and `storage` (with `root`), and "
            "may hold `batch_size`."
        )
    encoding, size = given["encoding"], given.get("batch_size")
    # The SDK leaves these to whoever writes the files.
    for name, value, allowed in (
        ("format", encoding["format"], _FORMATS),
        ("compression", encoding.get("compression"), (*_COMPRESSIONS, None)),
    ):
        if value not in allowed:
            named = ", ".join(f"`{each}`" for each in allowed if each)
            return f"`batch_config.encoding.{name}` must be one of {named}."
    if size is not None and (type(size) is not int or size < 1):
        return "`batch_config.batch_size` must be a whole number from 1 on."
    if encoding["format"] == "parquet" and not find_spec("pyarrow"):
        return (
            "`batch_config.encoding.format: parquet` needs the Python package pyarrow beside the "
            "tap: install it, or take `jsonl`."
        )
    return _problem_of(given["storage"])


def _is_whole(given: Any) -> bool:
    """Whether all that is needed is there, and nothing that the SDK does not know."""
    if not (isinstance(given, dict) and set(given) <= {*_PARTS, "batch_size"}):
        return False
    for part, names in _PARTS.items():
        inside = given.get(part)
        if not (isinstance(inside, dict) and set(inside) <= names):
            return False
    return isinstance(given["encoding"].get("format"), str) and bool(given["storage"].get("root"))


def _problem_of(storage: dict[str, Any]) -> str | None:
    if not isinstance(storage.get("params", {}), dict):
        return "`batch_config.storage.params` must be an object."
    protocol, _ = split_protocol(storage["root"])
    try:
        kind = get_filesystem_class(protocol)
    except ValueError:
        return "`batch_config.storage.root` must be a folder, or an address such as `s3://…`."
    except ImportError as error:
        # Its own words name the package.
        return f"`batch_config.storage.root` needs a Python package that is not there: {error}."
    return _problem_here(storage) if kind is LocalFileSystem else None


def _problem_here(storage: dict[str, Any]) -> str | None:
    """Look at a folder of this computer; it need not be there yet."""
    if "/" in (storage.get("prefix") or ""):
        return (
            "`batch_config.storage.prefix` is how the files' names begin, and must not hold a "
            "`/`: put folders into `root`."
        )
    _, folder = url_to_fs(storage["root"])
    there = next(each for each in (Path(folder), *Path(folder).parents) if each.exists())
    if not there.is_dir():
        return "`batch_config.storage.root` must be a folder; it is a file, or lies below one."
    if not os.access(there, os.W_OK | os.X_OK):
        return "`batch_config.storage.root` must be a folder that the tap may write to."
    return None
