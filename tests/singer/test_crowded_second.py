"""A run killed while it reads a second with more rows than a page: no STATE is ahead of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, run
from tests.support.world import Inspector, Warehouse, World

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request, Sandbox, Shop

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page_size", [1, 2, 3])
@pytest.mark.parametrize("leaves", range(2, 18))
def test_no_state_passes_what_only_the_way_back_finds(  # noqa: PLR0913
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    clock: Clock,
    *,
    page_size: int,
    leaves: int,
) -> None:
    """An order that leaves pulls another past the reader; later rows wait until that is read."""
    crowd = [shop.add_order(modified=NOON - timedelta(hours=1)) for _ in range(9)]
    shop.add_order(modified=NOON - timedelta(minutes=1))
    world = World(shop, clock, timedelta(), timedelta())
    world.begin_run()
    truth = world.truth()

    def leave(number: int, _request: Request) -> None:
        if number == leaves:
            shop.touch(crowd[1])
            world.changed.add(("order", crowd[1]))

    store.before(leave)
    quick = {"abandoned_after_minutes": 0, "lookback_seconds": 0, "max_parallel_requests": 1}
    output = run({**config, **quick, "page_size": page_size}, streams=DEFAULT_STREAMS)
    inspector = Inspector(Warehouse(), world, truth, {})
    for message in output.messages:
        inspector.take(message, with_lines=True)
