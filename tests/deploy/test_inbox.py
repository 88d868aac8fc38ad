"""The files of `deploy/inbox/` fit the command: its arguments, settings, port and path."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click
import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tap_bigcommerce_carts.commands import bigcommerce_carts
from tap_bigcommerce_carts.inbox.receiver import settings
from tap_bigcommerce_carts.inbox.receiver.app import PATH
from tap_bigcommerce_carts.inbox.receiver.cli import inbox
from tests.support import images
from tests.support.paths import ROOT
from tests.support.receivers import SECRET, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.receivers import Receiver

DEPLOY = ROOT / "deploy" / "inbox"
UNITS = sorted(DEPLOY.glob("*.service"))
IMAGE = DEPLOY / "Dockerfile"
DOCKERFILE = IMAGE.read_text()
SITE = (DEPLOY / "nginx.conf").read_text()
COMMAND = "bigcommerce-carts"
# The subcommands are read as a part of the whole: click keeps what it made of a command, its help
# option too, for all tests that come after.
WHOLE = bigcommerce_carts.make_context(COMMAND, ["inbox"])


def known() -> set[str]:
    """The environment variables that the command's help tells of."""
    shown = [
        command.get_help(click.Context(command, parent=WHOLE, info_name=name))
        for name, command in inbox.commands.items()
    ]
    return set(re.findall(r"CART_INBOX_\w+", "".join(shown)))


