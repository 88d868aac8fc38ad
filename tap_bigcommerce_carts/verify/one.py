"""Checks a store, with the settings and the STATE that it is loaded with, and keeps the result."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import TapError
from tap_bigcommerce_carts.run import Run
from tap_bigcommerce_carts.settings.given import typed
from tap_bigcommerce_carts.singer.tap import SDK_ERRORS
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.check import check_store
from tap_bigcommerce_carts.verify.counts import count_store
from tap_bigcommerce_carts.verify.findings import Mode
from tap_bigcommerce_carts.verify.shown import Outcome
from tap_bigcommerce_carts.verify.tables import load_checks
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_bigcommerce_carts.verify.check import Asked, OnProgress
    from tap_bigcommerce_carts.verify.findings import Check
    from tap_bigcommerce_carts.verify.places import Place
    from tap_bigcommerce_carts.verify.stores import Chosen


@dataclass(frozen=True, slots=True)
class Checking:
    """How stores are checked.

    Args:
        place: the warehouse.
        asked: what is to be checked; each store's STATE is added.
        keep: whether checks are written into the warehouse.
    """

    place: Place
    asked: Asked
    keep: bool = True

    def check(
        self, chosen: Chosen, on_progress: OnProgress = lambda _stream, _share: None
    ) -> Outcome:
        """Check a store; what keeps it from being checked does not raise.

        Args:
            chosen: the store.
            on_progress: told how far the store's lists were read.
        """
        try:
            return self._check(chosen, on_progress)
        except (TapError, *SDK_ERRORS) as error:
            return Outcome(chosen.store.name, failure=str(error))

    def _check(self, chosen: Chosen, on_progress: OnProgress) -> Outcome:
        run = run_of(chosen.settings)
        asked = replace(self.asked, state=chosen.last_state)
        look = count_store if asked.mode is Mode.QUICK else check_store
        try:
            with Warehouse.at(self.place.address, self.place.schema) as warehouse:
                check = look(run, warehouse, asked, on_progress)
                failure = _kept(warehouse, check) if self.keep else None
                return Outcome(check.store, check, failure)
        finally:
            run.close()


def run_of(settings: Mapping[str, Any]) -> Run:
    """Return a run of the tap with some settings, which reads no environment."""
    schema = deepcopy(TapBigCommerceCarts.config_jsonschema)
    TapBigCommerceCarts.append_builtin_config(schema)
    return Run(typed(settings, schema), schema, CartKeeper)


def _kept(warehouse: Warehouse, check: Check) -> str | None:
    """Keep what was found; return why it could not be."""
    try:
        load_checks.append(warehouse, check)
    except TapError as error:
        return str(error)
    return None
