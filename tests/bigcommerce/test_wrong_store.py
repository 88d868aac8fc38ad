"""A token, a hash or an address that is wrong: one readable line, and a good STATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import (
    command,
    error_lines,
    run,
    sole_error,
)
from tests.support.planting import EARLIER
from tests.support.scripted import Answer, Script

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_wrong_token(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, form: Any
) -> None:
    shop.add_order(modified=EARLIER)
    store.faults.unauthorized_as = form
    output = command({**config, "access_token": "wrong-token"}, folder=tmp_path)
    line = sole_error(output)
    assert "`access_token`" in line
    assert "wrong-token" not in output.log
    assert output.rows("orders") == []
    assert len(store.requests) == 1


def test_an_empty_token(store: Sandbox, config: dict[str, Any], tmp_path: Path) -> None:
    assert "`access_token`" in sole_error(command({**config, "access_token": ""}, folder=tmp_path))
    assert store.requests == []


def test_a_wrong_hash_is_told_with_each_stream(config: dict[str, Any], tmp_path: Path) -> None:
    """Every address of that store answers 403, as where a scope is missing: both are named."""
    output = command({**config, "store_hash": "other1"}, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    lines = error_lines(output)
    assert lines
    assert all("`store_hash`" in line and "other1" in line for line in lines)


def test_a_wrong_hash_that_leads_to_a_web_page(tmp_path: Path) -> None:
    page = Answer(404, "<html><title>404 Not Found</title></html>", form="text/html")
    with Script(page).serving() as script:
        settings = {"api_url": script.url, "store_hash": "other1", "access_token": "t"}
        output = command(settings, folder=tmp_path)
    assert output.code == 1
    lines = error_lines(output)
    assert lines
    assert all("`store_hash` (other1)" in line for line in lines)


def test_an_unreachable_host(config: dict[str, Any], tmp_path: Path) -> None:
    settings = {**config, "api_url": "http://127.0.0.1:9", "retry_for": 0}
    line = sole_error(command(settings, folder=tmp_path))
    assert "`api_url`" in line
    assert "127.0.0.1:9" in line


@pytest.mark.parametrize("address", ["https://a..example.com", "https://no-such-host.invalid"])
def test_an_address_that_leads_nowhere(
    config: dict[str, Any], tmp_path: Path, address: str
) -> None:
    settings = {**config, "api_url": address, "retry_for": 0}
    assert "`api_url`" in sole_error(command(settings, folder=tmp_path))


def test_another_servers_page(store: Sandbox, config: dict[str, Any], tmp_path: Path) -> None:
    """An address of the sandbox that is no API: 404 in text."""
    settings = {**config, "api_url": f"{store.url}/elsewhere", "retry_for": 0}
    output = command(settings, folder=tmp_path)
    assert output.code == 1
    assert all("`api_url`" in line for line in error_lines(output))


def test_an_answer_that_is_not_json(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Carts are read, customers are not: the STATE covers the carts alone."""
    cart = shop.add_order(modified=EARLIER)
    customer = shop.add_customer()
    store.faults.only = "/v3/customers"
    store.faults.rate, store.faults.kinds = 1.0, ("cut_json",)
    output = command({**config, "retry_for": 0}, folder=tmp_path)
    assert "not JSON" in sole_error(output)
    assert output.ids("abandoned_carts") == [str(cart)]
    store.faults.rate = 0
    rest = run(config, state=output.state)
    assert rest.ids("customers") == [customer]
