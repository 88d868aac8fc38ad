"""The images: what they are made of, what they hold, and what they say of themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tap_bigcommerce_carts.commands import bigcommerce_carts
from tests.support import images
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = ROOT / "deploy/image/Dockerfile"
INBOX = ROOT / "deploy/inbox/Dockerfile"
PLUGINS = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]


def test_the_image_is_made_of_what_is_there() -> None:
    images.check_sources(IMAGE)
    assert len(images.bases(IMAGE)) == 1
    assert images.bases(IMAGE) == images.bases(INBOX)
    installed = re.findall(r"pip install .*", IMAGE.read_text())
    assert installed
    assert all("-c constraints/" in each for each in installed)


@pytest.mark.parametrize(
    ("argument", "kind"), [("LOADERS", "loaders"), ("MARTS", "utilities"), ("EXTRAS", "extras")]
)
def test_the_image_holds_what_there_is(argument: str, kind: str) -> None:
    text = images.arguments(IMAGE)[argument]
    if kind == "extras":
        known = set(bigcommerce_carts.commands) | {"sandbox"}
    else:
        known = {each["name"] for each in PLUGINS[kind]}
    named = re.split("[ ,]", text)
    assert len(named) > 1
    assert set(named) <= known
    # And it is asked for where it is installed.
    assert re.search(rf"^RUN (?:.*\\\n)*.*\${argument}\b", IMAGE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("file", [IMAGE, INBOX], ids=["image", "inbox"])
def test_an_image_says_what_it_is(file: Path) -> None:
    """By the names of the OCI's annotations; what a release knows comes by arguments."""
    labels = images.labels(file)
    assert labels.pop("licenses") == "Apache-2.0"
    assert {*labels} == {"title", "description", "version", "revision", "source"}
    for each in ("version", "revision", "source"):
        argument = each.upper()
        assert labels[each] == f"${argument}"
        # In the stage that the image is: arguments of another are not seen there.
        last = file.read_text().rpartition("\nFROM ")[2]
        assert re.search(rf"^ARG {argument}=", last, re.MULTILINE)


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("deploy/*/Dockerfile")), ids=lambda f: f.parent.name
)
def test_an_image_can_be_read_by_its_user_whatever_the_checkouts_umask(file: Path) -> None:
    """COPY keeps modes: what is not installed by pip is opened by the build."""
    text = file.read_text()
    before, _, last = text.rpartition("\nFROM ")
    if "COPY --from=build /opt/bigcommerce-carts " in last:
        assert re.search(r"^    && chmod -R go=u-w \.$", before, re.MULTILINE)
    copied = re.findall(r"^COPY (.*)$", last, re.MULTILINE)
    # Read by the build alone, which is root.
    read_by_root = "deploy/airflow/requirements.txt constraints/airflow.txt "
    for each in copied:
        assert each.startswith(("--from=build ", "--chmod=755 ", read_by_root)), each
