"""An inbox beside the store, and runs of the streams that read it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import catalog_for, run
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.harness import Output


@pytest.fixture
def inbox(store: Sandbox, inbox_url: str) -> Iterator[Inbox]:
    with closing(Inbox(store, inbox_url)) as made:
        yield made


@pytest.fixture
def read(config: dict[str, Any], inbox: Inbox) -> Callable[..., Output]:
    """Run the streams of the inbox."""

    def reading(state: dict[str, Any] | None = None, **more: Any) -> Output:
        streams = more.pop("streams", [CARTS, LINES, LOG])
        failing = more.pop("failing", False)
        given = {**config, "inbox_url": inbox.url, **more}
        catalog = catalog_for(streams, inbox_url=inbox.url)
        return run(given, state=state, catalog=catalog, failing=failing)

    return reading
