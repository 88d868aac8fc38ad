"""The programs that the tap is compared with read the same carts and lines as the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.benchmarks.contenders import EVERYONE, FLOOR, PLAIN, THIS, Contender
from tools.benchmarks.measure import measure
from tools.benchmarks.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

CARTS = 300
BUDGET = 60.0


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """A store of two pages, some lines of which come cut."""
    with Store(CARTS) as store:
        yield store


@pytest.fixture(scope="module")
def whole(store: Store) -> int:
    """The carts and lines that the tap writes."""
    return measure(THIS, store, "", BUDGET).records


@pytest.mark.parametrize("who", [FLOOR, PLAIN], ids=lambda who: who.name)
def test_all_write_the_same_number_of_carts_and_lines(
    who: Contender, store: Store, whole: int
) -> None:
    one = measure(who, store, "", BUDGET)
    assert (one.outcome, one.note) == ("finished", "")
    assert one.records == whole > CARTS
    assert one.seconds > one.first > 0
    assert one.peak_mb


def test_requests_per_cart_are_as_the_computed_figures_assume(store: Store) -> None:
    one = measure(PLAIN, store, "", BUDGET)
    assert one.requests == pytest.approx(PLAIN.per_cart * CARTS, abs=2)


def test_what_takes_too_long_is_stopped(store: Store) -> None:
    one = measure(PLAIN, store, "", 0.05)
    assert one.outcome == "stopped"


def test_names_are_distinct() -> None:
    assert len({who.name for who in EVERYONE}) == len(EVERYONE)
