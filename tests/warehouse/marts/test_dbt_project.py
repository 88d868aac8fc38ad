"""The dbt project says of the tables what the tap says, and describes all that it makes."""

from pathlib import Path

from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.marts import Dbt, described


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
