"""Loads all stores of the file, each by a task of its own, then builds the marts once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from bigcommerce_carts import stores
from bigcommerce_carts.steps import MANY, finish, load

given = stores.document()

with DAG(
    dag_id="bigcommerce_carts_load",
    description="Abandoned carts of all stores, into the warehouse.",
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=MANY,
    tags=["bigcommerce"],
) as dag:
    loads = [
        load(task_id, names, at_most=timedelta(hours=1))
        for task_id, names in stores.groups(list(given["stores"])).items()
    ]
    finish(loads, given.get("then"))
