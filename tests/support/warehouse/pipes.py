"""The tap and a loader, each a process of its own, joined by a pipe as Singer has it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.warehouse.engines import Engine
from tools.loaders.plugins import loader_command

TAP = Path(sys.executable).with_name("tap-bigcommerce-carts")


def pipe(
    settings: dict[str, Any], engine: Engine, folder: Path, state: dict[str, Any] | None
) -> dict[str, Any]:
    """Run the tap into the engine's loader and return the state the loader confirmed."""
    tap: list[str | Path] = [TAP, "--config", _written(folder / "tap.json", settings)]
    if state is not None:
        tap += ["--state", _written(folder / "state.json", state)]
    loader: list[str | Path] = [
        loader_command(engine.loader),
        "--config",
        _written(folder / "loader.json", engine.config()),
    ]
    with (
        (folder / "tap.log").open("w") as tap_log,
        (folder / "loader.log").open("w") as loader_log,
        subprocess.Popen(tap, stdout=subprocess.PIPE, stderr=tap_log) as source,
    ):
        loaded = subprocess.run(
            loader,
            stdin=source.stdout,
            stdout=subprocess.PIPE,
            stderr=loader_log,
            check=False,
        )
        if source.stdout:
            source.stdout.close()
    assert source.returncode == 0, (folder / "tap.log").read_text()
    assert loaded.returncode == 0, (folder / "loader.log").read_text()
    confirmed: dict[str, Any] = json.loads(loaded.stdout.splitlines()[-1])
    return confirmed


def _written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path
