"""Each store of stores.yml is a partition in Dagster, loaded by one command; dbt comes after all.

    dagster dev -f deploy/dagster/stores.py

No secret is in a run's configuration: the command finds a store's secrets by its name, in the
environment that Dagster was started with, or as stores.yml says.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

# Of `bigcommerce-carts load`: another run loads this store now.
_LOADED_ELSEWHERE = 75

STORES = dg.DynamicPartitionsDefinition(name="bigcommerce_stores")
# Loads that go on at the same time; dagster.yaml says how many.
POOL = "bigcommerce_stores"


class Project(dg.ConfigurableResource):
    """The Meltano project that loads.

    Attributes:
        root: the folder of meltano.yml.
        stores: the file of stores, as seen from there.
        command: what loads a store.
        meltano: what runs dbt.
    """

    root: str = "."
    stores: str = "stores.yml"
    command: str = "bigcommerce-carts"
    meltano: str = "meltano"

    def listed(self) -> dict[str, Any]:
        """Return what the file of stores says."""
        return dict(yaml.safe_load((Path(self.root) / self.stores).read_text("utf-8")))

    def load(self, store: str) -> int:
        """Load a store, and return the command's exit code."""
        return self._run(self.command, "load", f"--stores={self.stores}", store)

    def build(self) -> int:
        """Run what the file names as `then`, and return Meltano's exit code."""
        return self._run(self.meltano, "run", "--no-install", self.listed()["then"])

    def _run(self, *words: str) -> int:
        """Run a command whose output is this step's, and which ends with it."""
        with subprocess.Popen(words, cwd=self.root, stdin=subprocess.DEVNULL) as process:
            try:
                return process.wait()
            except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt) as stopped:
                process.terminate()
                # Dagster would try again what was stopped on purpose.
                raise dg.Failure("The run was stopped.", allow_retries=False) from stopped


@dg.asset(
    partitions_def=STORES,
    pool=POOL,
    output_required=False,
    retry_policy=dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL),
)
def carts(
    context: dg.AssetExecutionContext, project: Project
) -> Iterator[dg.MaterializeResult[None]]:
    """One store's carts, customers and orders, in the warehouse."""
    code = project.load(context.partition_key)
    if code == _LOADED_ELSEWHERE:
        context.log.warning("Another run loads this store now.")
    elif code:
        raise dg.Failure(
            "The store was not loaded: the last line of the command's output says why."
        )
    else:
        yield dg.MaterializeResult()


@dg.asset(
    deps=[carts],
    # Once no store is waited for or loaded any more, also when some failed or never were loaded.
    automation_condition=dg.AutomationCondition.eager().without(
        ~dg.AutomationCondition.any_deps_missing()
    ),
)
def marts(project: Project) -> None:
    """What became of the carts of all stores, worked out by dbt."""
    if project.build():
        raise dg.Failure("dbt did not build the marts: the last lines of its output say why.")


load_store = dg.define_asset_job("load_store", selection=[carts])


@dg.sensor(minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def listed_stores(context: dg.SensorEvaluationContext, project: Project) -> dg.SensorResult:
    """Keep the partitions in step with the file."""
    listed = project.listed()["stores"]
    known = STORES.get_partition_keys(dynamic_partitions_store=context.instance)
    new, gone = [each for each in listed if each not in known], sorted({*known} - {*listed})
    return dg.SensorResult(
        dynamic_partitions_requests=[
            *([STORES.build_add_request(new)] if new else []),
            *([STORES.build_delete_request(gone)] if gone else []),
        ]
    )


@dg.schedule(job=load_store, cron_schedule="5 * * * *")
def hourly(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
    """Load every store, each in a run of its own."""
    hour = context.scheduled_execution_time.isoformat()
    return [
        dg.RunRequest(partition_key=name, run_key=f"{name} {hour}")
        for name in STORES.get_partition_keys(dynamic_partitions_store=context.instance)
    ]


defs = dg.Definitions(
    assets=[carts, marts],
    jobs=[load_store],
    schedules=[hourly],
    sensors=[
        listed_stores,
        dg.AutomationConditionSensorDefinition(
            "marts_after_all", target=[marts], default_status=dg.DefaultSensorStatus.RUNNING
        ),
    ],
    # A run is one command: a process of its own for its step would only cost time.
    executor=dg.in_process_executor,
    resources={
        "project": Project(
            root=os.environ.get("MELTANO_PROJECT_ROOT", "."),
            stores=os.environ.get("BIGCOMMERCE_CARTS_STORES", "stores.yml"),
            meltano=os.environ.get("BIGCOMMERCE_CARTS_MELTANO", "meltano"),
        )
    },
)
