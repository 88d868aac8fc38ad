"""The files of `deploy/` fit the command: its arguments, its settings, its port and its path."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from fnmatch import fnmatch
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.inbox import settings
from tap_bigcommerce_carts.inbox.app import PATH
from tests.documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.inbox.conftest import Receiver

DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
SITE = (DEPLOY / "nginx.conf").read_text()
COMMAND = "bigcommerce-cart-inbox"


def known() -> set[str]:
    """The environment variables that the command's help tells of."""
    told = StringIO()
    for command in ("serve", "register", "status", "unregister", "prune"):
        with redirect_stdout(told), suppress(SystemExit):
            settings.parser().parse_args([command, "--help"])
    return set(re.findall(r"CART_INBOX_\w+", told.getvalue()))


def instruction(name: str) -> list[str]:
    """The words of an instruction of the Dockerfile that is written as JSON."""
    found = re.search(rf"^{name} (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found, name
    words: list[str] = json.loads(found[1])
    return words


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_call_the_command_as_it_is_called(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, *arguments = line.replace("%i", "8088").split()
    assert program.rpartition("/")[2] == COMMAND
    given = settings.parser().parse_args(arguments)
    if given.command == "prune":
        assert settings.prune_age(given) == 90 * 86_400
    else:
        assert (given.command, settings.port(given)) == ("serve", 8088)


def test_units_and_their_timer_belong_together() -> None:
    names = {unit.stem for unit in UNITS}
    assert {timer.stem for timer in DEPLOY.glob("*.timer")} <= names
    for unit in UNITS:
        assert "EnvironmentFile=/etc/cart-inbox.env" in unit.read_text()


def test_the_image_calls_the_command_as_it_is_called() -> None:
    program, *arguments = instruction("ENTRYPOINT") + instruction("CMD")
    assert program == COMMAND
    assert settings.parser().parse_args(arguments).command == "serve"


def test_the_image_is_made_of_what_is_there() -> None:
    shut, *opened = [
        line
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert shut == "*"
    for line in re.findall(r"^COPY (.*) /src", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists(), source
            assert any(fnmatch("!" + source, each) for each in opened), source


@pytest.mark.parametrize("name", ["cart-inbox.env.example", "Dockerfile"])
def test_variables_are_those_of_the_settings(name: str) -> None:
    found = set(re.findall(r"\b(CART_INBOX_\w+)=", (DEPLOY / name).read_text()))
    assert found
    assert found <= known()


def test_what_a_receiver_and_its_hooks_need_is_in_the_example() -> None:
    text = (DEPLOY / "cart-inbox.env.example").read_text()
    assert known() - set(re.findall(r"\b(CART_INBOX_\w+)=", text)) == {
        "CART_INBOX_API_URL",
        "CART_INBOX_HOST",
        "CART_INBOX_PORT",
        "CART_INBOX_SILENCE",
    }


def test_nginx_sends_to_the_receiver_what_bigcommerce_posts() -> None:
    given = settings.parser().parse_args(["serve"])
    assert f"server {given.host}:{given.port};" in SITE
    assert re.findall(r"^    location (.*) \{$", SITE, re.MULTILINE) == [f"= {PATH}", "/"]
    assert "listen 443 ssl;" in SITE


def test_the_images_health_check_passes_while_the_receiver_runs(
    start: Callable[..., Receiver], tmp_path: Path
) -> None:
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    program, *arguments = instruction("    CMD")
    assert program == "python"
    port = receiver.url.rpartition(":")[2]
    command = [sys.executable, *(each.replace("8088", port) for each in arguments)]
    assert subprocess.run(command, check=False, timeout=30).returncode == 0
    receiver.stop()
    gone = subprocess.run(command, check=False, timeout=30, capture_output=True)
    assert gone.returncode == 1
