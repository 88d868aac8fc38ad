"""The floor: a database reads the rows from files, with no loader.

`python -m tools.benchmarks.warehouse_floor unload|load ADDRESS FOLDER`: writes a database's tables
into files, those that it reads fastest of what everybody can write, DuckDB lines of JSON and
PostgreSQL its own text; and loads these. `ask ADDRESS QUERY...` answers queries.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

_SCHEMA = "bigcommerce"
_CHUNK = 1 << 20
_COLUMNS = (
    "select table_name, column_name, data_type, is_nullable from information_schema.columns "
    f"where table_schema = '{_SCHEMA}' order by table_name, ordinal_position"
)
# As above, with what is in an array.
_PG_COLUMNS = (
    "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), "
    "case when a.attnotnull then 'NO' else 'YES' end from pg_attribute a "
    "join pg_class c on c.oid = a.attrelid and c.relkind = 'r' "
    f"where c.relnamespace = '{_SCHEMA}'::regnamespace and a.attnum > 0 and not a.attisdropped "
    "order by c.relname, a.attnum"
)


def main(what: str, address: str, *given: str) -> None:
    """Do one of them."""
    if what == "ask":
        print(json.dumps(ask(address, given), default=str))  # noqa: T201 - the answer
    else:
        folder = Path(given[0])
        {
            ("unload", True): unload_postgres,
            ("load", True): load_postgres,
            ("unload", False): unload_duckdb,
            ("load", False): load_duckdb,
        }[what, "://" in address](address, folder)


def ask(address: str, queries: tuple[str, ...]) -> list[Any]:
    """Return the first value of each query's first row."""
    if "://" in address:
        import psycopg  # noqa: PLC0415 - only one of the two is needed

        with psycopg.connect(address) as server:
            return [server.execute(each.encode()).fetchone()[0] for each in queries]  # type: ignore[index]
    with closing(_duckdb(address, read_only=True)) as file:
        return [file.execute(each).fetchone()[0] for each in queries]


def unload_duckdb(address: str, folder: Path) -> None:
    """Write each table as lines of JSON, and what its columns are."""
    with closing(_duckdb(address, read_only=True)) as file:
        tables = _tables(file.execute(_COLUMNS).fetchall())
        for name in tables:
            to = f"to '{folder / name}' (format json)"
            file.execute(f"copy (select * from {_SCHEMA}.{name}) {to}")
    (folder / "tables.json").write_text(json.dumps(tables))


def load_duckdb(address: str, folder: Path) -> None:
    """Read them into tables of the same columns."""
    with closing(_duckdb(address)) as file:
        file.execute(f"create schema {_SCHEMA}")
        for name, columns in json.loads((folder / "tables.json").read_text()).items():
            types = {column: kind for column, kind, _ in columns}
            file.execute(
                f"create table {_SCHEMA}.{name} as "
                "from read_json(?, format = 'newline_delimited', columns = ?)",
                [str(folder / name), types],
            )


def unload_postgres(address: str, folder: Path) -> None:
    """Write each table as COPY does, and what its columns are."""
    import psycopg  # noqa: PLC0415 - as above

    with psycopg.connect(address) as server:
        tables = _tables(server.execute(_PG_COLUMNS.encode()).fetchall())
        for name in tables:
            statement = f"copy {_SCHEMA}.{name} to stdout".encode()
            with server.cursor().copy(statement) as copy, (folder / name).open("wb") as file:
                for chunk in copy:
                    file.write(chunk)
    (folder / "tables.json").write_text(json.dumps(tables))


def load_postgres(address: str, folder: Path) -> None:
    """Read them into tables of the same columns, with the key that the loader gives them."""
    import psycopg  # noqa: PLC0415 - as above

    with psycopg.connect(address) as server:
        server.execute(f"create schema {_SCHEMA}".encode())
        for name, columns in json.loads((folder / "tables.json").read_text()).items():
            made = [f'"{column}" {kind}' for column, kind, _ in columns]
            key = ", ".join(f'"{column}"' for column, _, nullable in columns if nullable == "NO")
            made += [f"primary key ({key})"] if key else []
            server.execute(f"create table {_SCHEMA}.{name} ({', '.join(made)})".encode())
            statement = f"copy {_SCHEMA}.{name} from stdin".encode()
            with server.cursor().copy(statement) as copy, (folder / name).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)


def _tables(rows: list[Any]) -> dict[str, list[tuple[str, ...]]]:
    """Gather columns by their table."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for name, *column in rows:
        tables.setdefault(name, []).append(tuple(column))
    return tables


def _duckdb(address: str, *, read_only: bool = False) -> Any:
    import duckdb  # noqa: PLC0415 - as above

    return duckdb.connect(address, read_only=read_only)


if __name__ == "__main__":
    main(*sys.argv[1:])
