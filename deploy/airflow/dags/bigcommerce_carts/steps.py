"""What both DAGs are made of: a task per store, then the marts, then what a run is judged by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import TriggerRule

from bigcommerce_carts.commands import LoadStore, RunPlugin

if TYPE_CHECKING:
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


def finish(loads: list[MappedOperator], plugin: str | None) -> None:
    """Let the marts be built once after all loads, also when some failed.

    Args:
        loads: the tasks that load.
        plugin: what builds the marts, such as `dbt-postgres:build`; None for nothing.
    """
    # A run is judged by its last task: without this one it would succeed whenever the marts do.
    all_loaded = EmptyOperator(task_id="all_loaded", trigger_rule=TriggerRule.NONE_FAILED)
    loads >> all_loaded
    if plugin is None:
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
