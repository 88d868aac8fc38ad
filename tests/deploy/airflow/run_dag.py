"""Runs a DAG once, as `dag.test()` does with an executor, and writes as JSON how it ended.

`python run_dag.py FOLDER DAG CONF`, in Airflow's environment. Nothing is tried again: that would
only be waited for.
"""

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag


def main() -> None:
    """Write the run's state, and of each task its id, map index, name and state."""
    folder, name, conf = sys.argv[1:]
    sys.path.insert(0, folder)
    dag = DagBag(Path(folder)).dags[name]
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    run = dag.test(run_conf=json.loads(conf), use_executor=True)
    tasks = [
        (each.task_id, each.map_index, each.rendered_map_index, each.state)
        for each in run.get_task_instances()
    ]
    print(json.dumps({"state": run.state, "tasks": sorted(tasks, key=str)}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
