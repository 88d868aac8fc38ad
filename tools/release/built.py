"""What is in the files of a release: the package whole, nothing else, and links that lead there."""

from __future__ import annotations

import re
import tarfile
from email import message_from_string
from typing import TYPE_CHECKING
from zipfile import ZipFile

from tools.release.project import PLACEHOLDER, ROOT, own_address, project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

PACKAGE = "tap_bigcommerce_carts"
# Labels that the package index knows, and shows with a sign of their own.
LABELS = {"Homepage", "Documentation", "Source", "Issues", "Changelog", "Release notes"}
BESIDE = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore"}
_LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]*)\)")


def packaged(root: Path = ROOT) -> set[str]:
    """Return the files of the package, as they stand in the repository."""
    return {
        file.relative_to(root).as_posix()
        for file in (root / PACKAGE).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def metadata(wheel: Path) -> Message:
    """Return a wheel's METADATA: its fields, and the README as its body."""
    with ZipFile(wheel) as opened:
        (name,) = [each for each in opened.namelist() if each.endswith(".dist-info/METADATA")]
        return message_from_string(opened.read(name).decode())


def faults(wheel: Path, sdist: Path, address: str = "") -> list[str]:
    """Return a sentence for each thing that is wrong with the files of a release.

    Without an address, they are to hold the one of pyproject.toml.
    """
    told = metadata(wheel)
    address = address or own_address()
    return [
        *_faults_of_files("The wheel", packaged(), _in_wheel(wheel)),
        *_faults_of_files("The sdist", packaged() | BESIDE, _in_sdist(sdist)),
        *_faults_of_addresses(told, address),
        *faults_of_links(str(told.get_payload()), address),
    ]


def _in_wheel(wheel: Path) -> set[str]:
    with ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def _in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as opened:
        return {member.name.partition("/")[2] for member in opened if member.isfile()}


def _faults_of_files(of: str, wanted: set[str], held: set[str]) -> Iterator[str]:
    if wanted - held:
        yield f"{of} lacks {', '.join(sorted(wanted - held))}."
    if held - wanted:
        yield f"{of} holds what is not of the package: {', '.join(sorted(held - wanted))}."


def _faults_of_addresses(told: Message, address: str) -> Iterator[str]:
    urls = dict(each.split(", ", 1) for each in told.get_all("Project-URL", []))
    if set(urls) != LABELS:
        yield f"[project.urls] has {sorted(urls)}, where {sorted(LABELS)} is known to the index."
    for label, url in urls.items():
        if url != address and not url.startswith((f"{address}/", f"{address}#")):
            yield f"{label} leads to {url}, which is not in {address}."


def faults_of_links(readme: str, address: str, root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each link of the README that the package index could not follow."""
    files = f"{address}/(blob|raw)/v{re.escape(project(root)['version'])}/"
    for image, link in _LINK.findall(readme):
        ours = re.match(files, link)
        if ours is None:
            if not link.startswith("https://") or link.startswith((PLACEHOLDER, f"{address}/")):
                yield f"The README as the package index shows it links to {link!r}."
        elif ours[1] != ("raw" if image else "blob"):
            yield f"{link} is the page of an image, or the raw text of a page."
    # Those in commands, too.
    for link in re.finditer(rf"{files}([^\s)`]+)", readme):
        if not (root / link[2].partition("#")[0]).exists():
            yield f"{link[0]} leads to no file of the repository."
    if address != PLACEHOLDER and PLACEHOLDER in readme:
        yield f"The README as the package index shows it holds {PLACEHOLDER}."
