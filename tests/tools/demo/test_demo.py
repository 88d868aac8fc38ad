"""The demo's manners: it leaves other people's data alone and says what is missing."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from tap_bigcommerce_carts.load.meltano_log import known_reason
from tools.demo import invented, load, real, warehouse
from tools.demo.__main__ import main

SETTINGS = """
TAP_BIGCOMMERCE_CARTS_STORE_HASH=realstore
TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=token
TARGET_DUCKDB_PATH={}
"""
_HOLDING = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader")
print("open", flush=True)
sys.stdin.read()
"""


def old(path: Path) -> Path:
    """Make an empty DuckDB file in the form of the loader's DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as w (storage_version 'v1.0.0')")
        connection.execute("create table w.t (n integer)")
    return path


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that `make run` reads settings from, which is not there yet."""
    monkeypatch.setattr(real, "ENV_FILE", tmp_path / ".env")
    for name in ("TAP_BIGCOMMERCE_CARTS_STORE_HASH", "TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("TARGET_DUCKDB_PATH", raising=False)
    return tmp_path / ".env"


def refused(env_file: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run into a warehouse, and return what is said before anything is read from the store."""

    def read(*_: object, **__: object) -> None:
        raise AssertionError("the store was asked")

    monkeypatch.setattr(real, "Runs", read)
    env_file.write_text(SETTINGS.format(path))
    with pytest.raises(load.FailedError) as failed:
        real.load_real_store(Console(quiet=True))
    assert "\n" not in str(failed.value)
    return str(failed.value)


@pytest.mark.parametrize(
    "name", ["main", "MAIN", "temp", "system", "information_schema", "bigcommerce", "analytics"]
)
def test_a_file_whose_name_means_something_in_sql_is_refused(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    said = refused(env_file, env_file.with_name(f"{name}.duckdb"), monkeypatch)
    assert said.startswith("TARGET_DUCKDB_PATH: DuckDB cannot work with a file named")
    assert f"{name}.duckdb" in said


@pytest.mark.parametrize("name", ["a.b.duckdb", 'q"q.duckdb', "md:cloud"])
def test_a_name_that_the_loader_cannot_write_in_sql_is_refused(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert name in refused(env_file, env_file.with_name(name), monkeypatch)


@pytest.mark.parametrize("name", ["warehouse.duckdb", "my-warehouse.db", "2026.duckdb", "my shop"])
def test_other_names_are_taken(tmp_path: Path, name: str) -> None:
    warehouse.check(old(tmp_path / name))
    warehouse.check(tmp_path / f"new {name}")


@pytest.mark.parametrize("who", ["reader", "writer"])
def test_whoever_has_the_warehouse_open_is_named(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    path = old(env_file.with_name("warehouse.duckdb"))
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDING, path, who],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        said = refused(env_file, path, monkeypatch)
        holder.communicate()
    assert said == (
        f"{path} is open in {Path(sys.executable).resolve().name}, process {holder.pid}: close it "
        "there, and run this again."
    )
    warehouse.check(path)


def test_a_file_of_a_newer_duckdb_is_told_of_with_the_way_back(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = env_file.with_name("warehouse.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as w (storage_version 'latest')")
        connection.execute("create table w.t as select 7 as n")
    said = refused(env_file, path, monkeypatch)
    assert "was written by a newer DuckDB than the loader's" in said
    assert "copy it with the newer DuckDB into one that is attached with" in said
    copy = path.with_name("copy.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as newer (read_only)")
        connection.execute(f"attach '{copy}' as older (storage_version 'v1.0.0')")
        connection.execute("copy from database newer to older")
    warehouse.check(copy)


def test_a_file_that_is_no_warehouse_is_told_of_and_kept(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = env_file.with_name("warehouse.duckdb")
    path.write_text("a diary")
    said = refused(env_file, path, monkeypatch)
    assert f"{path} cannot be opened" in said
    assert path.read_text() == "a diary"


def test_a_folder_that_is_not_there_is_named(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = env_file.with_name("nowhere")
    assert str(folder) in refused(env_file, folder / "warehouse.duckdb", monkeypatch)


def test_a_run_that_meltano_takes_for_going_on_is_one_sentence() -> None:
    """In the words of the Meltano that is installed."""
    words = "pipeline is already running"
    (source,) = load.MELTANO.parent.parent.glob("lib/*/*/meltano/core/block/extract_load.py")
    assert words in source.read_text()
    said = known_reason(f"Another 'dev:tap-to-target' {words} which started at")
    assert said
    assert said.startswith("Another run of this store is under way in Meltano: wait for its end.")


@pytest.mark.parametrize("arguments", [[], ["run"], ["api2cart", "--sql"]])
def test_a_second_run_at_once_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.setattr(load, "OUTPUT", tmp_path)
    with load.alone():
        assert main(arguments) == 1
    assert capsys.readouterr().out == (
        "Another `make run` or `make demo` is under way in this folder: wait for its end.\n"
    )
    with load.alone():
        pass  # once it has ended


def test_the_demo_has_files_of_its_own() -> None:
    """A real store's warehouse and page, wherever they are, are not among them."""
    assert {invented.WAREHOUSE.name, invented.PAGE.name} == {"demo.duckdb", "demo.html"}


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("", "STORE_HASH"),
        ("TAP_BIGCOMMERCE_CARTS_STORE_HASH=\n", "STORE_HASH"),
        ("TAP_BIGCOMMERCE_CARTS_STORE_HASH=abc # mine\n", "ACCESS_TOKEN"),
        ("#TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=x\nTAP_BIGCOMMERCE_CARTS_STORE_HASH='a'", "ACCESS"),
    ],
)
def test_a_missing_credential_is_named_in_one_line(
    env_file: Path, written: str, missing: str
) -> None:
    if written:
        env_file.write_text(written)
    with pytest.raises(load.FailedError) as failed:
        real.load_real_store(Console(quiet=True))
    assert f"TAP_BIGCOMMERCE_CARTS_{missing}" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_what_is_answered_first_is_among_the_questions() -> None:
    names = {file.stem.partition("_")[2] for file in warehouse.QUERIES.glob("*.sql")}
    assert set(warehouse.FIRST) < names


@pytest.mark.parametrize("sql", [False, True])
def test_some_questions_are_answered_and_all_with_their_sql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sql: bool
) -> None:
    for number, name in enumerate(("first_one", "second_one", "third_one"), 1):
        (tmp_path / f"{number:02}_{name}.sql").write_text(f"-- Why?\nselect {number}00")
    monkeypatch.setattr(warehouse, "QUERIES", tmp_path)
    monkeypatch.setattr(warehouse, "FIRST", ("second_one",))
    console = Console(record=True, file=StringIO())
    warehouse.answer(console, old(tmp_path / "warehouse.duckdb"), sql=sql)
    said = console.export_text()
    assert ("select 300" in said) is sql
    assert ("First one" in said) is sql
    assert "Second one\n" in said
    assert ("2 more questions, and how all are asked: SQL=1" in said) is not sql
