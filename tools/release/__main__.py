"""The steps of a release: `python -m tools.release STEP`; `--help` tells of each."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tools.release import changelog, copies
from tools.release.project import (
    ROOT,
    ReleaseError,
    is_version,
    pythons,
    set_address,
    set_version,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one step, and return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        given.step(given)
    except ReleaseError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="STEP")

    prepare = steps.add_parser(
        "prepare", help="write a version in all its places and the changelog"
    )
    prepare.add_argument("version", help="such as 1.2.0")
    prepare.set_defaults(step=_prepare)

    tag = steps.add_parser(
        "tag", help="check that a tag is the version, and the changelog tells of it"
    )
    tag.add_argument("tag", help="such as v1.2.0")
    tag.set_defaults(step=_check_tag)

    dist = steps.add_parser(
        "dist", help="build, check, install and start it; write what tells of it"
    )
    dist.add_argument("--address", help="of the repository, as the browser shows it")
    dist.add_argument(
        "--final", action="store_true", help="the changelog has to tell of the version"
    )
    dist.set_defaults(step=_dist)

    address = steps.add_parser("address", help="write the repository's address into pyproject.toml")
    address.add_argument("address", help="as the browser shows it")
    address.set_defaults(step=lambda given: set_address(given.address, ROOT))

    listed = steps.add_parser("pythons", help="print the Pythons of the classifiers, as JSON")
    listed.set_defaults(step=lambda _: sys.stdout.write(f"{json.dumps(pythons())}\n"))
    return parser


def _prepare(given: argparse.Namespace) -> None:
    if not is_version(given.version):
        raise ReleaseError(f"VERSION is {given.version!r}; it takes three numbers, such as 1.2.0.")
    file = ROOT / "CHANGELOG.md"
    today = datetime.now(tz=UTC).date()
    file.write_text(changelog.renamed(file.read_text(), given.version, today))
    set_version(given.version)
    for path, text in copies.files().items():
        path.write_text(text)
    sys.stdout.write(
        f"{given.version} is written everywhere. Look at it (git diff), and go on as "
        ".github/RELEASING.md says.\n"
    )


def _check_tag(given: argparse.Namespace) -> None:
    if given.tag != f"v{version()}":
        raise ReleaseError(
            f"The tag is {given.tag}, but pyproject.toml says version {version()}: "
            f"the tag has to be v{version()}."
        )
    changelog.notes(version(), "")


def _dist(given: argparse.Namespace) -> None:
    # The other steps do without what this one needs.
    from tools.release import dist  # noqa: PLC0415

    dist.make(given.address or None, is_final=given.final)


if __name__ == "__main__":
    sys.exit(main())
