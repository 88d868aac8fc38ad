"""Tries deploy/dagster/stores.py in this process, and prints in JSON what came of it.

Dagster has an environment of its own: `.venvs/dagster/bin/python tests/support/in_dagster.py`,
with DAGSTER_HOME and what the module itself reads in the environment.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

MODULE = Path(__file__).resolve().parents[2] / "deploy/dagster/stores.py"


class Daemon:
    """What Dagster's daemon does by itself."""

    def __init__(self) -> None:
        policy = dg.RetryPolicy
        # Tried again at once.
        dg.RetryPolicy = lambda **given: policy(**{**given, "delay": 0})
        self.module = runpy.run_path(str(MODULE))
        self.defs: dg.Definitions = self.module["defs"]
        self.instance = dg.DagsterInstance.get()
        self.cursor: Any = None

    def partitions(self) -> list[str]:
        """Run the sensor, do what it asks for, and return the partitions there are."""
        given = dg.build_sensor_context(self.instance, resources=self.defs.resources)
        ticked = self.module["listed_stores"].evaluate_tick(given)
        for asked in ticked.dynamic_partitions_requests:
            name, keys = asked.partitions_def_name, asked.partition_keys
            if isinstance(asked, dg.AddDynamicPartitionsRequest):
                self.instance.add_dynamic_partitions(name, keys)
            else:
                for key in keys:
                    self.instance.delete_dynamic_partition(name, key)
        return sorted(self.instance.get_dynamic_partitions(self.module["STORES"].name))

    def scheduled(self) -> list[str]:
        """Return the partitions that the schedule asks for."""
        given = dg.build_schedule_context(
            self.instance,
            datetime(2026, 3, 3, 12, 5, tzinfo=UTC),
            repository_def=self.defs.get_repository_def(),
        )
        ticked = self.module["hourly"].evaluate_tick(given)
        return sorted(request.partition_key for request in ticked.run_requests)

    def load(self, store: str) -> dict[str, Any]:
        """Load a store; return whether that went well, the tries after the first, what was made."""
        job = self.defs.resolve_job_def("load_store")
        ended = job.execute_in_process(
            partition_key=store, instance=self.instance, raise_on_error=False
        )
        kinds = [event.event_type for event in ended.all_events]
        return {
            "success": ended.success,
            "restarts": kinds.count(dg.DagsterEventType.STEP_RESTARTED),
            "materialized": kinds.count(dg.DagsterEventType.ASSET_MATERIALIZATION),
        }

    def stop(self, store: str) -> dict[str, Any]:
        """Load a store, and stop the run as Dagster does, once the command has begun."""
        folder = Path(os.environ["BIGCOMMERCE_CARTS_WORK"], store)

        def interrupt() -> None:
            while not folder.exists():
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)

        stopping = threading.Thread(target=interrupt, daemon=True)
        stopping.start()
        return self.load(store)

    def wait(self, store: str) -> dg.DagsterRun:
        """Make a run that waits for its turn."""
        return self.instance.create_run_for_job(
            self.defs.resolve_job_def("load_store"),
            tags={"dagster/partition": store},
            asset_selection=frozenset({self.module["carts"].key}),
        )

    def marts_wanted(self) -> int:
        """Return how many times the marts are asked for, since this was called last."""
        ticked = dg.evaluate_automation_conditions(
            self.defs,
            self.instance,
            asset_selection=dg.AssetSelection.assets("marts"),
            cursor=self.cursor,
        )
        self.cursor = ticked.cursor
        return int(ticked.total_requested)

    def marts(self) -> bool:
        """Build the marts; return whether that went well."""
        job = self.defs.resolve_implicit_global_asset_job_def()
        ended = job.execute_in_process(
            instance=self.instance,
            asset_selection=[self.module["marts"].key],
            raise_on_error=False,
        )
        return bool(ended.success)


def main() -> None:
    """Tell the story of an hour."""
    daemon = Daemon()
    pools = daemon.instance.get_concurrency_config().pool_config
    said: dict[str, Any] = {
        "pool": [pools.default_pool_limit, pools.pool_granularity.value],
        "partitions": daemon.partitions(),
        "scheduled": daemon.scheduled(),
    }
    wanted = [daemon.marts_wanted()]
    said["loads"] = {
        store: daemon.stop(store) if store == "stopped" else daemon.load(store)
        for store in said["partitions"]
    }
    waiting = daemon.wait(said["partitions"][0])
    wanted.append(daemon.marts_wanted())
    daemon.instance.report_run_canceled(waiting)
    wanted.append(daemon.marts_wanted())
    said["marts"] = daemon.marts()
    wanted.append(daemon.marts_wanted())
    said["marts_wanted"] = wanted
    file = Path(daemon.defs.resources["project"].stores)
    file.write_text(file.read_text().replace("  acme:", "  acme-2:"))
    said["partitions_then"] = daemon.partitions()
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
