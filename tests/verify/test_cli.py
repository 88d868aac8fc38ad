"""`bigcommerce-carts verify`, as it is called: what it says, its exit codes, its document."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pytest

from tap_bigcommerce_carts.commands import main
from tests.support.lacking import check_named
from tests.support.loading import OURS
from tests.support.verify.shops import loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.verify.shops import Loaded

pytestmark = pytest.mark.slow
CHECKED = {"abandoned_carts", "customers", "orders"}


FROM = "--from=2026-02-10"


class Ended(NamedTuple):
    """How the command ended: exit code, standard output, and the errors it logged."""

    code: int
    out: str
    errors: list[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """A shop that was loaded, for tests that leave both as they are."""
    with loaded(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def call(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Callable[..., Ended]:
    """Call the command in this process, in an empty folder with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)

    def called(*arguments: str) -> Ended:
        caplog.clear()
        monkeypatch.setattr("sys.argv", ["bigcommerce-carts", "verify", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
        return Ended(ended.value.code, capsys.readouterr().out, errors)

    return called


def test_a_warehouse_that_is_right_is_proven(shop: Loaded, call: Callable[..., Ended]) -> None:
    ended = call(*shop.arguments, FROM)
    assert (ended.code, ended.errors) == (0, [])
    assert "sandbox1: " in ended.out
    assert re.search(r"\d+ rows as the store has them: .*orders.* up to 2026-03-02T", ended.out)


def test_lines_are_read_again_if_that_is_asked_for(
    shop: Loaded, call: Callable[..., Ended]
) -> None:
    shop.sandbox.clear()
    ended = call(*shop.arguments, FROM, "--deep", "--no-keep", "--format=json")
    assert ended.code == 0
    assert json.loads(ended.out)["stores"][0]["mode"] == "deep"
    deep = len(shop.sandbox.requests)
    shop.sandbox.clear()
    assert call(*shop.arguments, FROM, "--no-keep").code == 0
    assert deep > len(shop.sandbox.requests)


def test_a_row_that_is_lost_is_named_and_the_exit_code_is_1(
    tmp_path: Path, call: Callable[..., Ended]
) -> None:
    with loaded(tmp_path) as shop:
        with duckdb.connect(shop.file) as connection:
            ((lost,),) = connection.execute(
                "delete from bigcommerce.orders where id in (select id from bigcommerce.orders "
                "order by date_modified desc limit 1 offset 4) returning id"
            ).fetchall()
        ended = call(*shop.arguments, FROM, "--format=json")
    document = json.loads(ended.out)
    assert ended.code == 1
    assert not document["proven"]
    (store,) = document["stores"]
    assert (store["store"], store["mode"], store["failure"]) == ("sandbox1", "keys", None)
    faults = {each["stream"]: each["faults_by_kind"] for each in store["streams"]}
    assert set(faults) >= CHECKED
    assert {name: kinds for name, kinds in faults.items() if kinds} == {"orders": {"missing": 1}}
    (orders,) = (each for each in store["streams"] if each["stream"] == "orders")
    assert [each["key"] for each in orders["first_faults"]] == [str(lost)]


@pytest.mark.parametrize(("by", "told"), [("+", "later"), ("-", "earlier")])
def test_of_dates_of_another_time_zone_is_said_which_others_are_likely_wrong(
    tmp_path: Path, call: Callable[..., Ended], by: str, told: str
) -> None:
    with loaded(tmp_path) as shop:
        with duckdb.connect(shop.file) as connection:
            ((oldest,),) = connection.execute(
                "select min(date_modified)::date::text from bigcommerce.orders"
            ).fetchall()
            connection.execute(
                f"update bigcommerce.orders set date_modified = date_modified {by} interval 2 hours"
            )
        ended = call(*shop.arguments, "--from=2026-02-15", "--format=json")
        (store,) = json.loads(ended.out)["stores"]
        (orders,) = (each for each in store["streams"] if each["stream"] == "orders")
        assert set(orders["faults_by_kind"]) == {"time zone"}
        two_hours = timedelta(hours=2) if told == "later" else -timedelta(hours=2)
        for each in orders["first_faults"]:
            there, here = (datetime.fromisoformat(each[of]) for of in ("store", "warehouse"))
            assert here - there == two_hours
        (note,) = (each for each in orders["notes"] if "time zone" in each)
        assert f"Its dates are 2 hour(s) {told} than the store's" in note
        start = re.search(r"Those before 2026-02-15 .* with --from ([\d-]+)\.", note)
        assert start
        assert start[1] <= oldest
        all_of_it = call(*shop.arguments, f"--from={start[1]}", "--format=json")
    (store,) = json.loads(all_of_it.out)["stores"]
    (orders,) = (each for each in store["streams"] if each["stream"] == "orders")
    assert [each for each in orders["notes"] if "time zone" in each] == [
        note.partition(" Those")[0]
    ]


def test_each_check_is_kept_in_the_warehouse_unless_that_is_not_wanted(
    tmp_path: Path, call: Callable[..., Ended]
) -> None:
    with loaded(tmp_path) as made:
        assert call(*made.arguments, FROM, "--no-keep").code == 0
        with duckdb.connect(made.file, read_only=True) as connection:
            there = connection.execute("select table_name from duckdb_tables()").fetchall()
        assert ("load_checks",) not in there
        for _ in range(2):
            assert call(*made.arguments, FROM).code == 0
        with duckdb.connect(made.file, read_only=True) as connection:
            kept = (
                "select mode, count(distinct check_id) from bigcommerce.load_checks group by mode"
            )
            assert connection.execute(kept).fetchall() == [("keys", 2)]


def test_a_stream_that_could_not_be_read_is_kept_as_one_row(
    tmp_path: Path, call: Callable[..., Ended]
) -> None:
    with loaded(tmp_path) as shop:
        shop.sandbox.scopes.discard("store_v2_customers_read_only")
        ended = call(*shop.arguments, FROM)
        with duckdb.connect(shop.file, read_only=True) as connection:
            kept = connection.execute(
                "select unverified is not null, window_start is null, rows_checked is null, "
                "count(*) from bigcommerce.load_checks where stream = 'customers' group by all"
            ).fetchall()
    assert ended.code == 3
    assert "no fault found, but not verified: customers." in ended.out
    assert kept == [(True, True, True, 1)]


def test_a_check_that_cannot_be_kept_is_shown_and_the_exit_code_is_3(
    tmp_path: Path, call: Callable[..., Ended]
) -> None:
    with loaded(tmp_path) as shop:
        with duckdb.connect(shop.file) as connection:
            connection.execute("create table bigcommerce.load_checks (other integer)")
        ended = call(*shop.arguments)
    assert ended.code == 3
    assert "load_checks cannot be written" in ended.out
    assert "no fault found, but the check was not kept." in ended.out


def test_the_state_may_come_from_another_command(
    shop: Loaded, call: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(document: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document.encode())))

    warehouse, config, _ = shop.arguments
    given(json.dumps({"singer_state": shop.state}))
    assert call(warehouse, config, "--state=-", "--no-keep").code == 0
    for wrong, sentence in (
        ("", "The file given with --state is not JSON."),
        ("no state", "The file given with --state is not JSON."),
        ("[]", "The STATE is not a JSON object."),
        ('{"bookmarks": {"orders": 1}}', "orders"),
    ):
        given(wrong)
        ended = call(warehouse, config, "--state=-", "--no-keep", "--format=json")
        assert ended.code == 2
        assert sentence in json.loads(ended.out)["failure"]


def test_settings_come_from_the_environment_and_the_env_file(
    shop: Loaded, call: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, _, state = shop.arguments
    for name in ("api_url", "store_hash"):
        monkeypatch.setenv(f"TAP_BIGCOMMERCE_CARTS_{name.upper()}", shop.settings[name])
    monkeypatch.setenv("TARGET_DUCKDB_PATH", str(shop.file))
    token = shop.settings["access_token"]
    (tmp_path / ".env").write_text(f"TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN={token}\n")
    assert call(state, "--no-keep").code == 0
    monkeypatch.setenv("TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN", "another")
    ended = call(warehouse, state, "--no-keep")
    assert ended.code == 3
    assert "refused the access token (401)" in ended.out


def test_a_store_that_cannot_be_checked_does_not_keep_others_from_it(
    shop: Loaded, call: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_all = {name: shop.settings[name] for name in ("store_hash", "api_url")}
    stores = {
        "wrong": {**of_all, "store_hash": "another"},
        "right": {**of_all, "store_name": "sandbox1"},
    }
    (tmp_path / "stores.yml").write_text(json.dumps({"stores": stores}))
    monkeypatch.setenv("STORE_WRONG_ACCESS_TOKEN", "of-nobody")
    monkeypatch.setenv("STORE_RIGHT_ACCESS_TOKEN", shop.settings["access_token"])
    ended = call(shop.arguments[0], "--all", "--no-keep", "--format=json")
    assert ended.code == 3
    wrong, right = json.loads(ended.out)["stores"]
    assert (wrong["store"], wrong["proven"], right["store"]) == ("wrong", False, "sandbox1")
    assert "refused the access token (401)" in wrong["failure"]
    assert right["proven"]
    assert any("Without a STATE" in note for each in right["streams"] for note in each["notes"])
    assert call(shop.arguments[0], "--store=right", "--no-keep").code == 0


def test_a_quick_look_is_called_a_hint(shop: Loaded, call: Callable[..., Ended]) -> None:
    ended = call(*shop.arguments, "--quick", "--no-keep")
    assert ended.code == 0
    assert "Counts are a hint only" in ended.out
    document = json.loads(call(*shop.arguments, "--quick", "--no-keep", "--format=json").out)
    (store,) = document["stores"]
    assert store["mode"] == "quick"
    assert [each["stream"] for each in store["streams"]] == ["abandoned_carts", "orders"]


def test_streams_that_are_asked_for_are_those_checked(
    shop: Loaded, call: Callable[..., Ended]
) -> None:
    ended = call(*shop.arguments, "--streams=orders, customers", "--format=json", "--no-keep")
    (store,) = json.loads(ended.out)["stores"]
    assert {each["stream"] for each in store["streams"]} == {"orders", "customers"}


def test_what_differs_of_a_row_is_shown(tmp_path: Path, call: Callable[..., Ended]) -> None:
    with loaded(tmp_path) as shop:
        with duckdb.connect(shop.file) as connection:
            some = connection.execute(
                "select id, total_inc_tax, status_id from bigcommerce.orders "
                "where date_modified > '2026-02-12' order by id limit 2"
            ).fetchall()
            (one, amount, _), (other, _, status) = some
            connection.execute(
                f"update bigcommerce.orders set total_inc_tax = null where id = {one};"
                f"update bigcommerce.orders set status_id = 77 where id = {other}"
            )
        ended = call(*shop.arguments, FROM, "--streams=orders", "--format=json")
    (store,) = json.loads(ended.out)["stores"]
    found = {
        (each["fault"], each["key"]): (each["store"], each["warehouse"])
        for each in store["streams"][0]["first_faults"]
    }
    assert found == {
        ("wrong amount", str(one)): (f"{amount:g}", "none"),
        ("wrong status", str(other)): (str(status), "77"),
    }


def test_nothing_of_a_shopper_is_shown(tmp_path: Path, call: Callable[..., Ended]) -> None:
    with loaded(tmp_path) as shop:
        with duckdb.connect(shop.file) as connection:
            connection.execute("update bigcommerce.customers set date_modified = '2026-01-01'")
            connection.execute("update bigcommerce.abandoned_carts set total_inc_tax = 1.5")
            personal = {
                word
                for row in connection.execute(
                    "select email, first_name, last_name from bigcommerce.customers union all "
                    "select customer_email, customer_first_name, customer_last_name "
                    "from bigcommerce.abandoned_carts"
                ).fetchall()
                for word in row
                if word
            }
        ended = call(*shop.arguments, FROM, "--format=json")
        shown = ended.out + call(*shop.arguments, FROM).out
    assert ended.code == 1
    assert len(personal) > 20
    assert not [word for word in personal if word in shown]
    assert shop.settings["access_token"] not in shown


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--quick", "--deep"], 2, "Say --quick or --deep, not both."),
        (["--yes"], 2, "--yes is for --repair."),
        (["--all", "--store=a"], 2, "Say --store, --all or --config, one of them."),
        (["--quick", "--repair"], 2, "--quick finds no rows that could be repaired."),
        (["--format=xml"], 2, "'xml' is not one of 'table', 'json'."),
        ([], 2, "Which warehouse is to be checked: none is named."),
        (["--from=soon"], 2, "--from must be a date that exists"),
        (["--from=2026-13-01"], 2, "--from must be a date that exists"),
        (["--from="], 2, "--from and --to take a date"),
        (["--from=2026-02-01", "--to=2026-01-01"], 2, "--to must lie after"),
        (["--streams=orders,order"], 2, "--streams: there is no `order` to check; there are"),
        (["--streams=abandoned_cart_settings"], 2, "there is no `abandoned_cart_settings` to"),
        (["--streams=store_logs"], 2, "there is no `store_logs` to"),
        (["--streams="], 2, "--streams names none; there are `abandoned_cart_line_items`"),
        (["--streams=,"], 2, "--streams names none"),
        (["--all"], 2, "stores.yml is not there"),
        (["--all", "--stores=none.yml"], 2, "none.yml is not there"),
        (["--config=none.json"], 2, "The file given with --config cannot be"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    call: Callable[..., Ended], arguments: list[str], code: int, sentence: str
) -> None:
    ended = call(*arguments)
    assert ended.code == code
    (said,) = ended.errors
    assert sentence in said
    assert "\n" not in said


def test_a_store_that_the_file_does_not_have_is_a_wrong_call(
    call: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "stores.yml").write_text("stores: {acme: {store_hash: abc}}")
    ended = call("--store=acm")
    assert (ended.code, len(ended.errors)) == (2, 1)
    assert "has no store `acm`; did you mean `acme`?" in ended.errors[0]


def test_a_wrong_call_is_a_document_too(call: Callable[..., Ended]) -> None:
    ended = call("--format=json", "--from=soon")
    assert ended.code == 2
    assert json.loads(ended.out) == {"proven": False, "failure": ended.errors[0], "stores": []}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("none.duckdb", "There is no DuckDB file none.duckdb: check the path."),
        ("postgresql://me:hidden@127.0.0.1:1/x", "The warehouse cannot be read"),
        ("nonsense://me:hidden@127.0.0.1/x", "There is no driver for nonsense"),
    ],
)
def test_a_warehouse_that_is_not_there_is_one_sentence(
    shop: Loaded, call: Callable[..., Ended], address: str, sentence: str
) -> None:
    ended = call(*shop.arguments[1:], f"--warehouse={address}")
    assert (ended.code, ended.errors) == (3, [])
    assert sentence in ended.out
    assert ended.out.startswith(f"{shop.settings['store_hash']}: not checked: ")
    assert "hidden" not in ended.out


@pytest.mark.parametrize("package", ["rich", "sqlalchemy"])
def test_without_its_extra_it_says_which(package: str, shop: Loaded) -> None:
    check_named(package, "verify", "verify", *shop.arguments)
