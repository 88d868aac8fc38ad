"""The services of compose.yml, each started by hand as the file says, with real parts.

Names, ports and paths of the containers are mapped to this machine; all else is the file's.
"""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import requests
import yaml
from dotenv import dotenv_values

from tests.support.compose import SANDBOX_ENV, Host, resolved
from tests.support.passworded import server
from tests.support.paths import ROOT
from tests.support.patience import until
from tests.support.receivers import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Services = dict[str, dict[str, Any]]
GIVEN = {name: str(value) for name, value in dotenv_values(SANDBOX_ENV).items()}
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
# A small store, on a port of its own.
SMALL = ("--carts=60", "--placed=40", "--customers=20", "--open-carts=20")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return resolved(SANDBOX_ENV, "--profile", "sandbox", "--profile", "hooks")


@pytest.fixture(scope="module")
def services(document: dict[str, Any]) -> Services:
    found: Services = document["services"]
    return found


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in opened]


class Machine(Host):
    """This machine with the folders of the containers, and where its services listen."""

    def __init__(self, folder: Path, files: dict[str, Path]) -> None:
        postgres, inbox, store, page = free_ports(4)
        self.ports = {"postgres": postgres, "inbox": inbox, "sandbox": store, "page": page}
        self.files = files
        for each in ("scratch", "page", "tmp"):
            (folder / each).mkdir()
        places = {
            "^/opt/bigcommerce-carts/every$": str(ROOT / "deploy/image/every"),
            "^/etc/bigcommerce-carts/stores.yml$": str(folder / "stores.yml"),
            "^/etc/nginx/page.conf$": str(folder / "page.conf"),
            r"/scratch\b": str(folder / "scratch"),
            r"/page\b(?!\.)": str(folder / "page"),
            r"/tmp\b": str(folder / "tmp"),  # noqa: S108 - the containers'
            "@postgres/": f"@127.0.0.1:{postgres}/",
            "^postgres$": "127.0.0.1",
            "listen 8080;": f"listen 127.0.0.1:{page};",
            "127.0.0.1:8080/healthz": f"127.0.0.1:{page}/healthz",
            "127.0.0.1:8080": f"127.0.0.1:{store}",
            "inbox:8088": f"127.0.0.1:{inbox}",
            "127.0.0.1:8088": f"127.0.0.1:{inbox}",
            "^0.0.0.0$": "127.0.0.1",
        }
        variables = {
            "WELL": str(folder / "tmp/all-went-well"),
            "TARGET_POSTGRES_PORT": str(postgres),
            "PGPORT": str(postgres),
            "CART_INBOX_PORT": str(inbox),
            "BIGCOMMERCE_CARTS_MELTANO": str(MELTANO),
        }
        super().__init__(places, folder, variables)
        for name in ("stores.yml", "page.conf"):
            (folder / name).write_text(self.mapped(files[name].read_text()))

    def url(self, service: str, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def asked(self, role: str, database: str, password: str, query: str) -> list[tuple[Any, ...]]:
        """Return what a role is told by a database, with a password and from another machine."""
        where = f"host=127.0.0.1 port={self.ports['postgres']} dbname={database}"
        with psycopg.connect(f"{where} user={role} password={password}") as connection:
            return connection.execute(query.encode()).fetchall()

    def loaded(self, query: str) -> list[tuple[Any, ...]]:
        return self.asked("loader", "warehouse", GIVEN["LOADER_PASSWORD"], query)


@pytest.fixture(scope="module")
def machine(
    document: dict[str, Any], services: Services, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """This machine, with PostgreSQL filled as its service says, and a Meltano project."""
    files = {Path(each["file"]).name: Path(each["file"]) for each in document["configs"].values()}
    here = Machine(tmp_path_factory.mktemp("compose"), files)
    project(here.folder)
    with server(here.ports["postgres"]) as running:
        here.programs.append(running.programs)
        # A first start that failed leaves it like this, and the image never tries again.
        assert not here.healthy(services["postgres"])()
        # As the image runs it.
        words = "psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username postgres --host"
        ended = here.run(
            services["postgres"],
            [*words.split(), str(running.socket), "--file", str(files["databases.sql"])],
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        try:
            yield here
        finally:
            here.stop()


def project(folder: Path) -> None:
    """Make a Meltano project as the image holds it, with the plugins that are installed here."""
    if not MELTANO.exists():
        raise FileNotFoundError("Meltano is not installed here: run `make test`.")
    shutil.copy(ROOT / "meltano.yml", folder)
    (folder / "transform").symlink_to(ROOT / "transform")
    (folder / ".meltano").mkdir()
    for kind in ("extractors", "loaders", "utilities"):
        (folder / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)


@pytest.fixture(scope="module")
def inbox(machine: Machine, services: Services) -> str:
    """The inbox, started as its service says once what it needs is well; its address."""
    assert machine.healthy(services["postgres"])()
    machine.start("inbox", services["inbox"])
    until(machine.healthy(services["inbox"]), "the inbox")
    return machine.url("inbox", "/webhooks")


@pytest.fixture(scope="module")
def shop(machine: Machine, services: Services, inbox: str) -> str:
    """The invented store, which was told of the inbox; its address."""
    assert inbox
    machine.start("sandbox", services["sandbox"], f"--port={machine.ports['sandbox']}", *SMALL)
    until(machine.healthy(services["sandbox"]), "the sandbox")
    # Also if it is told again, since it is started again.
    for _ in range(2):
        told = machine.once(services["sandbox-hook"])
        assert (told.returncode, told.stderr) == (0, "")
    return machine.url("sandbox")


def live(shop: str, carts: int) -> None:
    """Let some carts live, and wait until the inbox was told of all of it."""
    requests.post(f"{shop}_sandbox/carts/live", json={"count": carts}, timeout=30)

    def told() -> bool:
        sent = requests.get(f"{shop}_sandbox/webhooks", timeout=30).json()
        return not sent["waiting"] and not sent["under_way"]

    until(told, "the webhooks")


def patiently(true: Callable[[], object], what: str) -> None:
    """Wait for what takes minutes on a busy machine."""
    for _ in range(9):
        with suppress(TimeoutError):
            until(true, what)
            return
    until(true, what)


def test_nobody_comes_into_a_database_that_is_not_theirs(machine: Machine) -> None:
    def enters(role: str, database: str, password: str) -> bool:
        try:
            return machine.asked(role, database, password, "select 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    databases = ("warehouse", "meltano", "inbox")
    passwords = {"loader": GIVEN["LOADER_PASSWORD"], "inbox": GIVEN["INBOX_PASSWORD"]}
    entered = {
        role: [each for each in databases if enters(role, each, password)]
        for role, password in passwords.items()
    }
    assert entered == {"loader": [*databases], "inbox": ["inbox"]}
    assert not enters("loader", "warehouse", passwords["inbox"])
    # Whichever of the two makes a table there, both may write to it.
    who = machine.asked("loader", "inbox", passwords["loader"], "select current_user::text")
    assert who == [("inbox",)]


def test_the_inbox_keeps_what_is_posted_with_the_secret(machine: Machine, inbox: str) -> None:
    document = event(1, producer=f"stores/{GIVEN['STORE_HASH']}")
    for secret, status in ((GIVEN["CART_INBOX_SECRET"], 200), ("another-secret-of-somebody", 401)):
        headers = {"X-Inbox-Secret": secret}
        answer = requests.post(inbox, json=document, headers=headers, timeout=30)
        assert answer.status_code == status
    kept = machine.asked(
        "inbox", "inbox", GIVEN["INBOX_PASSWORD"], "select hash from cart_inbox_events"
    )
    assert (document["hash"],) in kept


def test_the_hook_is_looked_after_by_hand(machine: Machine, services: Services, shop: str) -> None:
    """`docker compose run --rm hooks`, but for the store's address: theirs is BigCommerce's."""
    live(shop, 5)
    ended = machine.once(services["hooks"], CART_INBOX_API_URL=shop)
    assert ended.returncode == 0, ended.stderr + ended.stdout


def test_the_page_is_served_and_nothing_else(machine: Machine, services: Services) -> None:
    machine.start("page", services["page"], "-g", "master_process off;")
    until(machine.healthy(services["page"]), "nginx")
    url = machine.url("page")
    early = requests.get(url, timeout=30)
    assert (early.status_code, early.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert "docker compose logs load" in early.text
    written = machine.folder / "page/index.html"
    written.write_text("<!doctype html><title>Carts</title>" + " " * 2000)
    answer = requests.get(url, timeout=30)
    assert (answer.status_code, answer.text) == (200, written.read_text())
    told = {name: answer.headers.get(name) for name in ("Content-Type", "Content-Encoding")}
    assert told == {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "nginx/" not in answer.headers["Server"]
    (machine.folder / "page/other.html").touch()
    for path in ("index.html", "other.html", "../stores.yml", ".meltano"):
        assert requests.get(url + path, timeout=30).status_code == 404
    written.unlink()


def test_a_turn_loads_the_store_and_the_next_comes_whatever_failed(
    machine: Machine, services: Services, shop: str
) -> None:
    """Without marts, which take a minute: so the page cannot be written, and that is told."""
    live(shop, 5)
    file = machine.folder / "stores.yml"
    with_marts = file.read_text()
    whole = yaml.safe_load(with_marts)
    assert whole.pop("then") == "dbt-postgres:build"
    file.write_text(yaml.safe_dump(whole))
    load = machine.start("load", services["load"])
    # Nothing failed yet.
    until(machine.healthy(services["load"]), "the first turn")
    patiently(lambda: "`bigcommerce-carts report" in machine.log("load"), "the end of a turn")
    file.write_text(with_marts)
    assert load.poll() is None
    assert not machine.healthy(services["load"])()
    load.terminate()
    assert load.wait(60) == 0
    (told,) = re.findall("^`.*ended.*$", machine.log("load"), re.MULTILINE)
    assert told.endswith("ended with exit code 1; again in 5 minutes.")
    assert machine.loaded("select distinct store from bigcommerce.orders") == [("shop",)]
    ((left, filled),) = machine.loaded(
        "select (select count(*) from bigcommerce.abandoned_carts),"
        " (select count(*) from bigcommerce.carts)"
    )
    assert left >= 60
    assert filled >= 5
    states = "select state_id from state"
    ((state,),) = machine.asked("loader", "meltano", GIVEN["LOADER_PASSWORD"], states)
    assert state.endswith(":tap-bigcommerce-carts-to-target-postgres:shop")
    written = machine.log("load") + machine.log("inbox") + machine.log("sandbox")
    for name in ("LOADER_PASSWORD", "INBOX_PASSWORD", "CART_INBOX_SECRET"):
        assert not re.search(rf"{GIVEN[name]}(?!-)", written), name


@pytest.mark.long
def test_a_whole_turn_writes_the_page_that_is_served(
    machine: Machine, services: Services, shop: str
) -> None:
    live(shop, 5)
    if "page" not in machine.processes:
        machine.start("page", services["page"], "-g", "master_process off;")
    until(machine.healthy(services["page"]), "nginx")
    load = machine.start("load", services["load"])
    patiently((machine.folder / "page/index.html").exists, "the end of a turn")
    until(lambda: (machine.folder / "tmp/all-went-well").read_text() == "", "the end of its call")
    assert machine.healthy(services["load"])()
    answer = requests.get(machine.url("page"), timeout=30)
    assert answer.status_code == 200
    assert "<title>" in answer.text
    load.terminate()
    assert load.wait(60) == 0
