"""Both DAGs run by Airflow's LocalExecutor: stores of the sandbox into a real PostgreSQL."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from filelock import FileLock
from psycopg.conninfo import make_conninfo

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.airflow import Airflow
from tests.support.harness import Clock
from tests.support.paths import ROOT
from tests.support.warehouse.tcp import over_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

LOAD, BACKFILL = "bigcommerce_carts_load", "bigcommerce_carts_backfill"
DATES = {"from": "2026-01-01", "to": "2026-02-01"}
CARTS = {"acme": 5, "acme-uk": 7, "wrong": 3, "busy": 2}
# No store's token is part of another's.
TOKENS = {name: f"token-of-{name}-5b1f3a" for name in CARTS}
STATES = "select state_id from state"
SALT, PASSWORD = "grain-of-salt-77c2", "warehouse-password-9d"
COMMAND = """\
#!/bin/sh
# Says all that it was given, as a careless plugin would, then does what it is to do.
env
exec {command} "$@"
"""


@dataclass
class Place:
    """Airflow, four stores, and the warehouse they are loaded into."""

    airflow: Airflow
    stores: Path
    sandboxes: dict[str, Sandbox]
    warehouse: str

    def carts(self, table: str) -> dict[str, int]:
        """Return how many carts a table has, by store."""
        query = f"select store, count(*) from {table} group by store"  # noqa: S608 - the tests'
        with psycopg.connect(self.warehouse) as connection:
            return dict(connection.execute(query.encode()).fetchall())

    def logs(self, dag: str) -> dict[str, str]:
        """Return the logs of a DAG's tasks, by task and map index such as `load/0`."""
        found = {}
        for file in (self.airflow.home / "logs" / f"dag_id={dag}").rglob("*.log"):
            words = [
                part.partition("=")[2] for part in file.parts if part.startswith(("task", "map"))
            ]
            found["/".join(words)] = file.read_text()
        return found

    def errors(self, dag: str) -> dict[str, list[dict[str, Any]]]:
        """Return the exceptions in the logs of a DAG's tasks."""
        return {
            task: [
                error
                for line in log.splitlines()
                for error in json.loads(line).get("error_detail", [])
            ]
            for task, log in self.logs(dag).items()
        }

    def rendered(self, dag: str) -> list[dict[str, Any]]:
        """Return the rendered fields of a DAG's tasks, as their pages show them."""
        query = "select rendered_fields from rendered_task_instance_fields where dag_id = ?"
        with closing(sqlite3.connect(self.airflow.home / "airflow.db")) as database:
            return [json.loads(fields) for (fields,) in database.execute(query, [dag]).fetchall()]


def project(folder: Path) -> Path:
    """Make a Meltano project of this checkout's plugins, which reads nobody's `.env`."""
    plugins = folder / ".meltano"
    plugins.mkdir(parents=True)
    (folder / "meltano.yml").write_text((ROOT / "meltano.yml").read_text())
    (folder / "transform").symlink_to(ROOT / "transform")
    for kind in ("extractors", "loaders", "utilities"):
        (plugins / kind).symlink_to(ROOT / ".meltano" / kind)
    return folder


