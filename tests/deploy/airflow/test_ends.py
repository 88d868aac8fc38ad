"""A task that is ended ends its command."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.support.airflow import DAGS, SCRIPTS, Airflow

if TYPE_CHECKING:
    from pathlib import Path

# Writes more than a pipe holds, so that somebody reads it when the signal is sent; and then goes on
# writing, since a signal between two reads is only noticed after the second.
COMMAND = """\
#!/bin/sh
head -c 200000 /dev/zero
kill -ALRM $PPID
while sleep 1; do echo; done
"""


def test_a_task_that_takes_too_long_ends_its_command(tmp_path: Path) -> None:
    command = tmp_path / "endless"
    command.write_text(COMMAND)
    command.chmod(0o755)
    elsewhere = json.dumps({"conn_type": "postgres", "host": "warehouse.example.com"})
    airflow = Airflow(
        tmp_path / "home",
        {
            "BIGCOMMERCE_CARTS_COMMAND": str(command),
            "AIRFLOW_CONN_MELTANO_WAREHOUSE": elsewhere,
            "AIRFLOW_CONN_MELTANO_STATE": elsewhere,
        },
    )
    assert json.loads(airflow.python(SCRIPTS / "end_task.py", DAGS)) == -signal.SIGTERM
