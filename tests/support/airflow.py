"""Airflow, in an environment of its own: its DAGs as it reads them, and runs of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.support.loading import OURS
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAGS = ROOT / "deploy/airflow/dags"
PYTHON = ROOT / ".venvs/airflow/bin/python"
SCRIPTS = ROOT / "tests/deploy/airflow"
OTHERS = ("AIRFLOW", *OURS)


@dataclass
class Airflow:
    """An installation of Airflow.

    Attributes:
        home: its folder: configuration, database, logs.
        environment: what it is given beside what all processes are.
    """

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Return all variables that it sees."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        return {
            **kept,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            **self.environment,
        }

    def python(self, *arguments: str | Path) -> str:
        """Run a script, or a module after `-m`, and return the last line it writes."""
        if not PYTHON.exists():
            raise FileNotFoundError("Airflow is not installed here: run `make test`.")
        done = subprocess.run(
            [PYTHON, *arguments],
            env=self.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1] if done.stdout else ""

    def dags(self, *stores: Path) -> list[Any]:
        """Return the DAGs for files of stores, by their ids, as the scheduler gets them.

        In the place of those that cannot be imported stands the error.
        """
        script = SCRIPTS / "describe_dags.py"
        return [*json.loads(self.python(script, DAGS, *stores)).values()]

    def run(self, dag: str, **conf: Any) -> dict[str, Any]:
        """Run a DAG once; return its run's `state`, and those of its `tasks` by id and name.

        The tasks of a store have the name of their map index, the others none.
        """
        run = json.loads(self.python(SCRIPTS / "run_dag.py", DAGS, dag, json.dumps(conf)))
        return {
            "state": run["state"],
            "tasks": {(name, label): state for name, _, label, state in run["tasks"]},
        }

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Make the database, and serve what tasks of an executor ask for, in the block."""
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        self.environment |= {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__API_AUTH__JWT_SECRET": token_hex(32),
        }
        self.python("-m", "airflow", "db", "migrate")
        words = f"-m airflow api-server --host 127.0.0.1 --port {port} --workers 1 --apps execution"
        with (self.home / "api-server.log").open("w") as log:
            server = subprocess.Popen(
                [PYTHON, *words.split()], env=self.variables(), stdout=log, stderr=log
            )
        try:
            with requests.Session() as session:
                session.trust_env = False
                # Until it listens.
                patient = Retry(total=200, read=0, backoff_factor=0.5, backoff_max=0.5)
                session.mount("http://", HTTPAdapter(max_retries=patient))
                address = f"http://127.0.0.1:{port}/execution/health"
                session.get(address, timeout=30).raise_for_status()
            yield
        finally:
            server.kill()
            server.wait()