@pytest.fixture(scope="module")
def place(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Four stores, of which one has another token than Airflow knows."""
    folder = tmp_path_factory.mktemp("airflow")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop database if exists of_airflow")
        connection.execute("create database of_airflow")
    command = folder / "careless"
    command.write_text(COMMAND.format(command=Path(sys.executable).with_name("bigcommerce-carts")))
    command.chmod(0o755)
    with ExitStack() as stack:
        warehouse = {
            "conn_type": "postgres",
            "host": "127.0.0.1",
            "port": stack.enter_context(over_tcp(postgres)),
            "login": "postgres",
            "password": PASSWORD,
            "schema": "of_airflow",
        }
        sandboxes = {}
        for name, carts in CARTS.items():
            shop = Shop.seeded(carts=carts, seed=name, clock=Clock(), placed=2, customers=2)
            token = TOKENS[name] + ("-renewed" if name == "wrong" else "")
            sandboxes[name] = stack.enter_context(Sandbox(shop, token=token))
        stores = {
            name: {"store_hash": f"hash{number}", "api_url": each.url}
            for number, (name, each) in enumerate(sandboxes.items())
        }
        for name, each in sandboxes.items():
            each.store_hash = stores[name]["store_hash"]
        file = folder / "stores.yml"
        # Without dbt's own tests, which take their time.
        listed = {"then": "dbt-postgres:run", "stores": stores}
        file.write_text(yaml.safe_dump(listed, sort_keys=False))
        meltano = project(folder / "project")
        airflow = Airflow(
            folder / "home",
            {
                "MELTANO_PROJECT_ROOT": str(meltano),
                "BIGCOMMERCE_CARTS_STORES": str(file),
                "BIGCOMMERCE_CARTS_COMMAND": str(command),
                "BIGCOMMERCE_CARTS_MELTANO": str(ROOT / ".venvs/meltano/bin/meltano"),
                "DBT_TARGET_PATH": str(folder / "dbt"),
                "DBT_LOG_PATH": str(folder / "dbt"),
                "AIRFLOW_CONN_MELTANO_WAREHOUSE": json.dumps(warehouse),
                "AIRFLOW_CONN_MELTANO_STATE": json.dumps(warehouse),
                **{
                    f"AIRFLOW_CONN_BIGCOMMERCE_{name.replace('-', '_').upper()}": json.dumps(
                        {
                            "conn_type": "generic",
                            "password": token,
                            "extra": {"personal_data_salt": SALT},
                        }
                    )
                    for name, token in TOKENS.items()
                },
            },
        )
        # Held as by a run that loads the store.
        stack.enter_context(FileLock(meltano / ".meltano/stores/busy/.load.lock"))
        stack.enter_context(airflow.serving())
        yield Place(airflow, file, sandboxes, make_conninfo(postgres, dbname="of_airflow"))


@pytest.fixture(scope="module")
def loaded(place: Place) -> dict[str, Any]:
    """How the DAG that loads all stores ended."""
    return place.airflow.run(LOAD)


def test_a_store_that_fails_fails_alone_and_the_run_with_it(
    place: Place, loaded: dict[str, Any]
) -> None:
    assert loaded == {
        "state": "failed",
        "tasks": {
            ("load", "acme"): "success",
            ("load", "acme-uk"): "success",
            ("load", "wrong"): "failed",
            ("load", "busy"): "skipped",
            ("marts", None): "success",
            ("verify", "acme"): "success",
            ("verify", "acme-uk"): "success",
            ("verify", "wrong"): "failed",
            ("verify", "busy"): "failed",
            ("all_loaded", None): "upstream_failed",
        },
    }
    assert place.carts("bigcommerce.abandoned_carts") == {"acme": 5, "acme-uk": 7}


@pytest.mark.usefixtures("loaded")
def test_what_failed_says_why(place: Place) -> None:
    errors = {task: found for task, found in place.errors(LOAD).items() if found}
    assert errors.keys() == {"load/2", "verify/2", "verify/3"}
    (error,) = errors["load/2"]
    assert error["exc_type"] == "AirflowException"
    assert "BigCommerce refused the access token (401)" in error["exc_value"]
    assert "Check `access_token`" in error["exc_value"]
    (error,) = errors["verify/2"]
    assert "wrong: not checked: BigCommerce refused the access token (401)" in error["exc_value"]
    assert error["exc_value"].endswith("(exit code 3)")


@pytest.mark.usefixtures("loaded")
def test_the_marts_are_built_of_what_was_loaded(place: Place) -> None:
    assert place.carts("analytics.cart_outcomes") == {"acme": 5, "acme-uk": 7}


@pytest.mark.usefixtures("loaded")
def test_a_task_is_given_its_own_stores_secrets_alone(place: Place) -> None:
    for number, name in enumerate(CARTS):
        given = set(re.findall(r'"event":"(STORE_\w+)=', place.logs(LOAD)[f"load/{number}"]))
        before = f"STORE_{name.replace('-', '_').upper()}"
        assert given == {f"{before}_ACCESS_TOKEN", f"{before}_PERSONAL_DATA_SALT"}


@pytest.mark.usefixtures("loaded")
def test_no_secret_is_in_a_log_the_database_or_a_rendered_field(place: Place) -> None:
    """Although the command told all it was given: Airflow knows what to mask."""
    logs = place.logs(LOAD)
    assert "STORE_ACME_ACCESS_TOKEN=***" in logs["load/0"]
    assert "TARGET_POSTGRES_PASSWORD=***" in logs["load/0"]
    assert "MELTANO_DATABASE_URI=***" in logs["load/0"]
    assert "AIRFLOW_CONN" not in "".join(logs.values())
    for file in [each for each in place.airflow.home.rglob("*") if each.is_file()]:
        held = file.read_bytes()
        assert [each for each in (*TOKENS.values(), SALT, PASSWORD) if each.encode() in held] == []
    rendered: list[dict[str, Any]] = [{"store": name, "options": []} for name in CARTS]
    rendered += [{"store": name} for name in CARTS] + [{"plugin": "dbt-postgres:run"}]
    assert sorted(place.rendered(LOAD), key=str) == sorted(rendered, key=str)


@pytest.mark.usefixtures("loaded")
def test_a_backfill_loads_some_stores_between_two_dates(place: Place) -> None:
    for each in place.sandboxes.values():
        each.clear()
    # Without marts, whose time would go by once more.
    listed = yaml.safe_load(place.stores.read_text())
    place.stores.write_text(yaml.safe_dump({"stores": listed["stores"]}, sort_keys=False))
    ended = place.airflow.run(BACKFILL, **DATES, stores=["acme", "busy"])
    assert ended["tasks"] == {
        ("chosen", None): "success",
        ("load", "acme"): "success",
        # A backfill that another run is in the way of is tried again, and not left out.
        ("load", "busy"): "failed",
        ("all_loaded", None): "upstream_failed",
    }
    asked = place.sandboxes["acme"].requests
    bounds = [
        (each.query["min_date_modified"], each.query["max_date_modified"])
        for each in asked
        if "min_date_modified" in each.query
    ]
    # With a second more at both ends.
    assert set(bounds) == {("2025-12-31T23:59:59+00:00", "2026-02-01T00:00:00+00:00")}
    assert not any(each.requests for name, each in place.sandboxes.items() if name != "acme")
    with psycopg.connect(place.warehouse) as connection:
        states = {name.partition(":")[2] for (name,) in connection.execute(STATES)}
    assert states == {
        "tap-bigcommerce-carts-to-target-postgres:acme",
        "tap-bigcommerce-carts-to-target-postgres:acme-uk",
        "tap-bigcommerce-carts-to-target-postgres:acme.backfill.2026-01-01.2026-02-01",
    }
