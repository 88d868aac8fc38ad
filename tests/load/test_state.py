"""State on a server: PostgreSQL and S3; and Meltano's system database, made by many at once."""

from __future__ import annotations

import re
import subprocess
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING

import psycopg
import pytest
import requests

from tap_bigcommerce_carts.load import system_database
from tests.support.paths import ROOT
from tests.support.receivers import fresh_database
from tests.support.stores import MELTANO, Place, ended, place, sandbox, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox.recorder import Request

pytestmark = pytest.mark.slow
CARTS = 12
MOTO = ROOT / ".venvs/moto/bin/moto_server"


@pytest.fixture
def shops(tmp_path: Path, postgres: str) -> Iterator[Place]:
    """One store."""
    with ExitStack() as stack:
        made = place(tmp_path, postgres)
        made.shops["acme"] = stack.enter_context(sandbox("acme", CARTS))
        made.variables["STORE_ACME_ACCESS_TOKEN"] = token_of("acme")
        made.write({"acme": {}}, defaults={"page_size": 4, "max_parallel_requests": 1})
        yield made


def assert_goes_on(shops: Place, *arguments: str) -> None:
    """Check that a run reads nothing but the look-back, and what is new."""
    acme = shops.shops["acme"]
    acme.clear()
    now = acme.shop.clock.advance(hours=3)  # type: ignore[attr-defined]
    acme.shop.add_order(modified=now - timedelta(hours=2))
    before = shops.carts()["acme"]
    done = shops.run("acme", *arguments)
    assert done.code == 0, done.log
    asked = [each.query.get("min_date_modified") for each in acme.requests]
    assert min(filter(None, asked)) > "2026-03"
    found = re.search(r" loaded +(\d+) rows", done.out)
    assert found
    # Of about ninety.
    assert int(found[1]) < 30
    assert shops.carts()["acme"] == before + 1


def test_state_in_postgresql_serves_all_machines_and_one_store_is_loaded_by_one(
    shops: Place, postgres: str
) -> None:
    state = fresh_database(postgres).replace("://", "+psycopg://", 1)
    shops.variables["MELTANO_DATABASE_URI"] = state
    acme, reached = shops.shops["acme"], Event()

    def slow(number: int, _request: Request) -> None:
        if number == 3:
            reached.set()

    acme.before(slow)
    acme.latency = 0.5
    here, elsewhere = f"--work={shops.folder}/here", f"--work={shops.folder}/elsewhere"
    first = shops.start("acme", here)
    assert reached.wait(120)
    second = shops.run("acme", elsewhere)
    assert second.code == 75
    assert "is being loaded by another run, on another machine: this one leaves" in second.log
    first.kill()
    ended(first)
    acme.latency = 0.0
    assert shops.run("acme", elsewhere).code == 0
    assert shops.carts() == {"acme": CARTS}
    assert_goes_on(shops, here)
    assert not (shops.folder / ".meltano/meltano.db").exists()


@contextmanager
def s3(log: Path) -> Iterator[str]:
    """A server that speaks S3; yields its address."""
    with log.open("wb") as opened:
        process = subprocess.Popen(
            [MOTO, "--host", "127.0.0.1", "--port", "0"],
            stdout=opened,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found[0]
                break
    finally:
        process.kill()
        process.communicate()


def test_state_in_s3(shops: Place, tmp_path: Path) -> None:
    with s3(tmp_path / "s3.log") as address:
        keys = {
            "MELTANO_STATE_BACKEND_S3_ENDPOINT_URL": address,
            "MELTANO_STATE_BACKEND_S3_AWS_ACCESS_KEY_ID": "an-invented-key-id",
            "MELTANO_STATE_BACKEND_S3_AWS_SECRET_ACCESS_KEY": "an-invented-secret-key",
        }
        shops.variables |= keys | {
            "MELTANO_STATE_BACKEND_URI": "s3://states/meltano",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        # As `aws s3 mb` does; moto asks for no signature.
        requests.put(f"{address}/states", timeout=30).raise_for_status()
        assert shops.run("acme").code == 0
        assert_goes_on(shops)
    assert "an-invented-secret-key" not in "".join(shops.files().values())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_eight_that_begin_at_once_make_one_system_database(
    shops: Place, postgres: str, kind: str
) -> None:
    """All find it made, whoever made it: then each fails for its own reason, the secret."""
    address = f"sqlite:///{shops.folder}/state.db"
    if kind == "postgres":
        address = fresh_database(postgres).replace("://", "+psycopg://", 1)
    shops.variables["MELTANO_DATABASE_URI"] = address
    del shops.variables["STORE_ACME_ACCESS_TOKEN"]
    calls = shops.folder / "calls"
    wrapper = shops.folder / "meltano"
    wrapper.write_text(f'#!/bin/sh\necho >> {calls}\nexec {MELTANO} "$@"\n')
    wrapper.chmod(0o755)
    shops.variables["BIGCOMMERCE_CARTS_MELTANO"] = str(wrapper)
    begun = [shops.start("acme", f"--work={shops.folder}/work/{n}") for n in range(8)]
    for each in map(ended, begun):
        assert each.code == 1
        assert "`access_token` is missing" in each.out
        assert each.log == ""
    assert calls.read_text() == "\n"
    with system_database.is_made(address) as made:
        assert made


def test_a_store_s_lock_in_postgresql_is_free_when_its_connection_is(postgres: str) -> None:
    address = fresh_database(postgres)
    with system_database.held(address, "acme") as ours:
        assert ours
        with system_database.held(address, "acme") as theirs:
            assert not theirs
        with system_database.held(address, "other") as other:
            assert other
    with system_database.held(address, "acme") as again:
        assert again
    with psycopg.connect(address) as connection:
        left = "select count(*) from pg_locks where locktype = 'advisory'"
        assert connection.execute(left).fetchall() == [(0,)]


def test_a_load_outlives_the_connection_of_its_lock(postgres: str) -> None:
    """A server that is started anew, say: what is being loaded is loaded."""
    address = fresh_database(postgres)
    with system_database.held(address, "acme") as ours, psycopg.connect(address) as connection:
        assert ours
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
