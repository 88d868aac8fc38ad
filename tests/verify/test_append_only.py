"""Where a loader only appends, a check takes views that keep the newest row of each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.verify.checking import STREAMS, found, shop_of_ten

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = """
    create view newest.{0} as
    select * exclude turn
    from (
        select *, row_number() over (partition by store, id order by date_modified desc) as turn
        from bigcommerce.{0}
    ) where turn = 1
"""


def test_a_row_that_was_appended_again_is_extra_but_not_in_such_a_view(tmp_path: Path) -> None:
    with shop_of_ten(tmp_path) as shop:
        shop.change(
            *(f"insert into bigcommerce.{each} from bigcommerce.{each}" for each in STREAMS),
            "create schema newest",
            *(NEWEST.format(each) for each in STREAMS),
        )
        extra = found(shop.check())
        assert extra.keys() == {*STREAMS}
        assert all(kinds.keys() == {"extra"} for kinds in extra.values())
        shop.schema = "newest"
        check = shop.check()
    assert check.is_proven
    assert found(check) == {}
