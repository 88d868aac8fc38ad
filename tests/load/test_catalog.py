"""A store's catalog, which Meltano keeps of a released tap, is not that of an older tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tap_bigcommerce_carts.load.meltano_log import TAP
from tests.support.stores import Place, place, sandbox, token_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
MARK = ".meltano_plugin_fingerprint"


@pytest.fixture
def shops(tmp_path: Path, postgres: str) -> Iterator[Place]:
    """A store, and a project whose tap is a released one, which is not installed as `-e`."""
    made = place(tmp_path, postgres)
    file = tmp_path / "meltano.yml"
    project = yaml.safe_load(file.read_text())
    project["plugins"]["extractors"][0]["pip_url"] = "tap-bigcommerce-carts==1.0"
    file.write_text(yaml.safe_dump(project, sort_keys=False))
    made.variables["STORE_PLAIN_ACCESS_TOKEN"] = token_of("plain")
    with sandbox("plain", 2) as shop:
        made.shops["plain"] = shop
        made.write({})
        yield made


@pytest.fixture
def mark(shops: Place) -> Path:
    """What Meltano notes of the tap's installation, in a copy of its environment's own."""
    extractors = shops.folder / ".meltano/extractors"
    installed = extractors.resolve() / TAP / "venv"
    extractors.unlink()
    venv = extractors / TAP / "venv"
    venv.mkdir(parents=True)
    for each in installed.iterdir():
        if each.name != MARK:
            (venv / each.name).symlink_to(each)
    assert (installed / MARK).exists(), "Meltano notes it elsewhere."
    (venv / MARK).write_text("1.0")
    return venv / MARK


def test_streams_are_discovered_anew_once_the_tap_was_installed(shops: Place, mark: Path) -> None:
    assert discovered(shops)
    assert not discovered(shops)
    mark.write_text("1.1")
    assert discovered(shops)


def discovered(shops: Place) -> bool:
    """Load the store, and return whether its streams were discovered for that."""
    ended = shops.run("plain")
    assert ended.code == 0, ended.log
    return "Running catalog discovery" in shops.log("plain")
