"""How API2Cart behaves: what differs between platforms, and what can go wrong."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from tap_bigcommerce_carts.sandbox.faults import Failures

KINDS = (
    *("code_1", "code_7", "code_9", "code_10", "code_107", "code_110"),
    *("502_html", "cut_json", "slow"),
)


@dataclass(slots=True)
class Api2Cart(Failures):
    r"""The switches of API2Cart, beside those of `Failures`. Set them while the sandbox runs.

    Attributes:
        kinds: which failures happen at random; by default all of `KINDS` but the slow one.
        order: how a list is sorted: by id up or down, or in no order that means anything.
        cursors: a list offers and accepts cursors; else `next` is always null.
        offsets: a list accepts `start`; some platforms know cursors alone.
        strict_cursors: refuse a cursor that is encoded twice, or comes with filters. Else it is
            decoded once more, and the filters beside it count for nothing.
        cursors_by: what a cursor points at: the last `row`, or a `place` in the list, which
            passes over rows when others leave the list.
        ignored_filters: filters the platform takes and does not apply, e.g. `modified_from`, or
            `start`.
        most_per_page: the largest `count`.
        over_count_code: return code of a larger one; 0 to cut it to that and not say so.
        date_format: `Y-m-d\\TH:i:sO` or `Y-m-d H:i:s`, in PHP's letters.
        date_offset: zone of the dates that are served, e.g. `-0500`.
        plain_dates: refuse a date in the query that has a zone, or a `T`.
        input_offset: zone of a date in the query that has none.
        null_dates: names of dates that are null as a whole.
        null_date_values: names of dates whose `value` is null.
        integer_ids: ids are JSON integers.
        money_as_text: amounts are text.
        lists_for_objects: what is an object and empty is `[]`, as PHP writes it.
        missing_keys: what is null, or empty text or an empty list, is left out.
        empty_emails: ids of carts that are served without e-mail; True for all.
        guest_id: what stands for a customer who is not registered.
        null_basket_url: carts have no link.
        keys_in_query: accept `api_key` and `store_key` in the query as well.
        calls_left: calls left this month; at 0 all are refused with code 10. None: no quota.
        most_per_store: calls at once before code 7.
        most_per_account: calls at once before code 10.
        most_at_once: the most calls at once so far, refused ones included.
    """

    kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind != "slow")
    order: Literal["ascending", "descending", "shuffled"] = "ascending"
    cursors: bool = True
    offsets: bool = True
    strict_cursors: bool = True
    cursors_by: Literal["row", "place"] = "row"
    ignored_filters: Collection[str] = ()
    most_per_page: int = 250
    over_count_code: int = 109
    date_format: str = r"Y-m-d\TH:i:sO"
    date_offset: str = "+0000"
    plain_dates: bool = False
    input_offset: str = "+0000"
    null_dates: Collection[str] = ()
    null_date_values: Collection[str] = ()
    integer_ids: bool = False
    money_as_text: bool = False
    lists_for_objects: bool = False
    missing_keys: bool = False
    empty_emails: Collection[int] | Literal[True] = ()
    guest_id: Literal["0", ""] = "0"
    null_basket_url: bool = False
    keys_in_query: bool = False
    calls_left: int | None = None
    most_per_store: int = 5
    most_per_account: int = 10
    most_at_once: int = 0
    _at_once: int = field(default=0, repr=False)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Count a call for as long as it is under way."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            self._at_once -= 1

    @property
    def at_once(self) -> int:
        """The calls under way."""
        return self._at_once

    def no_email(self, order_id: int) -> bool:
        """Return whether a cart is served without e-mail."""
        return self.empty_emails is True or order_id in self.empty_emails

    def spend(self) -> bool:
        """Count a call against the month's quota; False when it is used up."""
        if self.calls_left is None:
            return True
        if self.calls_left <= 0:
            return False
        self.calls_left -= 1
        return True
