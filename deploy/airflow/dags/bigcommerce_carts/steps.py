"""What both DAGs are made of: a task per store, the marts, a check per store, and a last task."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule

from bigcommerce_carts.commands import LoadStore, RunPlugin, VerifyStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk.definitions.mappedoperator import MappedOperator

# Bounds how many stores are loaded at once, by both DAGs together.
STORES_POOL = "bigcommerce_stores"
# Of one slot: two runs of dbt would build the same tables.
MARTS_POOL = "bigcommerce_marts"
# What a DAG bounds by itself; the pools are tighter.
MANY = 10_000


def load(task_id: str, stores: Any, *, at_most: timedelta, **more: Any) -> MappedOperator:
    """Return the mapped task that loads some stores.

    Args:
        task_id: its id.
        stores: their names, or the task that returns them.
        at_most: how long a store may take; what was loaded until then is kept.
        more: further arguments of `LoadStore`.
    """
    tasks: MappedOperator = LoadStore.partial(
        task_id=task_id,
        map_index_template="{{ task.store }}",
        pool=STORES_POOL,
        execution_timeout=at_most,
        retries=3,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(minutes=10),
        **more,
    ).expand(store=stores)
    return tasks


def verify(task_id: str, stores: list[str]) -> MappedOperator:
    """Return the mapped task that compares some stores with the warehouse.

    Args:
        task_id: of the task that loads them.
        stores: their names.
    """
    tasks: MappedOperator = VerifyStore.partial(
        task_id=task_id.replace("load", "verify"),
        map_index_template="{{ task.store }}",
        # A store that was not loaded now is checked up to where it was.
        trigger_rule=TriggerRule.ALL_DONE,
        pool=STORES_POOL,
        execution_timeout=timedelta(hours=1),
        retries=1,
        retry_delay=timedelta(minutes=1),
    ).expand(store=stores)
    return tasks


def finish(
    loads: list[MappedOperator], plugin: str | None, checks: Sequence[MappedOperator] = ()
) -> None:
    """Let the marts be built once after all loads, and the stores be checked, also if some failed.

    Args:
        loads: the tasks that load.
        plugin: what builds the marts, such as `dbt-postgres:build`; None for nothing.
        checks: the tasks that compare the stores with the warehouse.
    """
    # A run is judged by its last task: without this one it would succeed whenever the checks do.
    all_loaded = EmptyOperator(task_id="all_loaded", trigger_rule=TriggerRule.NONE_FAILED)
    loads >> all_loaded
    for check in checks:
        check >> all_loaded
    if plugin is None:
        for load, check in zip(loads, checks, strict=False):
            load >> check
        return
    marts = RunPlugin(
        task_id="marts",
        plugin=plugin,
        pool=MARTS_POOL,
        trigger_rule=TriggerRule.ALL_DONE,
        execution_timeout=timedelta(hours=1),
        retries=1,
        retry_delay=timedelta(minutes=1),
    )
    loads >> marts >> all_loaded
    for check in checks:
        marts >> check
