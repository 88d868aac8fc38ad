"""Kubernetes' published schemas, and manifests that are checked by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import kubernetes_validate
import yaml

if TYPE_CHECKING:
    from pathlib import Path


def manifests(file: Path) -> list[dict[str, Any]]:
    """Return the documents of a file, each valid by the schema of its kind.

    Raises:
        kubernetes_validate.ValidationError: A field is missing, unknown, or of the wrong type.
        kubernetes_validate.SchemaNotFoundError: There is no such kind in that API version.
    """
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(file.read_text()))
    for document in documents:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    return documents
