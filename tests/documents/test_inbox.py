"""What the documents say to do with the inbox, done with a store of the sandbox."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.harness import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a folder for the inbox, a free port for its service, and a store's token for it."""
    folder = tmp_path_factory.mktemp("inbox")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with Sandbox(Shop(clock=Clock()), store_hash="abc123") as sandbox:
        yield Stage(
            folder,
            variables={
                "CART_INBOX_API_URL": sandbox.url,
                "CART_INBOX_PORT": str(port),
                # For what stands by itself in a sentence.
                "CART_INBOX_URL": f"sqlite:///{folder}/inbox.db",
                "CART_INBOX_STORES": "abc123",
                "CART_INBOX_ACCESS_TOKEN": sandbox.token,
            },
            replaced={
                "SECRET=…": "SECRET=an-invented-secret",
                "TOKEN=…": f"TOKEN={sandbox.token}",
                "/var/lib/cart-inbox": str(folder),
            },
        )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
