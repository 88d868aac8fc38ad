"""Loaders of several stores make the same tables at the same moment: PostgreSQL refuses some."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.load.meltano_log import Gathered, Line
from tap_bigcommerce_carts.load.one import LOG, Loading, What
from tap_bigcommerce_carts.load.processes import Processes
from tap_bigcommerce_carts.load.project import Project
from tap_bigcommerce_carts.load.stores import Secrets, Store
from tests.support.receivers import fresh_database

if TYPE_CHECKING:
    from pathlib import Path

LOADER = "target-postgres"
REFUSED = (
    "(psycopg.errors.UniqueViolation) duplicate key value violates unique constraint "
    '"pg_type_typname_nsp_index"'
)
# Stands for Meltano: it fails as often as the file beside it has lines.
SCRIPT = """#!{python}
import sys
from pathlib import Path
if "run" not in sys.argv:
    sys.exit(0)
file = Path(__file__).with_name("failures")
first, *rest = file.read_text().splitlines() or [""]
file.write_text("\\n".join(rest))
print(first or "loaded")
sys.exit(bool(first))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose Meltano does as it is told."""
    (tmp_path / "meltano.yml").touch()
    meltano = tmp_path / "meltano"
    meltano.write_text(SCRIPT.format(python=sys.executable))
    meltano.chmod(0o755)
    return Project(tmp_path, meltano)


@pytest.mark.parametrize(
    ("said", "left", "failure"),
    [
        ([REFUSED], [], None),
        ([REFUSED, REFUSED], [], None),
        ([REFUSED, REFUSED, REFUSED, "not read"], ["not read"], REFUSED),
        (["The token is wrong.", "not read"], ["not read"], "The token is wrong."),
    ],
)
def test_a_store_hindered_by_another_is_loaded_again(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
    left: list[str],
    failure: str | None,
) -> None:
    monkeypatch.setenv("STORE_ACME_ACCESS_TOKEN", "an-invented-token")
    failures = project.root / "failures"
    failures.write_text("\n".join(said))
    store = Store("acme", {"store_hash": "abc123"})
    loaded = Loading(project, Secrets(), What(LOADER), Processes()).load(store, lambda _: None)
    assert failures.read_text().splitlines() == left
    assert loaded.failure == failure
    log = (project.folder_of("acme") / LOG).read_text()
    assert all(each in log for each in said if each not in left)


@pytest.mark.parametrize(
    "statement", ["create schema if not exists s", "create table if not exists public.t (a int)"]
)
def test_what_postgresql_says_is_known(postgres: str, statement: str) -> None:
    address = fresh_database(postgres)
    engine = sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with ThreadPoolExecutor(1) as other, psycopg.connect(address) as first:
        first.execute(statement.encode())
        second = other.submit(said, engine, statement)
        while not waits(address):
            sleep(0.01)
        first.commit()
        assert collided(second.result())
    assert collided(said(engine, statement.replace(" if not exists", "")))
    assert not collided(said(engine, "select * from unknown"))
    engine.dispose()


def collided(text: str) -> bool:
    """Whether a log that holds a text is of a loader hindered by another."""
    log = Gathered()
    log.take(Line(text))
    return log.collided


def said(engine: sa.Engine, statement: str) -> str:
    """What a loader logs of a statement that is refused."""
    with pytest.raises(sa.exc.SQLAlchemyError) as error, engine.begin() as connection:
        connection.execute(sa.text(statement))
    return str(error.value)


def waits(address: str) -> bool:
    """Whether a transaction of this database waits for another."""
    with psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
    return bool(found and found[0])
