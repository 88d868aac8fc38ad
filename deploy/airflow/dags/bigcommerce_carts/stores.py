"""The stores of the file, as DAGs need them: names alone, read anew each time a DAG is parsed.

`bigcommerce-carts load --all --check` is what checks the file; here it only has to be cheap.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import conf

# By default the checkout that this file is in.
PROJECT = Path(os.environ.get("MELTANO_PROJECT_ROOT") or Path(__file__).parents[4]).absolute()
FILE = PROJECT / os.environ.get("BIGCOMMERCE_CARTS_STORES", "stores.yml")
# libyaml's reader takes a tenth of the time; not every build of PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def document() -> dict[str, Any]:
    """Return what the file says.

    Raises:
        FileNotFoundError: it is not there; Airflow shows the sentence as the DAG's import error.
    """
    if not FILE.exists():
        raise FileNotFoundError(
            f"{FILE} is not there: name the Meltano project's folder in MELTANO_PROJECT_ROOT, or "
            "the file of your stores in BIGCOMMERCE_CARTS_STORES."
        )
    read: dict[str, Any] = yaml.load(FILE.read_bytes(), _Loader)  # noqa: S506 - a safe loader
    return read


def groups(names: list[str]) -> dict[str, list[str]]:
    """Return the stores of each mapped task, by the task's id.

    A mapped task has at most `[core] max_map_length` instances, by default 1,024. More stores
    need more tasks: `load_1`, `load_2`, …
    """
    size = conf.getint("core", "max_map_length")
    cut = [names[start : start + size] for start in range(0, len(names), size)]
    if len(cut) == 1:
        return {"load": names}
    return {f"load_{number}": group for number, group in enumerate(cut, 1)}
