"""Loads all stores of the file, each by a task, builds the marts once, and checks each store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from bigcommerce_carts import stores
from bigcommerce_carts.steps import MANY, finish, load, verify

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
    groups = stores.groups(list(given["stores"])).items()
    loads = [load(task_id, names, at_most=timedelta(hours=1)) for task_id, names in groups]
    checks = [verify(task_id, names) for task_id, names in groups]
    finish(loads, given.get("then"), checks)
