"""What a Dockerfile says, without a Docker to build it."""

from __future__ import annotations

import json
import re
import shlex
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def words(file: Path, instruction: str) -> list[str]:
    """Return the words of an instruction that is written as JSON."""
    found = re.search(rf"^{instruction} (\[.*\])$", file.read_text(), re.MULTILINE)
    assert found, instruction
    written: list[str] = json.loads(found[1])
    return written


def variables(file: Path) -> dict[str, str]:
    """Return the environment that an image gives."""
    joined = file.read_text().replace("\\\n", " ")
    pairs = [
        pair
        for line in re.findall(r"^ENV (.*)$", joined, re.MULTILINE)
        for pair in shlex.split(line)
    ]
    return dict(pair.split("=", 1) for pair in pairs)


def arguments(file: Path) -> dict[str, str]:
    """Return the arguments that an image is built with, by default."""
    given = re.findall(r"^ARG (\w+)=(.*)$", file.read_text(), re.MULTILINE)
    return {name: "".join(shlex.split(value)) for name, value in given}


def labels(file: Path) -> dict[str, str]:
    """Return what an image says of itself, by the last word of each annotation's name."""
    joined = file.read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^LABEL (.*)$", joined, re.MULTILINE)
    pairs = dict(pair.split("=", 1) for pair in shlex.split(line))
    named = {name.removeprefix("org.opencontainers.image."): of for name, of in pairs.items()}
    assert not any("." in name for name in named)
    return named


def check_sources(file: Path) -> None:
    """Check that what is copied from here is here, and is let in by the file beside."""
    shut, *opened = [
        line
        for line in file.with_name(file.name + ".dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert shut == "*"
    copied = re.findall(
        r"^COPY (?!--from)(?:--chmod=\d+ )?(.*) \S+$", file.read_text(), re.MULTILINE
    )
    assert copied
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert any(fnmatch("!" + source, each) for each in opened), source


def bases(file: Path) -> list[str]:
    """Return the images that one is made from, each known by its digest; it stands in FROM."""
    text = file.read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE))
    named = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    found = [name for name in named if name not in stages]
    for each in found:
        assert re.fullmatch(r"[\w.:-]+@sha256:[0-9a-f]{64}", each), each
    return found
