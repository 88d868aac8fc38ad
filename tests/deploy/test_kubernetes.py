"""The manifests of `deploy/kubernetes/` are valid, and call the command as it is called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from dotenv import dotenv_values

from tests.support import images
from tests.support.kubernetes import manifests
from tests.support.loading import OURS, parsed, small_dbt_project
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy/kubernetes"
IMAGE = ROOT / "deploy/image/Dockerfile"
STORES = yaml.safe_load((ROOT / "stores.example.yml").read_text())["stores"]
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: one
spec:
  containers:
    - name: base
      image: example.com/image:1
      resources:
        limits: {memory: 512Mi}
"""


@pytest.mark.parametrize(
    ("written", "planted"),
    [
        ("resources:", "resource:"),
        ("      image: example.com/image:1\n      resources:\n        limits", "      limits"),
        ("name: base", "name: 5"),
        ("kind: Pod", "kind: Pood"),
        ("apiVersion: v1", "apiVersion: batch/v1"),
    ],
)
def test_a_mistake_in_a_manifest_is_found(tmp_path: Path, written: str, planted: str) -> None:
    file = tmp_path / "pod.yaml"
    file.write_text(POD)
    assert [each["kind"] for each in manifests(file)] == ["Pod"]
    file.write_text(POD.replace(written, planted))
    with pytest.raises(
        (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError)
    ):
        manifests(file)


@pytest.fixture(scope="module")
def cronjob() -> dict[str, Any]:
    (manifest,) = manifests(DEPLOY / "cronjob.yaml")
    assert manifest["kind"] == "CronJob"
    return manifest


@pytest.fixture(scope="module")
def pod(cronjob: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = cronjob["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


@pytest.fixture(scope="module")
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["containers"]
    return dict(only)


def test_the_job_calls_the_command_as_it_is_called(container: dict[str, Any]) -> None:
    assert container["args"] == images.words(IMAGE, "CMD")
    program, *arguments = images.words(IMAGE, "ENTRYPOINT") + container["args"]
    assert program == "bigcommerce-carts"
    assert parsed(arguments)["every"]


def test_no_hour_is_joined_by_the_next(cronjob: dict[str, Any], pod: dict[str, Any]) -> None:
    """What Kubernetes' schemas leave open: they take any text here."""
    assert cronjob["spec"]["concurrencyPolicy"] == "Forbid"
    assert re.fullmatch(r"[0-5]?\d \* \* \* \*", cronjob["spec"]["schedule"])
    assert pod["restartPolicy"] == "Never"


def test_the_pod_is_shut_in(pod: dict[str, Any], container: dict[str, Any]) -> None:
    (user,) = re.findall(r"^USER (\d+):\1$", IMAGE.read_text(), re.MULTILINE)
    shut_in = pod["securityContext"]
    assert shut_in["runAsNonRoot"]
    assert {shut_in[each] for each in ("runAsUser", "runAsGroup", "fsGroup")} == {int(user)}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not pod["automountServiceAccountToken"]
    assert not pod["enableServiceLinks"]
    assert set(container["resources"]["limits"]) == {"memory"}


def test_what_is_mounted_is_where_the_image_and_the_command_look(
    pod: dict[str, Any], container: dict[str, Any]
) -> None:
    kinds = {volume.pop("name"): [*volume] for volume in map(dict, pod["volumes"])}
    mounted = {each["mountPath"]: kinds[each["name"]] for each in container["volumeMounts"]}
    file = {each["name"]: each["value"] for each in container["env"]}["BIGCOMMERCE_CARTS_STORES"]
    assert mounted.pop(file.removesuffix("/stores.yml")) == ["configMap"]
    assert mounted == {"/scratch": ["emptyDir"], "/tmp": ["emptyDir"]}  # noqa: S108 - the pod's


def test_secrets_come_from_a_secret_alone(container: dict[str, Any]) -> None:
    assert container["envFrom"] == [{"secretRef": {"name": "bigcommerce-carts"}}]
    assert [each["name"] for each in container["env"]] == ["BIGCOMMERCE_CARTS_STORES"]


def test_the_secrets_example_names_what_is_read() -> None:
    given = dotenv_values(DEPLOY / "secrets.env.example")
    assert str(given.pop("MELTANO_DATABASE_URI")).startswith("postgresql+psycopg://")
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    (loader,) = (each for each in plugins["loaders"] if each["name"] == "target-postgres")
    known = {f"TARGET_POSTGRES_{each['name'].upper()}" for each in loader["settings"]}
    known |= {
        f"STORE_{name.replace('-', '_').upper()}_{secret}"
        for name in STORES
        for secret in ("ACCESS_TOKEN", "PERSONAL_DATA_SALT")
    }
    assert set(given) <= known
    assert not any(value for name, value in given.items() if "TOKEN" in name or "PASS" in name)


def test_with_the_images_variables_all_is_written_to_its_work_folder(tmp_path: Path) -> None:
    """As in the pod, whose other folders cannot be written to."""
    project, work = tmp_path / "project", tmp_path / "work"
    (project / ".meltano").mkdir(parents=True)
    work.mkdir()
    shutil.copy(ROOT / "meltano.yml", project)
    for kind in ("extractors", "loaders", "utilities"):
        (project / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)
    (project / "stores.yml").write_text(
        "{loader: target-jsonl, then: 'dbt-duckdb:run', stores: {acme: {store_hash: abc123}}}"
    )
    dbt = small_dbt_project(project / "dbt", work / "marts.duckdb")
    before = sorted(project.rglob("*"))
    of_image = {
        name: value.replace("/scratch", str(work))
        for name, value in images.variables(IMAGE).items()
        if name != "PATH"
    }
    ended = subprocess.run(
        [Path(sys.executable).with_name("bigcommerce-carts"), "load", "--all"],
        cwd=project,
        env={
            **{name: of for name, of in os.environ.items() if not name.startswith(OURS)},
            **of_image,
            **dbt,
            "MELTANO_DATABASE_URI": f"sqlite:///{work}/meltano.db",
            "BIGCOMMERCE_CARTS_MELTANO": str(ROOT / ".venvs/meltano/bin/meltano"),
            "TARGET_JSONL_DESTINATION_PATH": str(work),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    # The store has no token; dbt runs all the same.
    assert "STORE_ACME_ACCESS_TOKEN" in ended.stdout
    assert (ended.returncode, (work / "marts.duckdb").exists()) == (1, True), ended.stderr
    assert sorted(project.rglob("*")) == before
