"""The dbt project says of the tables what the tap says, and describes all that it makes."""

from pathlib import Path

from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tests.support.warehouse.engines import DuckDB, PostgreSQL
from tests.support.warehouse.marts import Dbt, described
from tests.support.warehouse.raw import change

# Notes how the server plans when a table is made.
NOTE = """
    create schema seen;
    create table seen.plans (nested_loops text);
    create function seen.note() returns event_trigger language plpgsql as $$
        begin insert into seen.plans values (current_setting('enable_nestloop')); end
    $$;
    create event trigger note on ddl_command_end
        when tag in ('CREATE TABLE', 'CREATE TABLE AS') execute function seen.note()
"""


def test_staging_has_the_streams_columns_in_the_taps_words() -> None:
    written = {
        name: {column["name"]: column["description"] for column in model["columns"]}
        for name, model in described("staging").items()
    }
    assert written == {
        f"stg_bigcommerce__{stream.__dict__['name']}": {
            field.name: field.description for field in stream.fields
        }
        for stream in (*STREAMS[Source.BIGCOMMERCE], *INBOX_STREAMS)
    }


def test_every_model_and_column_that_is_built_is_described(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    dbt(warehouse, "run", as_of="2026-03-10 10:00:00")
    built = warehouse.query(
        "select table_name, list(column_name order by ordinal_position) as columns"
        " from information_schema.columns where table_schema like 'analytics%' group by 1"
    )
    rooms = ("staging", "intermediate", "checks", "marts", "semantic")
    models = {name: model for room in rooms for name, model in described(room).items()}
    assert {row["table_name"]: row["columns"] for row in built} == {
        name: [column["name"] for column in model["columns"]] for name, model in models.items()
    }
    for model in models.values():
        assert model["description"]
        assert all(column["description"] for column in model["columns"])


def test_tables_of_many_carts_are_not_joined_row_by_row_on_postgresql(
    dbt: Dbt, postgres: str
) -> None:
    """It does not know how many rows a new table has, and would take minutes for many."""
    server = PostgreSQL(postgres)
    server.empty()
    change(server, [NOTE])
    dbt(server, "run", "--select", "+int_testers", "mart_rules")
    (made,) = server.query("select array_agg(distinct nested_loops) as plans from seen.plans")
    assert made == {"plans": ["off"]}
    server.empty()
