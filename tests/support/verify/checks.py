"""Checks as the command makes them, in this process."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.check import Asked, check_store
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.verify.lived import FIRST, address
from tests.support.warehouse.engines import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_bigcommerce_carts.verify.findings import Check
    from tests.support.warehouse.engines import Engine


def checked(
    settings: Mapping[str, Any],
    engine: Engine,
    state: Mapping[str, Any] | None,
    *,
    alone: bool = True,
    **asked: Any,
) -> Check:
    """Check a store against a warehouse, its last thirty days unless others are asked for.

    Args:
        settings: the tap's.
        engine: the warehouse.
        state: of the last load.
        alone: whether nobody writes into the warehouse meanwhile: then it is opened once.
        asked: what else is asked for: see `Asked`.
    """
    chosen = Asked(**{"start": FIRST, "state": state, **asked})
    with (
        closing(TapBigCommerceCarts(config=dict(settings)).run) as run,
        Warehouse.at(address(engine), SCHEMA) as warehouse,
        warehouse.held() if alone else nullcontext(),
    ):
        return check_store(run, warehouse, chosen)
