"""Meltano as a person runs it, in this checkout or in a project of their own."""

from __future__ import annotations

import os
import shlex
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

import yaml

from tests.support.paths import ROOT
from tests.support.warehouse.pipes import TAP
from tools.documents.hub import NAME
from tools.documents.tables import part
from tools.loaders.plugins import loader_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MELTANO = ROOT / ".venvs/meltano/bin/meltano"
RUN = ("run", "--no-install", NAME)
# What a developer has set for a store of their own must not get in.
OTHERS = ("MELTANO_", "TAP_BIGCOMMERCE_CARTS_", "TARGET_", "DBT_")


def meltano(
    environment: dict[str, str],
    *arguments: str,
    folder: Path = ROOT,
    env_file: str = os.devnull,
    code: int = 0,
) -> str:
    """Run Meltano in this checkout, or in another project's folder; return what it says."""
    if not MELTANO.exists():
        raise FileNotFoundError("Meltano is not installed here: run `make test`.")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    done = subprocess.run(
        [MELTANO, "--env-file", env_file, *arguments],
        cwd=folder,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def write_env(folder: Path, variables: dict[str, str]) -> None:
    """Write these settings of the tap as `.env` has them."""
    lines = [f"TAP_BIGCOMMERCE_CARTS_{name}='{value}'\n" for name, value in variables.items()]
    (folder / ".env").write_text("".join(lines))


class Repository(ThreadingHTTPServer):
    """Serves this checkout as a host of repositories serves files, and knows what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), partial(_Files, directory=str(ROOT)))
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Files(SimpleHTTPRequestHandler):
    server: Repository

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/raw/main"))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        self.server.asked.append(self.path)


def commands_of_the_documents(source: str) -> list[list[str]]:
    """Return the arguments of the commands that add the tap, from a repository at this address."""
    block = part("meltano").removeprefix("```sh\n").removesuffix("\n```")
    commands = [shlex.split(line) for line in block.splitlines()]
    assert all(command[0] == "meltano" for command in commands)
    return [[_at(source, each) for each in command[1:]] for command in commands]


def _at(source: str, argument: str) -> str:
    _, between, path = argument.partition("/raw/main/")
    return f"{source}{between}{path}" if between else argument


def new_project(
    folder: Path, environment: dict[str, str] | None = None, *, install: bool = False
) -> list[str]:
    """Make a project by what the documents say; return the paths that were asked for.

    The Hub is where the definition is, to see if it is asked.
    """
    folder.mkdir(exist_ok=True)
    # As `meltano init` writes it, and without a word to its makers.
    (folder / "meltano.yml").write_text(
        "default_environment: dev\nenvironments: [{name: dev}]\nsend_anonymous_usage_stats: false\n"
    )
    with Repository() as repository:
        given = {"MELTANO_HUB_URL": repository.url} | (environment or {})
        for name, *arguments in commands_of_the_documents(repository.url):
            more = ["--no-install"] if name == "add" and not install else []
            meltano(given, name, *arguments, *more, folder=folder)
    return repository.asked


def installed(folder: Path) -> None:
    """Put the tap and a loader of this checkout into a project: no package is fetched here."""
    commands = folder / ".meltano" / "extractors" / NAME / "venv" / "bin"
    commands.mkdir(parents=True)
    (commands / NAME).symlink_to(TAP)
    with_a_loader(folder)


def with_a_loader(folder: Path) -> None:
    """Add target-jsonl to a project, which writes into its folder."""
    loader = {
        "name": "target-jsonl",
        "namespace": "target_jsonl",
        "executable": str(loader_command("target-jsonl")),
        "config": {"destination_path": str(folder), "do_timestamp_file": False},
    }
    change_plugins(folder, lambda plugins: plugins.update(loaders=[loader]))


def change_plugins(folder: Path, how: Callable[[dict[str, Any]], object]) -> None:
    """Change the plugins of a project."""
    file = folder / "meltano.yml"
    project = yaml.safe_load(file.read_text())
    how(project["plugins"])
    file.write_text(yaml.safe_dump(project))
