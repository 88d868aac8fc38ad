"""The image of tasks, and the pod that KubernetesExecutor makes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import images
from tests.support.kubernetes import manifests
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy/airflow"
IMAGE = DEPLOY / "Dockerfile"
TEXT = IMAGE.read_text()
CRONJOB = ROOT / "deploy/kubernetes/cronjob.yaml"
FROM = ROOT / "deploy/image/Dockerfile"


@pytest.fixture(scope="module")
def pod() -> dict[str, Any]:
    (manifest,) = manifests(DEPLOY / "pod_template.yaml")
    assert manifest["kind"] == "Pod"
    spec: dict[str, Any] = manifest["spec"]
    return spec


@pytest.fixture(scope="module")
def of_job() -> dict[str, Any]:
    """The pod of the job that loads all stores."""
    (manifest,) = manifests(CRONJOB)
    spec: dict[str, Any] = manifest["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["containers"]
    return dict(only)


def test_the_image_is_made_of_what_is_there(of_job: dict[str, Any]) -> None:
    images.check_sources(IMAGE)
    assert re.findall(r"^ARG BASE=(.*)$", TEXT, re.MULTILINE) == [container(of_job)["image"]]
    (installed,) = re.findall(r"pip install .*", TEXT.replace("\\\n", " "))
    assert "-c /opt/airflow/airflow.txt" in installed
    files = (DEPLOY / "requirements.txt", ROOT / "constraints/airflow.txt")
    wanted, known = (
        re.findall(r"^apache-airflow==.*", file.read_text(), re.MULTILINE) for file in files
    )
    assert wanted == known != []


def test_the_image_starts_what_airflow_names() -> None:
    """Its Python, with the command beside it; nothing of the image it is made from."""
    variables = images.variables(IMAGE)
    assert variables["PATH"] == "/opt/airflow/venv/bin:$PATH"
    assert images.words(IMAGE, "ENTRYPOINT") == []
    base = FROM.read_text()
    assert f"WORKDIR {variables['MELTANO_PROJECT_ROOT']}\n" in base
    assert re.findall(r"^USER (.*)$", TEXT, re.MULTILINE)[-1] in re.findall(
        r"^USER (.*)$", base, re.MULTILINE
    )


def test_the_pod_is_shut_in_as_that_of_the_job(pod: dict[str, Any], of_job: dict[str, Any]) -> None:
    for each in (
        "restartPolicy",
        "automountServiceAccountToken",
        "enableServiceLinks",
        "terminationGracePeriodSeconds",
        "securityContext",
        "volumes",
    ):
        assert pod[each] == of_job[each], each
    ours, theirs = container(pod), container(of_job)
    for each in ("env", "volumeMounts", "securityContext"):
        assert ours[each] == theirs[each], each


def test_the_pod_is_as_airflow_wants_it(pod: dict[str, Any]) -> None:
    """Its container is `base`, whose arguments Airflow adds; the image is the one made here."""
    of_task = container(pod)
    assert of_task["name"] == "base"
    assert not {"command", "args"} & of_task.keys()
    assert f"-t {of_task['image']} ." in TEXT
    home = images.variables(IMAGE)["AIRFLOW_HOME"]
    assert any(home.startswith(f"{each['mountPath']}/") for each in of_task["volumeMounts"])


def test_no_secret_of_a_store_is_in_the_pod(pod: dict[str, Any]) -> None:
    of_task = container(pod)
    assert of_task["envFrom"] == [{"secretRef": {"name": "bigcommerce-carts-airflow"}}]
    assert [each["name"] for each in of_task["env"]] == ["BIGCOMMERCE_CARTS_STORES"]