def parsed(arguments: list[str]) -> tuple[str, dict[str, Any]]:
    """The subcommand that some arguments call, and its options."""
    beside, name, *options = arguments
    assert beside == "inbox"
    return name, inbox.commands[name].make_context(name, options, parent=WHOLE).params


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_call_the_command_as_it_is_called(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, *arguments = line.replace("%i", "8088").split()
    assert program.rpartition("/")[2] == COMMAND
    name, given = parsed(arguments)
    assert unit.stem.startswith({"serve": "cart-inbox@"}.get(name, "cart-inbox-"))
    if name == "prune":
        assert (settings.prune_age(given["older_than"]), given["unread"]) == (90 * 86_400, False)
    elif name == "status":
        assert settings.one_store(given["stores"]) == "8088"
    else:
        assert (name, settings.port(given["port"])) == ("serve", 8088)


def test_units_and_their_timers_belong_together() -> None:
    names = {unit.stem for unit in UNITS}
    assert names == {"cart-inbox@", "cart-inbox-prune", "cart-inbox-status@"}
    assert {timer.stem for timer in DEPLOY.glob("*.timer")} == names - {"cart-inbox@"}


def test_only_what_asks_bigcommerce_is_given_the_token() -> None:
    read = {
        unit.stem: re.findall(r"^EnvironmentFile=(.*)$", unit.read_text(), re.MULTILINE)
        for unit in UNITS
    }
    assert read == {
        "cart-inbox@": ["/etc/cart-inbox.env"],
        "cart-inbox-prune": ["/etc/cart-inbox.env"],
        "cart-inbox-status@": ["/etc/cart-inbox.env", "/etc/cart-inbox-%i.env"],
    }
    assert "CART_INBOX_ACCESS_TOKEN" not in (DEPLOY / "cart-inbox.env.example").read_text()
    assert "CART_INBOX_ACCESS_TOKEN=" in (DEPLOY / "cart-inbox-store.env.example").read_text()


def test_units_are_shut_in_alike() -> None:
    """Each may write where its state is, and no more; and has a limit of memory."""
    shut = [
        {
            line
            for line in unit.read_text().splitlines()
            if re.match(
                r"(Private|Protect|Restrict|SystemCall|Capab|NoNew|UMask|Memory|User)", line
            )
        }
        for unit in UNITS
    ]
    assert shut[0] == shut[1] == shut[2]
    for line in ("ProtectSystem=strict", "UMask=0007", "MemoryMax=512M", "User=cart-inbox"):
        assert line in shut[0]


def test_the_image_calls_the_command_as_it_is_called() -> None:
    program, *arguments = images.words(IMAGE, "ENTRYPOINT") + images.words(IMAGE, "CMD")
    assert program == COMMAND
    assert parsed(arguments)[0] == "serve"


def test_the_image_is_made_of_what_is_there() -> None:
    images.check_sources(IMAGE)


def test_the_images_parts_are_known_by_hash() -> None:
    """The base by its digest, and each package by those of its files."""
    assert len(images.bases(IMAGE)) == 1
    for line in re.findall(r"pip (?:install|wheel) .*", DOCKERFILE):
        assert "--require-hashes -r" in line or "--no-index --no-deps" in line
    pinned = {**_hashed("image.txt"), **_hashed("image-build.txt")}
    assert set(_needed("tap-bigcommerce-carts", "inbox")) <= set(pinned)
    assert "hatchling" in pinned
    tap = dict(re.findall(r"^([\w.-]+)==(\S+)", _constraints("tap.txt"), re.MULTILINE))
    tested: dict[str, str] = {canonicalize_name(name): version for name, version in tap.items()}
    differing = {
        name: version for name, version in pinned.items() if tested.get(name, version) != version
    }
    assert not differing, "make the two files anew, as their first lines say"


def _constraints(name: str) -> str:
    return (ROOT / "constraints" / name).read_text()


def _hashed(name: str) -> dict[str, str]:
    """The version of each package in a file, all of which have hashes."""
    found: dict[str, str] = {}
    for entry in re.split(r"^(?=[A-Za-z])", _constraints(name), flags=re.MULTILINE)[1:]:
        package, version = re.match(r"([\w.-]+)==([^\s;]+)", entry).groups()  # type: ignore[union-attr] # or it fails here
        assert "--hash=sha256:" in entry, package
        found[canonicalize_name(package)] = version
    return found


def _needed(name: str, *extras: str) -> Iterator[str]:
    """The packages that one needs here, itself left out."""
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        if all(
            not requirement.marker or not requirement.marker.evaluate({"extra": extra})
            for extra in ("", *extras)
        ):
            continue
        yield canonicalize_name(requirement.name)
        yield from _needed(requirement.name, *requirement.extras)


def test_the_image_runs_without_root() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert "-o 10001 -g 10001 -m 2770 /var/lib/cart-inbox" in DOCKERFILE


@pytest.mark.parametrize(
    "name", ["cart-inbox.env.example", "cart-inbox-store.env.example", "Dockerfile"]
)
def test_variables_are_those_of_the_settings(name: str) -> None:
    found = set(re.findall(r"\b(CART_INBOX_\w+)=", (DEPLOY / name).read_text()))
    assert found
    assert found <= known()


def test_what_a_receiver_and_its_hooks_need_is_in_the_example() -> None:
    text = "".join(file.read_text() for file in DEPLOY.glob("*.env.example"))
    assert known() - set(re.findall(r"\b(CART_INBOX_\w+)=", text)) == {
        "CART_INBOX_API_URL",
        "CART_INBOX_HOST",
        "CART_INBOX_PORT",
        "CART_INBOX_SILENCE",
    }


def test_nginx_sends_to_the_receiver_what_bigcommerce_posts() -> None:
    _, given = parsed(["inbox", "serve"])
    assert f"server {given['host']}:{given['port']};" in SITE
    assert re.findall(r"^    location (.*) \{$", SITE, re.MULTILINE) == [f"= {PATH}", "/"]
    assert "listen 443 ssl;" in SITE


@pytest.fixture
def nginx(
    start: Callable[..., Receiver], tmp_path: Path
) -> Iterator[Callable[[str], tuple[str, requests.Session]]]:
    """Give how to start nginx with the site before a receiver: its address, and who reaches it."""
    if shutil.which("nginx") is None:
        raise FileNotFoundError("nginx is needed.")
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    certified = (
        "openssl req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=inbox.example.com "
        f"-addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    )
    subprocess.run(certified.split(), check=True, capture_output=True)
    running: list[subprocess.Popen[bytes]] = []

    session = requests.Session()
    session.trust_env = False
    session.verify = str(certificate)
    # Until it listens.
    patient = Retry(connect=100, read=0, status=0, other=0, backoff_factor=0.1, backoff_max=0.1)
    session.mount("https://", HTTPAdapter(max_retries=patient))

    def started(site: str) -> tuple[str, requests.Session]:
        for written, here in (
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("    listen [::]:443 ssl;\n", ""),
            ("127.0.0.1:8088", receiver.url.removeprefix("http://")),
            ("/etc/ssl/inbox.example.com/fullchain.pem", str(certificate)),
            ("/etc/ssl/inbox.example.com/privkey.pem", str(key)),
        ):
            assert written in site
            site = site.replace(written, here)
        (tmp_path / "site.conf").write_text(site)
        main = tmp_path / "nginx.conf"
        temporary = "".join(
            f"{kind}_temp_path {tmp_path};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        main.write_text(
            f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors;"
            f"events {{}} http {{ {temporary} include {tmp_path}/site.conf; }}"
        )
        command = ["nginx", "-p", str(tmp_path), "-c", str(main), "-e", str(tmp_path / "errors")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        running.append(subprocess.Popen(command))
        return f"https://127.0.0.1:{port}", session

    yield started
    session.close()
    for each in running:
        each.terminate()
        each.wait(30)


def test_nginx_lets_events_through_and_nothing_else(
    nginx: Callable[[str], tuple[str, requests.Session]],
) -> None:
    url, session = nginx(SITE)

    def ask(method: str, path: str, **headers: str) -> requests.Response:
        body = None if method == "GET" else event(1)
        return session.request(
            method, url + path, json=body, headers=headers, timeout=30, allow_redirects=False
        )

    secret = {"X-Inbox-Secret": SECRET}
    assert ask("POST", PATH, **secret).status_code == 200
    assert ask("POST", PATH).status_code == 401
    assert ask("GET", PATH).status_code == 403
    for path in ("/webhooks/", "/healthz", "/metrics", "/", "/webhooks/../healthz"):
        answer = ask("POST", path, Host="evil.example.com", **secret)
        assert (answer.status_code, answer.headers.get("Location")) == (404, None)
    assert ask("POST", PATH, **secret, Long="a" * 5000).status_code == 400
    assert ask("POST", PATH + "?" + "a" * 5000).status_code == 414


def test_nginx_limits_what_one_address_sends(
    nginx: Callable[[str], tuple[str, requests.Session]],
) -> None:
    assert "limit_conn cart_inbox_connections 100;" in SITE
    slow = SITE.replace("rate=300r/s", "rate=1r/m").replace("burst=600", "burst=4")
    url, session = nginx(slow)
    statuses = [session.post(url + PATH, json={}, timeout=30).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2


def test_the_images_health_check_passes_while_the_receiver_runs(
    start: Callable[..., Receiver], tmp_path: Path
) -> None:
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    program, *arguments = images.words(IMAGE, "    CMD")
    assert program == "python"
    port = receiver.url.rpartition(":")[2]
    command = [sys.executable, *(each.replace("8088", port) for each in arguments)]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0
    receiver.stop()
    gone = subprocess.run(command, check=False, timeout=30, capture_output=True)
    assert gone.returncode == 1
