"""The snapshot of the catalog: what a warehouse learns of streams, keys, columns and types.

A changed schema is a change for every warehouse: the snapshot's diff shows it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tools.documents.paths import CATALOG
from tools.documents.streams import BY

if TYPE_CHECKING:
    from pathlib import Path


def files() -> dict[Path, str]:
    """Return the snapshot: what `--discover` prints without settings."""
    tap = TapBigCommerceCarts(config={}, validate_config=False)
    catalog = {"$comment": BY, **json.loads(tap.catalog_json_text)}
    return {CATALOG: json.dumps(catalog, indent=2) + "\n"}
