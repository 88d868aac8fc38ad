"""Settings from a file, as the command reads it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.harness import NOON, command, error_lines

if TYPE_CHECKING:
    from pathlib import Path


def test_a_wrong_setting_ends_the_command_in_one_line(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Before the first request."""
    output = command({**config, "page_size": 0, "start_date": "soon"}, folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "`page_size`" in line
    assert "Traceback" not in output.log
    assert output.messages == []
    assert store.requests == []


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "5", "null", "", '[{"a": 1}]'])
def test_a_settings_file_that_holds_none_is_a_sentence(content: str, tmp_path: Path) -> None:
    output = command(content, folder=tmp_path)
    assert output.code == 1
    assert len(error_lines(output)) == 1
    assert "Traceback" not in output.log


@pytest.mark.parametrize("content", ["[]", '[["page_size", 5]]', '[{"a": 1}]'])
def test_a_settings_file_that_holds_a_list_is_called_so(content: str, tmp_path: Path) -> None:
    (line,) = error_lines(command(content, folder=tmp_path))
    assert "--config holds a list" in line


def test_a_settings_file_of_a_windows_editor_is_read(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    """It begins with a mark of the encoding."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    output = command("\ufeff" + json.dumps(config), folder=tmp_path)
    assert output.code == 0
    assert output.ids("orders") == [order]


def test_a_settings_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    output = command("{}", "--config", str(tmp_path / "nowhere.json"), folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "--config" in line


FRACTIONS = {"rate_limit_reserve": 0.25, "request_timeout": 1.5, "retry_for": 0.5}


@pytest.mark.parametrize("name", FRACTIONS)
def test_fractions_in_a_settings_file_work(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, name: str
) -> None:
    """Also when a request fails and these numbers are reckoned with."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    store.faults.script = [Fault("429", reset_ms=10)]
    settings = {**config, "retry_for": 5, name: FRACTIONS[name]}
    if name == "retry_for":
        settings[name] = 5.5
    output = command(settings, folder=tmp_path)
    assert error_lines(output) == []
    assert output.code == 0
    assert output.ids("orders") == [order]
