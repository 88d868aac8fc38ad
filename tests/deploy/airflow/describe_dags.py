"""Imports the DAGs, warnings being errors, and writes what Airflow's scheduler gets of them.

`python describe_dags.py FOLDER FILE…`, in Airflow's environment, writes as JSON for each file of
stores: the serialized DAGs by their ids, or the error that importing them ends in.
"""

import json
import os
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from airflow.serialization.serialized_objects import (
    DagSerialization,
)


def described(folder: Path, stores: str) -> Any:
    """Return the DAGs of a folder for a file of stores."""
    os.environ["BIGCOMMERCE_CARTS_STORES"] = stores
    for module in [name for name in sys.modules if name.startswith("bigcommerce_carts")]:
        del sys.modules[module]
    try:
        named = [runpy.run_path(str(file)) for file in sorted(folder.glob("*.py"))]
    except FileNotFoundError as error:
        return str(error)
    dags = [each for names in named for each in names.values() if isinstance(each, DAG)]
    return {dag.dag_id: DagSerialization.to_dict(dag)["dag"] for dag in dags}


def main() -> None:
    """Write what the DAGs are for each file."""
    folder, *files = sys.argv[1:]
    sys.path.insert(0, folder)
    warnings.simplefilter("error")
    answer = {file: described(Path(folder), file) for file in files}
    print(json.dumps(answer))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
