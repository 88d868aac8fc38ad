"""`bigcommerce-carts sandbox`, and the same by its module."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import requests
from dotenv import dotenv_values

from tap_bigcommerce_carts.errors import SandboxError
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.cli import sandbox as sandbox_command
from tap_bigcommerce_carts.sandbox.control import CONTROLS
from tap_bigcommerce_carts.sandbox.greeting import lines, write
from tests.support.lacking import WITHOUT, check_named
from tests.support.paths import ROOT
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

COMMAND = (str(Path(sys.executable).with_name("bigcommerce-carts")), "sandbox")
MODULE = (sys.executable, "-m", "tap_bigcommerce_carts.sandbox")
# With a signal at every line that is run from the greeting to the end.
SIGNALLED = """
import signal
import sys

from tap_bigcommerce_carts.commands import main

greeted = []

def trace(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "_greet":
        greeted.append(True)
    elif event == "return" and frame.f_code.co_name == "serve":
        greeted.clear()
    elif greeted:
        signal.raise_signal(signal.SIGTERM)
    return trace

sys.settrace(trace)
main()
"""
PAGE = ROOT / "docs/sandbox.md"
PREFIX = "TAP_BIGCOMMERCE_CARTS_"


@contextmanager
def running(*arguments: str, command: tuple[str, ...] = COMMAND) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "command"), [(signal.SIGTERM, MODULE), (signal.SIGINT, COMMAND)]
)
def test_it_says_where_it_is_and_ends_cleanly(
    number: signal.Signals, command: tuple[str, ...]
) -> None:
    shop = ("--carts", "30", "--port", "0", "--quota", "150/30")
    arguments = (*shop, "--token", "t0k3n", "--api-key", "k3y")
    with running(*arguments, command=command) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.match(
            r"(http://127\.0\.0\.1:\d+) store_hash=sandbox1 access_token=t0k3n "
            r"api_key=k3y store_key=sandbox-store-key "
            r"carts=30 placed=60 customers=10\n",
            line,
        )
        assert match, line
        url = f"{match[1]}/stores/sandbox1/v2/orders"
        answer = requests.get(url, headers={"X-Auth-Token": "t0k3n"}, timeout=10)
        assert answer.headers["X-Rate-Limit-Requests-Quota"] == "150"
        assert len(answer.json()) == 50
        keys = {"x-api-key": "k3y", "x-store-key": "sandbox-store-key"}
        time = f"{match[1]}/stores/sandbox1/v2/time"
        assert requests.get(time, headers={"X-Auth-Token": "t0k3n"}, timeout=10).status_code == 403
        answer = requests.get(f"{match[1]}/v1.1/cart.info.json", headers=keys, timeout=10)
        assert answer.json()["return_code"] == 0
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")


def test_a_signal_may_come_whatever_is_under_way() -> None:
    """Even while another is handled, or between two looks at whether one came."""
    command = (sys.executable, "-c", SIGNALLED, "sandbox")
    with running("--carts", "0", "--port", "0", command=command) as process:
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, len(output.splitlines()), errors) == (0, 1, "")


def test_carts_that_live_already_and_hooks_that_may_be_plain() -> None:
    carts = ("--carts", "0", "--open-carts", "40", "--port", "0", "--every-scope")
    with running(*carts, "--plain-hooks", "--hook-speed", "60", "--client-secret", "s") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        truths = requests.get(f"{url}/_sandbox/carts", timeout=10).json()
        assert len(truths) == 40
        cart_id = next(each["cart_id"] for each in truths if each["status"] == "abandoned")
        store, token = f"{url}/stores/sandbox1/v3", {"X-Auth-Token": "sandbox-token"}
        assert requests.get(f"{store}/carts/{cart_id}", headers=token, timeout=10).ok
        hook = {"scope": "store/cart/*", "destination": "http://127.0.0.1:9/webhooks"}
        assert requests.post(f"{store}/hooks", json=hook, headers=token, timeout=10).ok
        assert requests.get(f"{url}/stores/sandbox1/v2/time", headers=token, timeout=10).ok


def test_a_shop_of_a_year_opens_empty() -> None:
    with running("--year", "--days-ago", "365", "--port", "0") as process:
        assert process.stdout is not None
        url, *facts = process.stdout.readline().split()
        assert facts[-3:] == ["carts=0", "placed=0", "customers=0"]
        clock = requests.post(f"{url}/_sandbox/clock", json={"days": 1}, timeout=10)
        assert clock.ok
        assert requests.get(f"{url}/_sandbox/health", timeout=10).json()["orders"] > 0


def test_the_shop_that_is_there_by_default_lives_while_one_looks() -> None:
    with running("--port", "0", "--speed", "100000") as process:
        assert process.stdout is not None
        url, *facts = process.stdout.readline().split()
        sizes = dict(fact.split("=") for fact in facts)
        assert min(int(sizes[name]) for name in ("carts", "placed", "customers")) > 100
        truths = requests.get(f"{url}/_sandbox/carts", timeout=10).json()
        assert {each["status"] for each in truths} >= {"abandoned", "converted"}

        def orders() -> int:
            there: int = requests.get(f"{url}/_sandbox/health", timeout=10).json()["orders"]
            return there

        before = orders()
        until(lambda: orders() > before, "an order")


def test_a_terminal_is_shown_lines_for_a_file_of_settings() -> None:
    shown, end = pty.openpty()
    command = [*COMMAND, "--carts", "3", "--port", "0", "--token", "t0k3n"]
    with subprocess.Popen(command, stdout=end, stdin=end) as process:
        text = ""
        while "/_sandbox/clock" not in text:
            text += os.read(shown, 4096).decode()
        process.terminate()
    os.close(shown)
    os.close(end)
    told = dotenv_values(stream=io.StringIO(text))
    assert set(told) == {f"{PREFIX}{name}" for name in ("API_URL", "STORE_HASH", "ACCESS_TOKEN")}
    assert told[f"{PREFIX}ACCESS_TOKEN"] == "t0k3n"
    assert "#TAP_BIGCOMMERCE_CARTS_API2CART_STORE_KEY=sandbox-store-key" in text


@pytest.mark.parametrize("source", ["bigcommerce", "api2cart"])
def test_lines_lead_to_the_shop_by_the_road_that_is_wanted(source: str) -> None:
    with Sandbox(Shop()) as sandbox:
        told = dotenv_values(stream=io.StringIO(lines(sandbox, source)))
        settings = sandbox.config() if source == "bigcommerce" else sandbox.api2cart_config()
        assert told == {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}


def test_a_file_of_settings_is_written_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    arguments = ("--carts", "0", "--port", "0", "--write", str(file))
    with running(*arguments) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        assert dotenv_values(file)[f"{PREFIX}API_URL"] == url
    before = file.read_text()
    with running(*arguments) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, len(errors.splitlines())) == (1, "", 1)
    assert f"{file} is there already with something else" in errors
    assert file.read_text() == before


def test_a_file_that_has_the_settings_already_will_do(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    write(file, sandbox, "bigcommerce")
    file.write_text(file.read_text() + "OWN=1\n")
    write(file, sandbox, "bigcommerce")
    with pytest.raises(SandboxError, match="there already with something else"):
        write(file, sandbox, "api2cart")
    assert dotenv_values(file)["OWN"] == "1"
    with pytest.raises(SandboxError, match="cannot be written: No such file"):
        write(tmp_path / "none" / ".env", sandbox, "bigcommerce")
    file.write_bytes(b"\xff")
    with pytest.raises(SandboxError, match="there already"):
        write(file, sandbox, "bigcommerce")


@pytest.mark.parametrize("command", [COMMAND, MODULE])
def test_a_taken_port_is_one_readable_line(sandbox: Sandbox, command: tuple[str, ...]) -> None:
    port = sandbox.url.rpartition(":")[2]
    with running("--carts", "0", "--port", port, command=command) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, len(errors.splitlines())) == (1, "", 1)
    assert f"Cannot listen on 127.0.0.1 port {port} (Address already in use): choose" in errors


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--quota", "many"), "not like 150/30"),
        (("--faults", "2"), "not in the range 0<=x<=1"),
        (("--faults", "nan"), "not a number"),
        (("--latency", "-1"), "not in the range 0<=x<=60"),
        (("--port", "70000"), "not in the range"),
        (("--hook-speed", "0"), "not in the range x>0"),
        (("--hook-speed", "inf"), "not a number"),
        (("--speed", "0.5"), "not in the range"),
        (("--token", "a b"), "take letters"),
        (("--store-hash", ""), "take letters"),
        (("--api-key", "$x"), "take letters"),
        (("--store-key", "#"), "take letters"),
        (("--carts", "x"), "not a valid integer"),
        (("--year", "--carts", "1"), "--year makes a shop that is still empty"),
    ],
)
def test_a_wrong_call_is_told(arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(click.UsageError) as wrong:
        sandbox_command(arguments, standalone_mode=False)
    assert complaint in wrong.value.format_message()


@pytest.mark.parametrize("host", ["192.0.2.1", "0.0.0.0", "localhost", "::1"])  # noqa: S104 - refused
def test_it_is_served_to_this_machine_alone(host: str) -> None:
    with pytest.raises(SandboxError, match="--host must be a loopback address, such as"):
        sandbox_command(("--host", host), standalone_mode=False)


def test_without_its_extra_it_says_so_and_shows_its_help_all_the_same() -> None:
    check_named("aiohttp", "sandbox", "sandbox")
    command = [sys.executable, "-c", WITHOUT, "aiohttp", "sandbox", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert "Serve an invented store" in done.stdout


def test_its_page_lists_what_other_programs_can_ask_it_for() -> None:
    table = PAGE.read_text().partition("## Look and change")[2]
    told = re.findall(r"`((?:GET|POST) [\w/]+)`", table)
    assert sorted(told) == sorted(CONTROLS)


def test_what_its_page_sends_to_it_is_taken(sandbox: Sandbox) -> None:
    sandbox.webhooks.https_only = False
    page = PAGE.read_text().replace("\\\n", "")
    sent = re.findall(
        r"^curl (?:-H '(.*?): (.*?)' +)?-d '(.*?)' +http://127\.0\.0\.1:8080(/\S+)$",
        page,
        re.MULTILINE,
    )
    assert len(sent) == page.count("curl ") > 0
    for name, value, body, path in sent:
        headers = {name: value} if name else {}
        assert requests.post(sandbox.url + path, data=body, headers=headers, timeout=10).ok
    assert len(sandbox.webhooks.hooks) == 1
