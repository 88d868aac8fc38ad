"""The project as a person runs it: `meltano run`, with state kept between two runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.settings.given import typed
from tap_bigcommerce_carts.settings.validation import validator
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, Clock
from tests.support.meltano import (
    RUN,
    change_plugins,
    installed,
    meltano,
    new_project,
    with_a_loader,
    write_env,
)
from tests.support.paths import ROOT
from tests.support.warehouse.engines import DuckDB, PostgreSQL
from tests.support.warehouse.marts import place
from tests.support.warehouse.story import change
from tests.support.warehouse.truth import COLUMNS, TABLES, Truth, kinds
from tools.documents.hub import NAME, definition_file

NOTHING_INSTALLED = {"MELTANO_AUTO_INSTALL": "false"}


def settings(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """Return what leads Meltano to a sandbox, with a system database of its own."""
    return {
        "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
        **{f"TAP_BIGCOMMERCE_CARTS_{k.upper()}": v for k, v in sandbox.config().items()},
    }


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_two_runs_into_duckdb_load_everything_and_then_what_is_new(
    tmp_path: Path, environment: str
) -> None:
    clock = Clock()
    shop = Shop.seeded(carts=60, seed="meltano", clock=clock, placed=40, customers=20)
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    truth = Truth("sandbox1")
    with Sandbox(shop) as sandbox:
        given = settings(sandbox, tmp_path) | {"TARGET_DUCKDB_PATH": str(engine.path)}
        lowest = []
        for number in range(2):
            if number:
                change(shop, clock)
            truth.see(shop)
            sandbox.clear()
            meltano(given, "--environment", environment, *RUN, "target-duckdb")
            asked = (request.query.get("min_date_modified") for request in sandbox.requests)
            lowest.append(min(value for value in asked if value))
    assert lowest[0] < "2026-01"
    assert lowest[1] > "2026-03"
    for table, key in TABLES.items():
        rows = engine.rows(table, kinds(COLUMNS[table]))
        assert {tuple(row[name] for name in key): row for row in rows} == truth.tables[table]


def test_a_run_builds_the_marts_and_the_loader_can_go_on(tmp_path: Path) -> None:
    """What dbt leaves in the file must not keep the loader, an older DuckDB, from opening it."""
    clock = Clock()
    shop = Shop.seeded(carts=30, seed="marts", clock=clock, placed=20, customers=10)
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    with Sandbox(shop) as sandbox:
        given = settings(sandbox, tmp_path) | {
            "TARGET_DUCKDB_PATH": str(engine.path),
            "DBT_TARGET_PATH": str(tmp_path / "target"),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
        }
        counts = []
        for steps in (("dbt-duckdb:build",), ("dbt-duckdb:run",)):
            meltano(given, *RUN, "target-duckdb", *steps)
            (row,) = engine.query("select count(*) as carts from analytics.cart_outcomes")
            counts.append(row["carts"])
            clock.advance(hours=3)
            shop.add_order(modified=clock.now - timedelta(hours=2))
    assert counts == [30, 31]


def test_a_run_writes_json_lines_too(tmp_path: Path) -> None:
    shop = Shop.seeded(carts=30, seed="jsonl", clock=Clock(), placed=20, customers=10)
    with Sandbox(shop) as sandbox:
        given = settings(sandbox, tmp_path) | {"TARGET_JSONL_DESTINATION_PATH": str(tmp_path)}
        meltano(given, *RUN, "target-jsonl")
    lines = {file.stem: file.read_text().splitlines() for file in tmp_path.glob("*.jsonl")}
    assert lines.keys() == TABLES.keys()
    assert len(lines["abandoned_carts"]) == 30
    assert len(lines["orders"]) == 50


def test_a_run_into_postgresql_and_its_marts_need_no_more_than_its_address(
    tmp_path: Path, postgres: str
) -> None:
    shop = Shop.seeded(carts=30, seed="postgres", clock=Clock(), placed=20, customers=10)
    address = postgres.replace("://", "+psycopg://", 1)
    with Sandbox(shop) as sandbox:
        given = settings(sandbox, tmp_path) | {
            "TAP_BIGCOMMERCE_CARTS_STORE_NAME": "by meltano",
            "TARGET_POSTGRES_SQLALCHEMY_URL": address,
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": "by_meltano",
        }
        meltano(given, *RUN, "target-postgres")
    with psycopg.connect(postgres) as connection:
        found = connection.execute("select distinct store from by_meltano.orders").fetchall()
    assert found == [("by meltano",)]
    given = place(PostgreSQL(postgres)) | {
        "DBT_POSTGRES_SCHEMA": "marts_by_meltano",
        "DBT_TARGET_PATH": str(tmp_path),
        "DBT_LOG_PATH": str(tmp_path),
    }
    variables = "{source_schema: by_meltano}"
    meltano(given, "invoke", "dbt-postgres", "run", "--vars", variables)
    with psycopg.connect(postgres) as connection:
        marts = "select count(*) from marts_by_meltano.cart_outcomes"
        assert connection.execute(marts).fetchall() == [(30,)]


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that the tap was added to as the documents say."""
    folder = tmp_path_factory.mktemp("added")
    asked = new_project(folder)
    # The definition alone was asked for, and not the Hub.
    assert asked == ["/raw/main/" + definition_file().relative_to(ROOT).as_posix()]
    return folder


