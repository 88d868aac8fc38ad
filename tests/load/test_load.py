"""Stores are loaded, each by itself, by the command, real Meltano and a real PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.stores import Ended, Place, ended, place, sandbox, token_of
from tests.support.warehouse.engines import DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.sandbox.recorder import Request

pytestmark = pytest.mark.slow
SALT = "grain-of-salt-of-plain-5b1f3a"
WRONG = "a-wrong-token-9c0d"
CARTS = 12


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Place]:
    """Five stores: two in order, one with a wrong token, one without, one with other settings."""
    with ExitStack() as stack:
        made = place(tmp_path_factory.mktemp("shops"), postgres)
        for name in ("plain", "hashed", "mapped", "wrong", "lost"):
            made.shops[name] = stack.enter_context(sandbox(name, CARTS))
        made.write(
            {
                "hashed": {"personal_data": "hash"},
                "mapped": {
                    "stream_maps": {"abandoned_carts": {"ip_address": None}},
                    "personal_data": "drop",
                    "channel_ids": [1],
                },
            },
            then="witness:look",
            secrets={
                "env_files": "secrets",
                "command": ["./secrets-of", "{store}"],
            },
        )
        manager = made.folder / "secrets-of"
        manager.write_text(
            '#!/bin/sh\n[ "$1" = mapped ] || exec echo OTHER=1\n'
            f'echo \'{{"access_token": "{token_of("mapped")}"}}\'\n'
        )
        manager.chmod(0o755)
        secrets = made.folder / "secrets"
        secrets.mkdir()
        (secrets / "hashed.env").write_text(
            f"TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN={token_of('hashed')}\npersonal_data_salt={SALT}\n"
        )
        made.variables |= {
            "STORE_PLAIN_ACCESS_TOKEN": token_of("plain"),
            "STORE_WRONG_ACCESS_TOKEN": WRONG,
            # Of a developer's own store, as the tap alone and its Meltano plugin read it.
            "TAP_BIGCOMMERCE_CARTS_STORE_HASH": "elsewhere",
            "TAP_BIGCOMMERCE_CARTS_PERSONAL_DATA": "drop",
        }
        (made.folder / ".env").write_text(
            "TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=of-the-env-file\n"
            "TAP_BIGCOMMERCE_CARTS_PAGE_SIZE=1\nWITH_ENV_FILE=yes\n"
        )
        yield made


@pytest.fixture(scope="module")
def command_lines() -> set[str]:
    """What stood in the process list while stores were read."""
    return set()


@pytest.fixture(scope="module")
def loaded(shops: Place, command_lines: set[str]) -> Ended:
    """All stores, loaded at once."""

    def look(_number: int, _request: Request) -> None:
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command_lines.add(file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            except OSError:
                continue

    for each in shops.shops.values():
        each.before(look)
    done = shops.run("--all", "--at-once=5")
    for each in shops.shops.values():
        each.before(None)
    return done


def line_of(store: str, out: str) -> str:
    """The line of a store."""
    (found,) = (line for line in out.splitlines() if line.startswith(f"{store} "))
    return found


def test_one_that_fails_fails_alone(loaded: Ended, shops: Place) -> None:
    assert loaded.code == 1
    assert shops.carts().keys() == {"plain", "hashed", "mapped"}
    assert shops.carts()["plain"] == shops.carts()["hashed"] == CARTS
    wrong, lost = line_of("wrong", loaded.out), line_of("lost", loaded.out)
    assert re.search(r"  failed   .*`access_token`", wrong)
    assert "failed   store `lost`: the secrets' command `./secrets-of` printed no settings" in lost


def test_a_store_has_a_line_and_all_have_a_sum(loaded: Ended, shops: Place) -> None:
    shape = r"plain   loaded  +(\d+) rows  +(\d+) requests +[\d.]+ s  up to 2026-\d\d-\d\dT[\d:]+Z"
    found = re.fullmatch(shape, line_of("plain", loaded.out))
    assert found, loaded.out
    tables = "abandoned_carts abandoned_cart_line_items customers orders".split()
    counts = [
        shops.rows(f"select count(*) from bigcommerce.{table} where store = 'plain'")[0][0]  # noqa: S608
        for table in tables
    ]
    assert int(found[1]) == sum(counts)
    assert int(found[2]) == sum(
        request.path.startswith("/stores/plain/") for request in shops.shops["plain"].requests
    )
    total, missing, logs = loaded.out.splitlines()[-3:]
    assert total.startswith("3 of 5 stores loaded: ")
    assert missing == "Not loaded: lost, wrong."
    assert logs == f"Their logs: {shops.work}/NAME/load.log"
    # No terminal, so no bar, and nothing that steers one.
    assert "\x1b" not in loaded.out + loaded.log
    assert "━" not in loaded.out + loaded.log


def test_each_store_has_a_log_and_a_folder_that_nobody_else_looks_into(
    loaded: Ended, shops: Place
) -> None:
    del loaded
    assert "Run completed" in shops.log("plain")
    assert "access_token" in shops.log("wrong")
    assert not (shops.work / "lost/load.log").exists()
    for name in ("plain", "wrong"):
        assert stat.S_IMODE((shops.work / name).stat().st_mode) == 0o700


def test_what_comes_after_all_runs_once_and_sees_no_store_s_secret(
    loaded: Ended, shops: Place
) -> None:
    seen = shops.witnessed.read_text()
    assert seen.count("\nWITH_ENV_FILE=yes\n") == 1
    assert not re.search(r"^(STORE|TAP_BIGCOMMERCE_CARTS)_", seen, re.MULTILINE)
    assert "Run completed" in loaded.log


def test_no_secret_is_written_or_shown(
    loaded: Ended, shops: Place, command_lines: set[str]
) -> None:
    written = {str(file): text for file, text in shops.files().items()}
    assert any(name.endswith("plain/load.log") for name in written)
    written |= {"out": loaded.out, "log": loaded.log, "processes": "\n".join(command_lines)}
    assert any("tap-bigcommerce-carts" in line and "--config" in line for line in command_lines)
    for secret in (*map(token_of, shops.shops), SALT, WRONG, "of-the-env-file"):
        assert [name for name, text in written.items() if secret in text] == []


def test_personal_data_and_catalog_are_each_store_s_own(loaded: Ended, shops: Place) -> None:
    del loaded
    query = "select customer_email, ip_address from bigcommerce.abandoned_carts where store = '{}'"
    plain, hashed, mapped = (
        shops.rows(query.format(name)) for name in ("plain", "hashed", "mapped")
    )
    assert all(email is None or "@" in email for email, _ in plain)
    assert any(email for email, _ in plain)
    assert any(email for email, _ in hashed)
    assert all(email is None or re.fullmatch("[0-9a-f]{64}", email) for email, _ in hashed)
    assert mapped
    assert {*mapped} == {(None, None)}


def test_no_store_reads_with_the_settings_of_the_environment_or_the_env_file(
    loaded: Ended, shops: Place
) -> None:
    del loaded
    for name in ("plain", "hashed", "mapped"):
        requests = shops.shops[name].requests
        assert all(request.token_ok for request in requests)
        assert {request.path.split("/")[2] for request in requests} == {name}
        assert 1 not in {request.limit for request in requests}


def earliest(shops: Place, store: str) -> str:
    """From when on a store was asked what changed."""
    asked = (each.query.get("min_date_modified") for each in shops.shops[store].requests)
    return min(filter(None, asked))


def test_a_store_goes_on_whatever_was_filled_in_between(loaded: Ended, shops: Place) -> None:
    del loaded
    plain = shops.shops["plain"]
    now = plain.shop.clock.advance(hours=3)  # type: ignore[attr-defined]
    plain.shop.add_order(modified=now - timedelta(hours=2))
    plain.clear()
    filled = shops.run("plain", "--from=2026-01-15", "--to=2026-02-01")
    assert filled.code == 0
    assert "2026-01-14T23" < earliest(shops, "plain") < "2026-01-16"
    assert shops.carts()["plain"] == CARTS
    plain.clear()
    done = shops.run("plain")
    assert (done.code, line_of("plain", done.out)) == (0, done.out.strip())
    assert earliest(shops, "plain") > "2026-02"
    assert shops.carts()["plain"] == CARTS + 1
    # Of one store Meltano's log goes through.
    assert "tap-bigcommerce-carts: abandoned_carts: reading what changed from 2026-" in done.log
    assert token_of("plain") not in done.log + done.out
    # And what comes after all stores does not come after one.
    assert shops.witnessed.read_text().count("WITH_ENV_FILE") == 1


def test_a_full_refresh_reads_everything_again(loaded: Ended, shops: Place) -> None:
    before, mapped = shops.carts(), shops.shops["mapped"]
    mapped.clear()
    done = shops.run("mapped", "--full-refresh")
    assert done.code == 0
    rows = re.search(r"([\d,]+) rows", line_of("mapped", done.out))
    first = re.search(r"([\d,]+) rows", line_of("mapped", loaded.out))
    assert rows
    assert first
    assert rows[1] == first[1]
    assert shops.carts()["mapped"] == before["mapped"]


def test_a_duckdb_file_takes_one_writer_at_a_time(shops: Place, tmp_path: Path) -> None:
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    where = {"TARGET_DUCKDB_PATH": str(engine.path)}
    both = replace(shops, variables=shops.variables | where)
    done = both.run("plain", "hashed", "--loader=target-duckdb", "--at-once=2")
    assert done.code == 0, done.out
    assert "A DuckDB file takes one writer: the stores are loaded one after the" in done.log
    found = engine.query("select distinct store from bigcommerce.abandoned_carts order by 1")
    assert found == [{"store": "hashed"}, {"store": "plain"}]


def test_a_check_names_all_that_is_missing_and_loads_nothing(shops: Place) -> None:
    for each in shops.shops.values():
        each.clear()
    done = shops.run("--check", "--all")
    assert done.code == 1
    assert sorted(done.out.splitlines()) == [
        f"{name}: nothing is missing." for name in ("hashed", "mapped", "plain", "wrong")
    ]
    said = [line.split(" ERROR ")[1] for line in done.log.splitlines()]
    assert said[0].startswith("store `lost`: the secrets' command `./secrets-of` printed no")
    assert said[1:] == ["1 of 5 stores cannot be loaded."]
    assert sum(len(each.requests) for each in shops.shops.values()) == 0


def test_what_a_terminal_sees_has_a_bar(shops: Place) -> None:
    """Stores whose secrets are missing are enough: nothing is started for them."""
    mine, theirs = os.openpty()
    without = {"STORE_WRONG_ACCESS_TOKEN": "", "TERM": "xterm-256color"}
    process = replace(shops, variables=shops.variables | without).start(
        "lost", "wrong", "--at-once=1", stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += os.read(mine, 4096)
        except OSError:
            break
    os.close(mine)
    assert process.wait() == 1
    text = seen.decode()
    assert "━" in text
    assert "0/2" in text
    assert "0 of 2 stores loaded" in text


def test_doctor_tells_how_far_a_store_is_loaded(loaded: Ended, shops: Place) -> None:
    """The last one here: it asks the store, too."""
    assert "plain   loaded" in loaded.out
    before = len(shops.shops["plain"].requests)
    done = ended(shops.start("--store=plain", "--format=json", command="doctor"))
    (store,) = json.loads(done.out)["stores"]
    found = {each["asked"]: each for each in store["findings"]}
    assert store["store"] == "plain"
    assert "stores.yml" in found["settings"]["said"]
    asked = ("settings", "access token", "Meltano", "warehouse", "tables", "warehouse writing")
    assert {found[each]["verdict"] for each in asked} == {"fine"}, done.out
    assert "`abandoned_carts` up to 2026-" in found["Meltano"]["said"]
    assert "`orders`" in found["tables"]["said"]
    assert len(shops.shops["plain"].requests) - before <= 15
    for secret in (token_of("plain"), "of-the-env-file", str(shops.folder)):
        assert secret not in done.out
