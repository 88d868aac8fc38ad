"""Checks one store: asks it again, and compares what it lists with the warehouse's rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_bigcommerce_carts.verify.findings import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.verify.findings import Check

    Warehouse: TypeAlias = Any

# Called with a stream and the share of its dates, 0 to 1, that has been read.
OnProgress: TypeAlias = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be checked.

    Attributes:
        mode: how thoroughly.
        streams: their names; None: those that the STATE has a bookmark of, or without a STATE
            all that are selected by default, and those of the inbox if there is one.
        start: the first date; None: 30 days before the last.
        end: the date before which to end; None: as far as is settled.
        state: the last STATE of the load, as the tap wrote it or as Meltano gives it.
    """

    mode: Mode = Mode.KEYS
    streams: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    state: Mapping[str, Any] | None = None


def check_store(
    run: Run,
    warehouse: Warehouse,
    asked: Asked,
    on_progress: OnProgress = lambda _stream, _share: None,
) -> Check:
    """Compare a store with its rows in a warehouse.

    Args:
        run: settings and store; nothing is written.
        warehouse: what was loaded.
        asked: what is to be checked.
        on_progress: told how far the store's lists were read.

    Raises:
        OutOfReachError: the store cannot be asked at all.
        StateError: the STATE is none.
        WarehouseError: the warehouse cannot be read.

    Returns:
        What was found of each stream. One that cannot be checked says why, and the others go on.
    """
    raise NotImplementedError