def project_of_the_documents(
    added: Path,
    folder: Path,
    sandbox: Sandbox,
    variables: dict[str, str],
    declared: list[str] | None = None,
) -> None:
    """Make a Meltano project as the documents say, with the tap and a loader of this checkout.

    With `declared`, only these of the tap's settings are declared in it.
    """
    (folder / "meltano.yml").write_text((added / "meltano.yml").read_text())
    installed(folder)

    def declare_less(plugins: dict[str, Any]) -> None:
        (tap,) = plugins["extractors"]
        if declared:
            tap["settings"] = [each for each in tap["settings"] if each["name"] in declared]

    change_plugins(folder, declare_less)
    write_env(folder, {key.upper(): value for key, value in sandbox.config().items()} | variables)


@pytest.fixture(params=["documents", "meltano.yml"])
def project(request: pytest.FixtureRequest, tmp_path: Path, added: Path) -> Callable[..., str]:
    """Give what runs Meltano with a `.env` of these variables: in a new project or in this one."""

    def run(variables: dict[str, str], *arguments: str, code: int = 0) -> str:
        place, more = tmp_path, NOTHING_INSTALLED
        with Sandbox(Shop()) as sandbox:
            if request.param == "documents":
                project_of_the_documents(added, tmp_path, sandbox, variables)
            else:
                given = {name.upper(): value for name, value in sandbox.config().items()}
                write_env(tmp_path, given | variables)
                place, more = ROOT, {"MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db"}
            env_file = str(tmp_path / ".env")
            return meltano(more, *arguments, folder=place, env_file=env_file, code=code)

    return run


SDKS: dict[str, Any] = {
    "stream_maps": {"orders": {"ip_address": None}},
    "stream_map_config": {"rate": 0.25},
    "faker_config": {"seed": 7, "locale": ["de_DE"]},
    "flattening_enabled": True,
    "flattening_max_depth": 2,
    "flattening_max_key_length": 40,
    "flattening_separator": "..",
    "batch_config": {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": "file:///tmp", "prefix": "carts-"},
    },
}
OTHER_VALUES: dict[str, Any] = {
    "source": "api2cart",
    "store_hash": "def456",
    "access_token": "another-token",
    "api_url": "https://proxy.example.com",
    "api2cart_api_key": "a-key",
    "api2cart_store_key": "a-stores-key",
    "api2cart_url": "https://proxy.example.com/v1.1",
    "store_name": "Lantern & Quay",
    "start_date": "2026-03-01",
    "end_date": "2026-04-01T00:00:00Z",
    "abandoned_after_minutes": 90,
    "lookback_seconds": 0,
    "channel_ids": [1, 1017],
    "page_size": 50,
    "max_parallel_requests": 1,
    "rate_limit_reserve": 0.25,
    "request_timeout": 30.5,
    "retry_for": 1.5,
    "personal_data": "hash",
    "personal_data_salt": "grain-of-salt-5b1f3a",
    "decimals": "x-singer.decimal",
    "inbox_url": "sqlite:////var/lib/inbox/inbox.db",
    **SDKS,
}


