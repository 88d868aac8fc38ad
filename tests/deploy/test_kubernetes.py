"""The manifests of `deploy/kubernetes/` are valid, and call the command as it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kubernetes_validate
import pytest

from tests.support.kubernetes import manifests

if TYPE_CHECKING:
    from pathlib import Path

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
