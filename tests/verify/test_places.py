"""Which warehouse is meant, and what makes a loader load there."""

from __future__ import annotations

import pytest

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.verify.places import place

PARTS = {
    "TARGET_POSTGRES_HOST": "db.example.com",
    "TARGET_POSTGRES_USER": "loader",
    "TARGET_POSTGRES_PASSWORD": "p@ss/word",
    "TARGET_POSTGRES_DATABASE": "warehouse",
}
URL = "postgresql+psycopg://loader:p%40ss%2Fword@db.example.com:5432/warehouse"


@pytest.mark.parametrize(
    ("given", "environment", "address", "loader"),
    [
        ("w.duckdb", {}, "w.duckdb", "target-duckdb"),
        ("duckdb:///w.duckdb", {}, "duckdb:///w.duckdb", "target-duckdb"),
        ("w.duckdb", PARTS, "w.duckdb", "target-duckdb"),
        ("snowflake://x/y", {}, "snowflake://x/y", None),
        (None, {"TARGET_DUCKDB_PATH": "w.duckdb"}, "w.duckdb", "target-duckdb"),
        (
            None,
            {**PARTS, "TARGET_POSTGRES_SQLALCHEMY_URL": "postgresql://db/x"},
            "postgresql://db/x",
            "target-postgres",
        ),
        (
            None,
            PARTS,
            URL,
            "target-postgres",
        ),
        (
            None,
            {**PARTS, "TARGET_POSTGRES_PORT": "6543", "TARGET_POSTGRES_SSL_ENABLE": "true"},
            f"{URL[:-14]}6543/warehouse?sslmode=verify-full",
            "target-postgres",
        ),
    ],
)
def test_the_warehouse_is_that_of_the_option_or_of_the_loader(
    given: str | None, environment: dict[str, str], address: str, loader: str | None
) -> None:
    found = place(given, None, environment)
    assert (found.address, found.schema, found.loader) == (address, "bigcommerce", loader)


def test_a_port_that_is_none_is_told() -> None:
    for port in ("abc", "65536", "-1"):
        environment = {**PARTS, "TARGET_POSTGRES_PORT": port}
        assert place("w.duckdb", None, environment).address == "w.duckdb"
        with pytest.raises(SettingsError, match="`TARGET_POSTGRES_PORT` is no port"):
            place(None, None, environment)


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "none is named"),
        ({**PARTS, "TARGET_DUCKDB_PATH": "w.duckdb"}, "two are named"),
    ],
)
def test_none_or_two_are_asked_about(environment: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=why) as error:
        place(None, None, environment)
    assert "--warehouse" in str(error.value)
    assert "p@ss" not in str(error.value)


def test_meltano_is_asked_if_no_variable_names_a_warehouse() -> None:
    def told() -> dict[str, str]:
        return {"TARGET_DUCKDB_PATH": "m.duckdb", "TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "raw"}

    def asked_in_vain() -> dict[str, str]:
        raise AssertionError

    found = place(None, None, {}, told)
    assert (found.address, found.schema, found.loader) == ("m.duckdb", "raw", "target-duckdb")
    assert place(None, None, PARTS, asked_in_vain).address == URL
    assert place("w.duckdb", None, {}, asked_in_vain).address == "w.duckdb"
    with pytest.raises(SettingsError, match="two are named"):
        place(None, None, {}, lambda: {**told(), **PARTS})


def test_the_loader_decides_between_two() -> None:
    two = {**PARTS, "TARGET_DUCKDB_PATH": "w.duckdb"}
    assert place(None, None, two, loader="target-postgres--eu").address == URL
    assert place(None, None, two, loader="target-duckdb").address == "w.duckdb"
    # As of a file of stores that names none.
    one = {"TARGET_DUCKDB_PATH": "w.duckdb"}
    assert place(None, None, one, loader="target-postgres").address == "w.duckdb"


def test_the_schema_is_that_of_the_option_or_of_its_loader() -> None:
    told = {"TARGET_DUCKDB_DEFAULT_TARGET_SCHEMA": "raw"}
    assert place("w.duckdb", None, told).schema == "raw"
    assert place("w.duckdb", "mine", told).schema == "mine"
    assert place("postgresql://db/x", None, told).schema == "bigcommerce"


def test_a_loader_is_told_of_the_place_by_its_own_name() -> None:
    postgres = place("postgres://db.example.com/x", "raw", {})
    assert postgres.settings_of("target-postgres--eu") == {
        "TARGET_POSTGRES__EU_SQLALCHEMY_URL": "postgresql+psycopg://db.example.com/x",
        "TARGET_POSTGRES__EU_DEFAULT_TARGET_SCHEMA": "raw",
    }
    duckdb = place("duckdb:////srv/w.duckdb", None, {})
    assert duckdb.settings_of("target-duckdb")["TARGET_DUCKDB_PATH"] == "/srv/w.duckdb"


def test_the_loader_of_the_file_of_stores_is_taken_if_it_loads_there() -> None:
    assert place("w.duckdb", None, {}).loader_of("target-duckdb--eu") == "target-duckdb--eu"
    assert place("w.duckdb", None, {}).loader_of("target-postgres") == "target-duckdb"
    assert place("snowflake://x/y", None, {}).loader_of("target-snowflake") == "target-snowflake"