def test_every_setting_arrives_with_its_type(project: Callable[..., str]) -> None:
    schema = TapBigCommerceCarts(config={}, validate_config=False).config_jsonschema
    assert list(OTHER_VALUES) == list(schema["properties"])
    variables = {
        name.upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in OTHER_VALUES.items()
    }
    said = project(variables, "invoke", "--dump=config", "tap-bigcommerce-carts")
    passed_on = json.loads(said[said.index("\n{") :])
    # Compared as text, in which 1, 1.0 and true differ.
    read = typed(passed_on, schema)
    assert {name: json.dumps(value) for name, value in read.items()} == {
        name: json.dumps(value) for name, value in OTHER_VALUES.items()
    }
    assert validator(schema).is_valid(read)


def test_what_is_mistyped_is_told_by_the_tap(project: Callable[..., str]) -> None:
    """In its own sentences, not in a traceback of Meltano's."""
    names = [name for name, value in OTHER_VALUES.items() if isinstance(value, int | float | list)]
    wrong = dict.fromkeys([*names, "personal_data", "decimals"], "abc")
    variables = {name.upper(): value for name, value in wrong.items()}
    said = project(variables, "invoke", "tap-bigcommerce-carts", code=1)
    assert "Traceback" not in said
    for name in wrong:
        assert f"`{name}` must be" in said


@pytest.mark.parametrize(
    ("name", "value", "offered"),
    [
        ("SOURCE", "bigcommerce", {*TABLES}),
        ("INBOX_URL", "sqlite:///inbox.db", {*TABLES, "carts", "cart_line_items", "cart_events"}),
        ("SOURCE", "api2cart", {*TABLES} - {"orders"}),
    ],
)
def test_the_streams_that_are_offered_are_selected(
    project: Callable[..., str], name: str, value: str, offered: set[str]
) -> None:
    """And of those that are not, nothing is said."""
    said = project({name: value}, "invoke", "--dump=catalog", "tap-bigcommerce-carts")
    assert "not found" not in said
    streams = json.loads(said[said.index("\n{") :])["streams"]
    assert {each["tap_stream_id"] for each in streams if each["selected"]} == offered


# Of the other source, of the inbox, and what target-jsonl cannot load; the sandbox has its own.
NOT_IN_THIS_RUN = {"source", "inbox_url", "batch_config", "store_hash", "access_token", "api_url"}
WISHED = {
    name: value
    for name, value in OTHER_VALUES.items()
    if name not in NOT_IN_THIS_RUN and not name.startswith("api2cart_")
} | {"channel_ids": [2], "stream_maps": {"customers": {"notes": None}}}


def test_a_run_in_a_new_project_has_every_setting_from_its_env(tmp_path: Path, added: Path) -> None:
    """Meltano passes on only what is declared: an undeclared `personal_data` would be `keep`."""
    shop = Shop(clock=Clock())
    for channel in (1, 2):
        shop.add_order(modified=NOON - timedelta(hours=5), channel_id=channel)
    shop.add_order(modified=NOON - timedelta(minutes=80), channel_id=2)
    shop.add_customer(modified=NOON - timedelta(hours=5))
    variables = {
        name.upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in WISHED.items()
    }
    with Sandbox(shop) as sandbox:
        project_of_the_documents(added, tmp_path, sandbox, variables)
        said = meltano(NOTHING_INSTALLED, *RUN, "target-jsonl", folder=tmp_path, env_file=".env")
        lists = [each.query for each in sandbox.requests if "limit" in each.query]
        busiest = max(each.in_flight for each in sandbox.requests)
    assert "Set in the environment, but not read" not in said
    assert lists[0]["limit"] == "50"
    assert busiest == 1
    begins = min(each["min_date_modified"] for each in lists if "min_date_modified" in each)
    # A second before the first of March.
    assert begins == "2026-02-28T23:59:59+00:00"
    ((cart,), (customer,), (order, _)) = (
        [json.loads(line) for line in (tmp_path / f"{table}.jsonl").read_text().splitlines()]
        for table in ("abandoned_carts", "customers", "orders")
    )
    assert cart["store"] == customer["store"] == "Lantern & Quay"
    assert order["channel_id"] == 2
    assert len(cart["customer_email"]) == len(customer["email"]) == 64
    assert isinstance(cart["total_inc_tax"], str)
    assert "notes" not in customer
    assert cart["billing_address..country_iso2"]


