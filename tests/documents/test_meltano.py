"""What the documents say to do in a Meltano project, done in a copy of this one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage, checkout
from tests.support.harness import Clock
from tests.support.paths import ROOT
from tests.support.receivers import fresh_database
from tests.support.warehouse.tcp import over_tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.long]
HASHES = {"acme": "abc123", "acme-uk": "def456"}
TOKEN = "an-invented-token"  # noqa: S105 - opens nothing but the sandbox


@pytest.fixture(scope="module")
def stage(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a project with a PostgreSQL to load into, and two stores of which one is its own."""
    folder = checkout(tmp_path_factory.mktemp("meltano"))
    database = fresh_database(postgres)
    variables = {"MELTANO_ENVIRONMENT": "prod"}
    with ExitStack() as stack:
        port = stack.enter_context(over_tcp(postgres))
        for name, value in {
            "HOST": "127.0.0.1",
            "PORT": port,
            "USER": "postgres",
            "PASSWORD": "none",
            "DATABASE": conninfo_to_dict(database)["dbname"],
        }.items():
            variables[f"TARGET_POSTGRES_{name}"] = str(value)
        for name, of in HASHES.items():
            shop = Shop.seeded(carts=12, seed=name, clock=Clock(), placed=6, customers=4)
            store = stack.enter_context(Sandbox(shop, token=TOKEN, store_hash=of))
            before = f"STORE_{name.upper().replace('-', '_')}_"
            variables |= {before + "API_URL": store.url, before + "ACCESS_TOKEN": TOKEN}
            if name == "acme":
                given = {**store.config(), "store_name": "single"}
        variables |= {f"TAP_BIGCOMMERCE_CARTS_{key.upper()}": of for key, of in given.items()}
        (folder / "state.json").write_text("{}")
        yield Stage(
            folder,
            path=[ROOT / ".venv/bin", ROOT / ".venvs/meltano/bin"],
            variables=variables,
            replaced={
                # Which is built elsewhere here.
                "then: dbt-postgres:build": "then: dbt-postgres:compile",
                "make run": "make -o ready-for-demo run",
                "TOKEN=…": f"TOKEN={TOKEN}",
                "postgresql+psycopg://user@host/warehouse": database.replace(
                    "://", "+psycopg://", 1
                ),
                "--from … --to …": "--from 2026-01-01 --to 2026-02-01",
                "load NAME": "load acme",
                # Meltano asks before it writes over a state, as that of a store loaded before.
                "to-target-postgres:acme": "to-target-postgres:not-loaded-yet",
                "NAME VALUE": "page_size 200",
            },
        )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
