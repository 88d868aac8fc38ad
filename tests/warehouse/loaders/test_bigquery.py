"""What BigQuery's loader confirms when BigQuery refuses, by the settings of `meltano.yml`."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools.loaders.plugins import loader_command, settings_of

FAKE = ROOT / "tests/support/warehouse/fake_bigquery_process.py"
STATE = {"bookmarks": {"carts": {"replication_key_value": "2026-03-01"}}}
MESSAGES = [
    {
        "type": "SCHEMA",
        "stream": "carts",
        "schema": {"properties": {"id": {"type": "string"}}},
        "key_properties": ["id"],
    },
    {"type": "RECORD", "stream": "carts", "record": {"id": "1"}},
    {"type": "STATE", "value": STATE},
]


def loaded(folder: Path, refusing: str) -> subprocess.CompletedProcess[str]:
    """Load a row, and return how it went."""
    settings = folder / "loader.json"
    where = {"project": "invented", "bucket": "invented"}
    settings.write_text(json.dumps(settings_of("target-bigquery") | where))
    return subprocess.run(
        [loader_command("target-bigquery").with_name("python"), FAKE, settings, refusing],
        input="".join(f"{json.dumps(message)}\n" for message in MESSAGES),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
@pytest.mark.parametrize("refusing", ["load", "merge"])
def test_what_bigquery_refuses_fails_and_is_not_confirmed(tmp_path: Path, refusing: str) -> None:
    run = loaded(tmp_path, refusing)
    assert run.returncode != 0
    assert "400 refused" in run.stderr
    assert not run.stdout


@pytest.mark.long
def test_what_bigquery_takes_is_confirmed(tmp_path: Path) -> None:
    run = loaded(tmp_path, "none")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == STATE
