"""The store's clock stands still: no answer that is judged here depends on this machine's."""

from __future__ import annotations

import pytest

from tests.support.harness import Clock


@pytest.fixture
def clock() -> Clock:
    """The store's clock, at noon of 3 March 2026."""
    return Clock()
