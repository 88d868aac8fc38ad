"""Loads some stores again between two dates, with a STATE of its own beside the hourly one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from bigcommerce_carts import stores
from bigcommerce_carts.steps import MANY, finish, load

given = stores.document()
names = list(given["stores"])


@task
def chosen(group: str, params: dict[str, Any] | None = None) -> list[str]:
    """Return which stores of a group are to be loaded: those named when the run was triggered."""
    named = (params or {})["stores"]
    return [name for name in stores.groups(names)[group] if not named or name in named]


with DAG(
    dag_id="bigcommerce_carts_backfill",
    description="Abandoned carts that were last changed between two dates, into the warehouse.",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=MANY,
    tags=["bigcommerce"],
    params={
        "from": Param(type="string", format="date", description="The first day."),
        "to": Param(type="string", format="date", description="The day after the last."),
        "stores": Param(
            [],
            type="array",
            items={"type": "string", "enum": names},
            examples=names,
            description="Which stores; none for all.",
        ),
    },
) as dag:
    loads = [
        load(
            task_id,
            chosen.override(task_id=task_id.replace("load", "chosen"))(task_id),
            at_most=timedelta(hours=6),
            options=["--from", "{{ params['from'] }}", "--to", "{{ params.to }}"],
            # The next run loads a store that was busy; nothing makes up for a backfill.
            skip_when_busy=False,
        )
        for task_id in stores.groups(names)
    ]
    finish(loads, given.get("then"))
