"""compose.yml as Compose itself understands it, and its services without containers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import images
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEPLOY = ROOT / "deploy"
FILE = DEPLOY / "compose.yml"
SANDBOX_ENV = DEPLOY / "compose/sandbox.env"
_COMPOSE = str(Path(sys.executable).with_name("docker-compose"))


def asked(*words: str, file: Path = FILE) -> subprocess.CompletedProcess[str]:
    """Ask Compose something that needs no daemon, with nothing of the environment here."""
    return subprocess.run(
        [_COMPOSE, "--file", str(file), *words],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def resolved(env_file: Path, *words: str) -> dict[str, Any]:
    """Return what Compose would start, by a file of variables."""
    ended = asked("--env-file", str(env_file), *words, "config", "--format", "json")
    assert (ended.returncode, ended.stderr) == (0, "")
    # It writes a file that Compose could read again.
    document: dict[str, Any] = json.loads(ended.stdout.replace("$$", "$"))
    return document


def image_of(service: Mapping[str, Any]) -> Path | None:
    """Return the Dockerfile that a service's image is built by; None if it is not built here."""
    build = service.get("build")
    if build is None:
        return None
    context = Path(build["context"])
    assert context == ROOT
    return context / str(build["dockerfile"])


def words_of(service: Mapping[str, Any]) -> list[str]:
    """Return what a service starts: its image's words where it says none."""
    image = image_of(service)
    own, command = service["entrypoint"], service["command"]
    if own is None:
        assert image
        own = images.words(image, "ENTRYPOINT")
        if command is None:
            command = images.words(image, "CMD")
    return [*own, *(command or [])]


def health_of(service: Mapping[str, Any]) -> list[str]:
    """Return how a service is checked: by itself, or by its image."""
    if "healthcheck" in service:
        kind, *words = service["healthcheck"]["test"]
        return ["sh", "-c", *words] if kind == "CMD-SHELL" else words
    image = image_of(service)
    assert image
    return images.words(image, "    CMD")


@dataclass
class Host:
    """This machine, in the place of the containers' own: names, ports and paths are mapped.

    Args:
        places: what stands in the place of what, as regular expressions without groups; the first
            that fits.
        folder: where commands are run.
        variables: what every process gets besides its own.
        programs: folders that come first on the path.
    """

    places: Mapping[str, str]
    folder: Path
    variables: Mapping[str, str]
    programs: list[Path] = field(default_factory=lambda: [Path(sys.executable).parent])
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def mapped(self, text: str) -> str:
        """Return a text with all in its place at once, so that nothing is mapped twice."""
        here = list(self.places.values())
        found = re.compile("|".join(f"({each})" for each in self.places))
        return found.sub(lambda match: here[(match.lastindex or 0) - 1], text)

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """Return what a service sees: its image's variables and its own, and a path of here."""
        image = image_of(service)
        given = {**(images.variables(image) if image else {}), **service.get("environment", {})}
        # What has no value, Compose hands on from where it is started: nothing, here.
        given = {name: of for name, of in given.items() if of is not None and name != "PATH"}
        path = os.pathsep.join(map(str, (*self.programs, os.environ["PATH"])))
        kept = {"LANG": "C.UTF-8", "PATH": path}
        return kept | {k: self.mapped(v) for k, v in given.items()} | dict(self.variables)

    def start(self, name: str, service: Mapping[str, Any], *more: str) -> subprocess.Popen[str]:
        """Start a service, with what it writes in a file by its name."""
        with (self.folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                [*map(self.mapped, words_of(service)), *more],
                cwd=self.folder,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )
        self.processes[name] = process
        return process

    def run(
        self, service: Mapping[str, Any], words: list[str], **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of this machine in a service's place."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment(service) | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def once(self, service: Mapping[str, Any], **more: str) -> subprocess.CompletedProcess[str]:
        """Run a service that ends by itself."""
        return self.run(service, [*map(self.mapped, words_of(service))], **more)

    def healthy(self, service: Mapping[str, Any]) -> Callable[[], bool]:
        """Return what asks whether a service is well, by its own check."""
        words = [*map(self.mapped, health_of(service))]
        return lambda: self.run(service, words).returncode == 0

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        for each in reversed(self.processes.values()):
            each.terminate()
        for each in self.processes.values():
            each.wait(60)
