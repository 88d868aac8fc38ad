"""Is the access token right, and of this store?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

JSON = "--format=json"
ASKED = "access token"


def test_a_token_that_the_store_knows_is_fine(store: Sandbox, doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, config=store.config())
    assert ended.verdicts()[ASKED] == "fine"
    assert {each.method for each in store.requests} == {"GET"}


def test_a_token_that_nobody_knows_is_a_fault_that_names_the_setting(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    ended = doctor(JSON, config={**store.config(), "access_token": "mistyped-token"})
    assert ended.code == 1
    assert ended.verdicts()[ASKED] == "fault"
    assert "Check `access_token`" in ended.said(ASKED)
    # Nothing else can be found out.
    assert len(store.requests) == 1
    assert "mistyped-token" not in ended.out


def test_a_store_that_is_closed_is_a_fault_in_its_own_words(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.faults.suspended = True
    ended = doctor(JSON, config={**store.config(), "store_hash": "sandbox1"})
    assert ended.code == 1
    assert "503" in " ".join(ended.said(each) for each in ended.verdicts())


@pytest.mark.parametrize("as_404", [False, True])
def test_a_token_of_another_store_is_told_from_one_without_scopes(
    store: Sandbox, doctor: Callable[..., Ended], *, as_404: bool
) -> None:
    store.faults.wrong_store_as_404 = as_404
    ended = doctor(JSON, config={**store.config(), "store_hash": "another1"})
    assert (ended.code, ended.verdicts()[ASKED]) == (1, "fault")
    assert "Check `store_hash`" in ended.said(ASKED)
    assert "another1" not in ended.out
    store.scopes.clear()
    assert doctor(JSON, config=store.config()).verdicts()[ASKED] == "fine"
