"""The SDK's standard tests, with rows in every stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Sandbox, Shop
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import ALL_STREAMS, catalog_for

if TYPE_CHECKING:
    from collections.abc import Iterator

# Filled in when the sandbox has its port, before the first test runs.
SETTINGS: dict[str, Any] = {"store_hash": "later", "access_token": "later"}

StandardTests: Any = get_tap_test_class(
    TapBigCommerceCarts,
    config=SETTINGS,
    parse_env_config=False,
    catalog=catalog_for(ALL_STREAMS),
    suite_config=SuiteConfig(max_records_limit=100, ignore_no_records=False),
)


class TestTap(StandardTests):  # type: ignore[misc]
    """Every stream has rows here, so every check looks at values."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def store(cls) -> Iterator[Sandbox]:
        """A shop that looks real."""
        with Sandbox(Shop.seeded(carts=300, seed=3), scopes=ALL_SCOPES) as sandbox:
            SETTINGS.update(sandbox.config())
            yield sandbox
