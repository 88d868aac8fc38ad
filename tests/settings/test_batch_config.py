"""The settings of BATCH files."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.support.settings import NEEDED, parsed, refused


@pytest.mark.parametrize(
    "given",
    [
        {"encoding": {}},
        {"storage": {"root": "file:///tmp"}},
        {"encoding": {"format": "jsonl"}, "storage": {}},
        {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp"}, "more": 1},
        {"encoding": 1, "storage": 2},
    ],
)
def test_a_batch_config_that_is_not_whole_is_refused(given: dict[str, Any]) -> None:
    assert "`batch_config" in refused({**NEEDED, "batch_config": given})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        *(({"batch_size": size}, "batch_size") for size in (0, -1, "5", 2.5, True)),
        ({"encoding": {"format": "csv"}}, "encoding.format"),
        ({"encoding": {"format": "jsonl", "compression": "zip"}}, "encoding.compression"),
        *(
            ({"storage": {"root": root}}, "storage.root")
            for root in (5, "foo://x", "/dev/null", "/dev/null/x", "/dev/null/x/y")
        ),
        ({"storage": {"root": "/tmp", "prefix": "a/b/"}}, "storage.prefix"),  # noqa: S108 - not made
        ({"storage": {"root": "/tmp", "params": 5}}, "storage.params"),  # noqa: S108 - not made
    ],
)
def test_a_mistake_inside_a_batch_config_is_named(changed: dict[str, Any], named: str) -> None:
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    message = refused({**NEEDED, "batch_config": {**whole, **changed}})
    assert f"`batch_config.{named}`" in message
    assert message.count("`batch_config") == 1


@pytest.mark.parametrize(
    ("package", "changed"),
    [
        ("pyarrow", {"encoding": {"format": "parquet"}}),
        ("s3fs", {"storage": {"root": "s3://bucket/x"}}),
    ],
)
def test_a_package_that_files_need_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str, changed: dict[str, Any]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    message = refused({**NEEDED, "batch_config": {**whole, **changed}})
    assert "`batch_config." in message
    assert package in message


def test_a_whole_batch_config_is_taken() -> None:
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    assert parsed(batch_config=whole) == parsed()
