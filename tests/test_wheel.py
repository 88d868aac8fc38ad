"""The wheel in an empty folder, as somebody has it who has no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.harness import read_messages
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UV = ROOT / ".venvs/uv/bin"
SANDBOX = "bigcommerce-carts sandbox --carts 20 --placed 10 --port 0 --write sandbox.env"
READ = "set -a; . ./sandbox.env; {} --config ENV"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release does."""
    folder: Path = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of commands, of an environment with the wheel and, from here, what it needs."""
    folder: Path = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "-qq", "--no-compile"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    # After it, so that pip sees no other installation, which would be this checkout.
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "what_it_needs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def environment(**more: str) -> dict[str, str]:
    """This process' environment, less what leads to this checkout or sets up the tap."""
    own = ("PYTHON", "VIRTUAL_ENV", "TAP_BIGCOMMERCE_CARTS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)} | more


def ran(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run what somebody types into a shell, in a folder; return what it writes."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def sandbox(command: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A sandbox that is started by a shell, while the block runs."""
    with subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"], cwd=folder, env=environment, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"http://127.0.0.1:")
            yield
        finally:
            process.terminate()


def abandoned(text: str) -> int:
    """How many abandoned carts there are among a tap's messages."""
    kinds = [(each["type"], each.get("stream")) for each in read_messages(text)]
    return kinds.count(("RECORD", "abandoned_carts"))


def test_the_tap_reads_the_sandbox_of_the_same_wheel(installed: Path, tmp_path: Path) -> None:
    shell = environment(PATH=f"{installed}:{os.environ['PATH']}")
    where = "import tap_bigcommerce_carts as it; print(it.__file__)"
    assert ran(f'python -c "{where}"', tmp_path, shell).startswith(str(installed.parent))
    assert "API_URL" in ran("tap-bigcommerce-carts --about", tmp_path, shell)
    with sandbox(SANDBOX, tmp_path, shell):
        assert abandoned(ran(READ.format("tap-bigcommerce-carts"), tmp_path, shell)) == 20


@pytest.mark.long
@pytest.mark.parametrize(
    ("tap", "served"),
    [
        ("uvx --from '{tap}' tap-bigcommerce-carts", "uvx --from '{sandbox}' {command}"),
        (
            "pipx run --spec '{tap}' tap-bigcommerce-carts",
            "pipx run --spec '{sandbox}' {command}",
        ),
    ],
    ids=["uv", "pipx"],
)
def test_it_runs_without_being_installed(
    tap: str, served: str, wheel: Path, tmp_path: Path
) -> None:
    """What the documents say, with the wheel's address, since a release may be older."""
    named = {
        "tap": f"tap-bigcommerce-carts @ {wheel.as_uri()}",
        "sandbox": f"tap-bigcommerce-carts[sandbox] @ {wheel.as_uri()}",
        "command": SANDBOX,
    }
    homes = ("UV_CACHE_DIR", "UV_TOOL_DIR", "PIPX_HOME", "PIPX_BIN_DIR")
    shell = environment(
        PATH=f"{UV}:{os.environ['PATH']}",
        UV_PYTHON=sys.executable,
        PIPX_DEFAULT_PYTHON=sys.executable,
        **{name: str(tmp_path / name.lower()) for name in homes},
    )
    tap = tap.format(**named)
    assert "API_URL" in ran(f"{tap} --about", tmp_path, shell)
    with sandbox(served.format(**named), tmp_path, shell):
        assert abandoned(ran(READ.format(tap), tmp_path, shell)) == 20


@pytest.mark.long
def test_pipx_installs_both_commands(wheel: Path, tmp_path: Path) -> None:
    homes = {name: str(tmp_path / name.lower()) for name in ("UV_CACHE_DIR", "PIPX_HOME")}
    commands = tmp_path / "commands"
    shell = environment(
        PATH=f"{UV}:{commands}:{os.environ['PATH']}",
        PIPX_DEFAULT_PYTHON=sys.executable,
        PIPX_BIN_DIR=str(commands),
        **homes,
    )
    ran(f"pipx install 'tap-bigcommerce-carts[sandbox] @ {wheel.as_uri()}'", tmp_path, shell)
    with sandbox(SANDBOX, tmp_path, shell):
        assert abandoned(ran(READ.format("tap-bigcommerce-carts"), tmp_path, shell)) == 20
