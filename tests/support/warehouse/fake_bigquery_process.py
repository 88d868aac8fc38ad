"""Run in the environment of BigQuery's loader: the loader, with Google's clients made up.

Arguments: a file of settings, and what refuses: `load`, `merge`, or nothing (`none`).
"""

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from target_bigquery import batch_job, core, gcs_stage, target


def client(refusing: str) -> MagicMock:
    """Return a client of BigQuery and of its storage, that takes all but one thing."""
    made = MagicMock()
    made.get_bucket.return_value.location = "US"
    refused = ValueError("400 refused")
    if refusing == "load":
        made.load_table_from_file.side_effect = refused
        made.load_table_from_uri.side_effect = refused
    if refusing == "merge":
        made.query.side_effect = refused
    return made


def main(settings: Path, refusing: str) -> None:
    """Load what comes in."""
    google = client(refusing)

    def factory(_credentials: Any) -> MagicMock:
        return google

    for module in (core, batch_job, gcs_stage):
        for name in ("bigquery_client_factory", "gcs_client_factory"):
            if hasattr(module, name):
                setattr(module, name, factory)
    gcs_stage.storage.Blob = MagicMock()
    core.time.sleep = MagicMock()
    target.TargetBigQuery(config=json.loads(settings.read_text())).listen(sys.stdin)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
