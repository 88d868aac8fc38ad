"""The SDK's setting `batch_config`: whether BATCH files can be written as it asks.

Its JSON schema leaves much open; what can be known before the run is told before the run.
"""

from __future__ import annotations

import os
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fsspec import get_filesystem_class, url_to_fs
from fsspec.core import split_protocol
from fsspec.implementations.local import LocalFileSystem
from singer_sdk.helpers._batch import BatchConfig, StorageTarget

_FORMATS = ("jsonl", "parquet")
_COMPRESSIONS = ("gzip", "none")


def problem_in(given: Any) -> str | None:
    """Tell in a sentence why files cannot be written; None if nothing speaks against it.

    Args:
        given: the setting, of the types that its JSON schema asks for. Nothing is BATCH files
            not wanted.
    """
    if not given:
        return None
    try:
        config = BatchConfig.from_dict(deepcopy(given))
        encoding = config.encoding
        # The root as given: some versions of the SDK have one of their own.
        whole = isinstance(encoding.format, str) and bool(given["storage"]["root"])
    except (AttributeError, LookupError, TypeError, ValueError):
        whole = False
    if not whole:
        return (
            "`batch_config` must hold `encoding` (with `format`) and `storage` (with `root`), and "
            "may hold `batch_size`."
        )
    # Some versions of the SDK leave these to whoever writes the files.
    for name, value, allowed in (
        ("format", encoding.format, _FORMATS),
        ("compression", encoding.compression, (*_COMPRESSIONS, None)),
    ):
        if value not in allowed:
            named = ", ".join(f"`{each}`" for each in allowed if each)
            return f"`batch_config.encoding.{name}` must be one of {named}."
    if type(config.batch_size) is not int or config.batch_size < 1:
        return "`batch_config.batch_size` must be a whole number from 1 on."
    if config.encoding.format == "parquet" and not find_spec("pyarrow"):
        return (
            "`batch_config.encoding.format: parquet` needs the Python package pyarrow beside the "
            "tap: install it, or take `jsonl`."
        )
    return _problem_of(config.storage)


def _problem_of(storage: StorageTarget) -> str | None:
    if not isinstance(storage.params, dict):
        return "`batch_config.storage.params` must be an object."
    protocol, _ = split_protocol(storage.root)
    try:
        kind = get_filesystem_class(protocol)
    except ValueError:
        return "`batch_config.storage.root` must be a folder, or an address such as `s3://…`."
    except ImportError as error:
        # Its own words name the package.
        return f"`batch_config.storage.root` needs a Python package that is not there: {error}."
    return _problem_here(storage) if kind is LocalFileSystem else None


def _problem_here(storage: StorageTarget) -> str | None:
    """Look at a folder of this computer; it need not be there yet."""
    if "/" in (storage.prefix or ""):
        return (
            "`batch_config.storage.prefix` is how the files' names begin, and must not hold a "
            "`/`: put folders into `root`."
        )
    _, folder = url_to_fs(storage.root)
    there = next(each for each in (Path(folder), *Path(folder).parents) if each.exists())
    if not there.is_dir():
        return "`batch_config.storage.root` must be a folder; it is a file, or lies below one."
    if not os.access(there, os.W_OK | os.X_OK):
        return "`batch_config.storage.root` must be a folder that the tap may write to."
    return None
