"""Both DAGs as Airflow's scheduler gets them: their tasks, and what bounds and follows these."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest
import yaml

from tests.support.airflow import Airflow
from tests.support.paths import ROOT

LOAD, BACKFILL = "bigcommerce_carts_load", "bigcommerce_carts_backfill"
README = (ROOT / "deploy/airflow/README.md").read_text()
# Airflow's default, and that of the services that host it.
MAX_MAP_LENGTH = 1024


def tasks(dag: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks of a DAG by their ids; a mapped one with what all its instances have."""
    found = {}
    for task in (each["__var"] for each in dag["tasks"]):
        found[task["task_id"]] = {**task, **task.get("partial_kwargs", {})}
    return found


def names(task: dict[str, Any]) -> list[str]:
    """What a mapped task is mapped over."""
    over: list[str] = task["expand_input"]["value"]["__var"]["store"]
    return over


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The DAGs for three stores and marts; for more stores than a task holds; for no file."""
    folder = tmp_path_factory.mktemp("dags")
    files = [folder / name for name in ("few.yml", "many.yml", "none.yml")]
    for file, number, more in (
        (files[0], 3, {"then": "dbt-postgres:build"}),
        (files[1], 2 * MAX_MAP_LENGTH + 1, {}),
    ):
        stores = {f"shop-{each}": {"store_hash": f"hash{each}"} for each in range(number)}
        file.write_text(yaml.safe_dump({"stores": stores, **more}, sort_keys=False))
    return Airflow(folder).dags(*files)


@pytest.fixture
def few(answers: list[Any]) -> Any:
    """The DAGs for three stores."""
    return answers[0]


@pytest.mark.parametrize("dag", [LOAD, BACKFILL])
def test_a_store_is_loaded_by_a_task_of_its_name(few: dict[str, Any], dag: str) -> None:
    load = tasks(few[dag])["load"]
    assert load["_is_mapped"]
    assert load["task_type"] == "LoadStore"
    assert load["map_index_template"] == "{{ task.store }}"
    # In the database, in the page of a task: neither environment nor secrets.
    assert load["template_fields"] == ["store", "options"]


def test_all_stores_are_loaded_hourly_and_one_run_at_a_time(few: dict[str, Any]) -> None:
    dag = few[LOAD]
    assert names(tasks(dag)["load"]) == ["shop-0", "shop-1", "shop-2"]
    assert dag["timetable"]["__var"]["expression"] == "0 * * * *"
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)


@pytest.mark.parametrize(("dag", "hours"), [(LOAD, 1), (BACKFILL, 6)])
def test_a_store_is_bounded_in_number_time_and_tries(
    few: dict[str, Any], dag: str, hours: int
) -> None:
    load = tasks(few[dag])["load"]
    # The pool alone bounds how many: a DAG's own bound would be 16.
    assert (load["pool"], few[dag]["max_active_tasks"] > 1_000) == ("bigcommerce_stores", True)
    assert load["execution_timeout"]["__var"] == hours * 3600
    assert (load["retries"], load["retry_exponential_backoff"]) == (3, 2)
    assert (load["retry_delay"]["__var"], load["max_retry_delay"]["__var"]) == (60, 600)


@pytest.mark.parametrize("dag", [LOAD, BACKFILL])
def test_the_marts_are_built_once_after_all_also_when_some_failed(
    few: dict[str, Any], dag: str
) -> None:
    found = tasks(few[dag])
    assert set(found["load"]["downstream_task_ids"]) == {"marts", "all_loaded"}
    marts = found["marts"]
    assert (marts["plugin"], marts["trigger_rule"]) == ("dbt-postgres:build", "all_done")
    assert marts["pool"] == "bigcommerce_marts"
    assert "all_loaded" in marts["downstream_task_ids"]
    # The last task fails with any of the others, and the run with it.
    assert found["all_loaded"]["trigger_rule"] == "none_failed"


def test_each_store_is_checked_after_the_marts_also_when_some_failed(few: dict[str, Any]) -> None:
    found = tasks(few[LOAD])
    check = found["verify"]
    assert set(found["marts"]["downstream_task_ids"]) == {"all_loaded", "verify"}
    assert names(check) == ["shop-0", "shop-1", "shop-2"]
    assert (check["_is_mapped"], check["task_type"]) == (True, "VerifyStore")
    assert check["map_index_template"] == "{{ task.store }}"
    assert check["template_fields"] == ["store"]
    assert (check["trigger_rule"], check["pool"]) == ("all_done", "bigcommerce_stores")
    assert (check["execution_timeout"]["__var"], check["retries"]) == (3600, 1)
    assert check["downstream_task_ids"] == ["all_loaded"]


def test_without_marts_a_store_is_checked_when_it_is_loaded(answers: list[Any]) -> None:
    found = tasks(answers[1][LOAD])
    for number in (1, 2, 3):
        load = found[f"load_{number}"]
        assert set(load["downstream_task_ids"]) == {f"verify_{number}", "all_loaded"}
        assert names(found[f"verify_{number}"]) == names(load)


def test_a_backfill_is_of_some_stores_between_two_dates(few: dict[str, Any]) -> None:
    found = tasks(few[BACKFILL])
    assert found["chosen"]["downstream_task_ids"] == ["load"]
    assert found["load"]["options"] == ["--from", "{{ params['from'] }}", "--to", "{{ params.to }}"]
    params = dict(few[BACKFILL]["params"])
    assert params.keys() == {"from", "to", "stores"}
    allowed = params["stores"]["schema"]["__var"]["items"]["__var"]["enum"]
    assert allowed == ["shop-0", "shop-1", "shop-2"]


def test_more_stores_than_a_task_can_be_mapped_over_are_cut_into_groups(
    answers: list[Any],
) -> None:
    many = answers[1]
    found = tasks(many[LOAD])
    cut = [f"{name}_{number}" for name in ("load", "verify") for number in (1, 2, 3)]
    assert list(found) == [*cut, "all_loaded"]
    groups = [names(found[f"load_{number}"]) for number in (1, 2, 3)]
    assert [len(group) for group in groups] == [MAX_MAP_LENGTH, MAX_MAP_LENGTH, 1]
    listed = [f"shop-{number}" for number in range(2 * MAX_MAP_LENGTH + 1)]
    assert [*chain(*groups)] == listed
    backfill = tasks(many[BACKFILL])
    for number in (1, 2, 3):
        assert backfill[f"chosen_{number}"]["downstream_task_ids"] == [f"load_{number}"]


def test_without_a_file_airflow_shows_what_is_missing(answers: list[Any]) -> None:
    assert "none.yml is not there: name the Meltano project's folder" in answers[2]


def block(kind: str) -> Any:
    """A block of code in the README, read."""
    (text,) = re.findall(rf"^```{kind}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return yaml.safe_load(text)


def test_the_readme_makes_the_pools_and_the_connections(few: dict[str, Any]) -> None:
    found = tasks(few[LOAD])
    pools = {found["load"]["pool"], found["marts"]["pool"]}
    assert set(re.findall(r"airflow pools set (\w+) \d", README)) == pools
    stores = {f"bigcommerce_{name.replace('-', '_')}" for name in block("yaml")["stores"]}
    assert block("json").keys() == stores | {"meltano_warehouse", "meltano_state"}