def test_a_project_that_does_not_declare_privacy_is_told(tmp_path: Path, added: Path) -> None:
    declared = ["store_hash", "access_token", "api_url"]
    with Sandbox(Shop.seeded(carts=1, placed=0, customers=1)) as sandbox:
        project_of_the_documents(added, tmp_path, sandbox, {"PERSONAL_DATA": "drop"}, declared)
        said = meltano(
            NOTHING_INSTALLED, *RUN, "target-jsonl", folder=tmp_path, env_file=".env", code=1
        )
        assert sandbox.requests == []
    assert "`TAP_BIGCOMMERCE_CARTS_PERSONAL_DATA` is set in the environment" in said
    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_wish_for_privacy_with_a_slip_in_its_name_ends_the_run(
    tmp_path: Path, added: Path
) -> None:
    """Meltano reads no such variable, and tells the tap `keep`, the default, in its stead."""
    with Sandbox(Shop.seeded(carts=1, placed=0, customers=1)) as sandbox:
        project_of_the_documents(added, tmp_path, sandbox, {"PERSONALDATA": "drop"})
        said = meltano(
            NOTHING_INSTALLED, *RUN, "target-jsonl", folder=tmp_path, env_file=".env", code=1
        )
        assert sandbox.requests == []
    assert "did you mean `TAP_BIGCOMMERCE_CARTS_PERSONAL_DATA`?" in said
    assert list(tmp_path.glob("*.jsonl")) == []


def test_the_definition_can_be_copied_into_a_project(tmp_path: Path) -> None:
    """For whoever cannot use `meltano add --from-ref`: its selection counts then."""
    plugins = {"extractors": [yaml.safe_load(definition_file().read_text())]}
    (tmp_path / "meltano.yml").write_text(yaml.safe_dump({"plugins": plugins}))
    installed(tmp_path)
    said = meltano(NOTHING_INSTALLED, "invoke", "--dump=catalog", NAME, folder=tmp_path)
    streams = json.loads(said[said.index("\n{") :])["streams"]
    assert {each["tap_stream_id"] for each in streams if each["selected"]} == {*TABLES}


@pytest.mark.long
def test_the_packages_of_a_wheel_are_installed_with_the_tap(tmp_path: Path) -> None:
    """From the index, but for the tap, which is not there before its release."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    # Meltano installs by uv, and by pip where that is set.
    places = dict.fromkeys(("UV_FIND_LINKS", "PIP_FIND_LINKS"), str(tmp_path / "dist"))
    folder = tmp_path / "project"
    new_project(folder, places, install=True)
    with_a_loader(folder)
    # It is not the command of this checkout that runs.
    assert not (folder / ".meltano/extractors" / NAME / "venv/bin" / NAME).is_symlink()
    with Sandbox(Shop.seeded(carts=3, seed="wheel", placed=2, customers=1)) as sandbox:
        write_env(folder, {key.upper(): value for key, value in sandbox.config().items()})
        meltano(places, *RUN, "target-jsonl", folder=folder, env_file=".env")
    lines = (folder / "abandoned_carts.jsonl").read_text().splitlines()
    assert len(lines) == 3
