"""All of a release that needs no account: built once, looked into, installed, started.

What is to be published stands in `dist/`, and nothing else; what tells of it in `output/release/`:
the changelog's section (`notes.md`) and a bill of materials as CycloneDX (`*.cdx.json`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.release import built, changelog
from tools.release.project import (
    ROOT,
    ReleaseError,
    own_address,
    project,
    set_address,
    version,
)

SOURCES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", built.PACKAGE)
DIST = ROOT / "dist"
TOLD = ROOT / "output" / "release"
COMMANDS = ("tap-bigcommerce-carts", "bigcommerce-carts")


def make(address: str | None, *, is_final: bool) -> None:
    """Make the files of a release, and what tells of it.

    Args:
        address: of the repository; by default what pyproject.toml says
        is_final: whether the changelog has to tell of this version; else it may be unreleased

    Raises:
        ReleaseError: if something is wrong with them.
    """
    # First, since it costs nothing, and building takes minutes.
    notes = _notes(address or own_address(), is_final=is_final)
    for folder in (DIST, TOLD):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    with TemporaryDirectory(prefix="release-") as given:
        folder = Path(given)
        _say("building, from a copy of what it is made of")
        wheel, sdist = _build(folder / "source", address)
        _say("looking into the files")
        _look(wheel, sdist, address or own_address())
        _say("writing what the changelog says of it")
        (TOLD / "notes.md").write_text(notes)
        _say("installing the wheel alone, and starting both commands")
        python = _installed(folder / "bare", str(wheel))
        _start(python)
        _say("installing it with all of its extras, and starting both again")
        extras = ",".join(project()["optional-dependencies"])
        python = _installed(folder / "whole", f"{wheel}[{extras}]")
        _start(python)
        _say("writing the bill of what was installed")
        _bill(python, folder / "source" / "pyproject.toml")
    for file in sorted([*DIST.iterdir(), *TOLD.iterdir()]):
        sys.stdout.write(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes\n")


def _build(source: Path, address: str | None) -> tuple[Path, Path]:
    """Build sdist and, from that, wheel."""
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            unmade = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=unmade)
        else:
            shutil.copy2(ROOT / name, source)
    # hatchling leaves out what this file names; a release is made of what is committed.
    shutil.copy2(ROOT / ".gitignore", source)
    if address:
        set_address(address, source)
    # The build's backend is that of this environment, whose versions are pinned.
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(DIST), str(source))
    (wheel,) = DIST.glob("*.whl")
    (sdist,) = DIST.glob("*.tar.gz")
    return wheel, sdist


def _look(wheel: Path, sdist: Path, address: str) -> None:
    _run(sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist))
    if found := built.faults(wheel, sdist, address):
        raise ReleaseError("\n".join(found))


def _notes(address: str, *, is_final: bool) -> str:
    told = changelog.sections((ROOT / "CHANGELOG.md").read_text())
    name = version()
    if not is_final and name not in told:
        name = changelog.UNRELEASED
    return changelog.notes(name, address)


def _installed(folder: Path, what: str) -> Path:
    """Return the Python of a new environment that holds what a user would install, and no pip."""
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check")
    constraints = str(ROOT / "constraints" / "tap.txt")
    _run(*pip, "install", "--quiet", "--constraint", constraints, what)
    return python


def _start(python: Path) -> None:
    for command in COMMANDS:
        # Nothing of the checkout is on its path.
        for option in ("--version", "--help"):
            said = _run(str(python.with_name(command)), option, cwd=python.parent)
            if option == "--version" and version() not in said:
                raise ReleaseError(f"`{command} --version` said {said!r}, not {version()}.")


def _bill(python: Path, pyproject: Path) -> None:
    name = project()["name"]
    file = TOLD / f"{name}-{version()}.cdx.json"
    command = (sys.executable, "-m", "cyclonedx_py", "environment", str(python))
    options = ("--pyproject", str(pyproject), "--mc-type", "application", "--output-reproducible")
    _run(*command, *options, "--output-format", "JSON", "--output-file", str(file))


def _run(*command: str, cwd: Path | None = None) -> str:
    """Run a command and return what it said; what it said is shown if it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 # commands of this module
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"{done.stdout}\nFailed: {' '.join(command)}")
    return done.stdout


def _say(step: str) -> None:
    sys.stdout.write(f"{step} ...\n")
    sys.stdout.flush()
