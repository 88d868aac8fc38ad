"""Which of the forms seen in practice the REST API's responses have."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Literal

from tap_bigcommerce_carts.sandbox.bigcommerce.queries import MAX_LIMIT
from tap_bigcommerce_carts.sandbox.faults import Failures
from tap_bigcommerce_carts.sandbox.shop.dates import parse_bare, parse_v2

# What makes of a bound that is not included one that is.
_IDS = {"min_id": 1, "max_id": -1}
_DATES = {"min_date_modified": 1, "max_date_modified": -1}


@dataclass(slots=True)
class Faults(Failures):
    """The switches of the REST API, all off at first. Set them while the sandbox runs.

    Attributes:
        consignments_as_array: an array around the consignments, whatever the request asks for.
        warning_position: where `__warning__` goes when lines are cut.
        empty_line_items: ids of orders whose included lines are missing; True for all.
        dict_line_items: downloads and gift certificates carry one line as an object.
        empty_list_as_200: an empty V2 list is `[]` instead of 204.
        unauthorized_as: form of 401; None: as the real store does in each case.
        suspended: every request is refused, as a suspended store does.
        v3_errors_as: form of `errors` in V3 refusals.
        customers_cursor: customers offer and accept cursors.
        money_as_number: amounts of orders and lines are JSON numbers.
        credit_card_type_object: `credit_card_type` is `{}`.
        form_fields_as: `array` (of nothing), `string` (an empty one), or `array_value`: a form
            field whose value is an array.
        ignored: fields of a query that count for nothing, such as `status_id`.
        most_rows: rows a page has at most, whatever `limit` says; None for as many as asked for.
        exclusive_dates: customers of the very second of a bound are not listed, as the
            specification says ("after", "before"); inclusive bounds were seen.
        exclusive_order_dates: which bounds of an order's modification date do not include their
            own second; inclusive ones were seen, nothing is documented.
        bare_dates_as: what a date of V2 without an offset is: an error, or a time in UTC or in
            the store's zone; not documented.
        store_offset: seconds that the store's time zone is ahead of UTC.
        exclusive_ids: orders with the very id of a bound are not listed; not documented.
        undated_left_out: a row whose `date_modified` is null is in no list that is asked for by
            that date, as a database does with null; not documented.
        lower_headers: header names come in lower case.
        list_archived: archived orders are listed.
        incomplete_uncounted: orders in status 0 are counted only if they are asked for; one
            public report says so, the documents' example does not.
        count_unlisted: archived orders are counted though they are not listed; not documented.
        most_included: the largest `limit` that a list of orders keeps to its includes with; None
            for any.
        carts_end_at_payment: neither the cart nor the checkout of an order in status 0 can be
            read; not documented.
        incomplete_transactions: an order in status 0 has the transaction that failed; not
            documented.
        no_transactions_as_204: an order without transactions answers 204 instead of an empty
            list; the specification has both.
        v3_limit_capped: a `limit` above 250 is taken for 250 by V3, and not refused.
        end_cursor_null: the last page by cursor has none to go on from; else that of its last row.
        cursors_keep_sort: pages by cursor come in the order of `sort`; else by id.
        most_ids: how many ids `id:in` takes; None for any number.
        no_rate_headers: no response says how many requests are left.
        no_date: no response says what time it is.
        wrong_store_as_404: a request to another store than the token's gets a web page that says
            404, as one guide has seen; else a 403, as documented.
        default_site_unlisted: the site of the default storefront is in no list of sites; the
            documents call it a list of headless storefronts' sites, and it is not said whether
            that one is among them.
        log_severity_as: form of `severity` in the store's log; documented as text, not which.
        without_checkout: ids of carts that have no checkout; True for all. Every cart has one of
            its id, the documents say; when it comes to be they do not.
        checkout_order_ids: a checkout names its order in status 0; not documented.
        reset_ms: what the reset header of a 429 says.
    """

    consignments_as_array: bool = False
    warning_position: Literal["consignment", "consignments", "order"] = "consignment"
    empty_line_items: Collection[int] | Literal[True] = ()
    dict_line_items: bool = False
    empty_list_as_200: bool = False
    unauthorized_as: Literal["json", "text"] | None = None
    suspended: bool = False
    v3_errors_as: Literal["map", "array", "absent"] = "map"
    customers_cursor: bool = True
    money_as_number: bool = False
    credit_card_type_object: bool = False
    form_fields_as: Literal["array", "string", "array_value"] = "array"
    ignored: Collection[str] = ()
    most_rows: int | None = None
    exclusive_dates: bool = False
    exclusive_order_dates: Collection[Literal["min_date_modified", "max_date_modified"]] = ()
    bare_dates_as: Literal["refused", "utc", "store"] = "refused"
    store_offset: int = 0
    exclusive_ids: bool = False
    undated_left_out: bool = False
    lower_headers: bool = False
    list_archived: bool = True
    incomplete_uncounted: bool = False
    count_unlisted: bool = False
    most_included: int | None = None
    carts_end_at_payment: bool = False
    incomplete_transactions: bool = False
    no_transactions_as_204: bool = False
    v3_limit_capped: bool = False
    end_cursor_null: bool = False
    cursors_keep_sort: bool = False
    most_ids: int | None = None
    no_rate_headers: bool = False
    no_date: bool = False
    wrong_store_as_404: bool = False
    default_site_unlisted: bool = False
    log_severity_as: Literal["digit", "number", "word"] = "digit"
    without_checkout: Collection[str] | Literal[True] = ()
    checkout_order_ids: bool = False
    reset_ms: int = 50

    def heard(self, query: Mapping[str, str], *, v3: bool = False) -> dict[str, str]:
        """Return a query as the API takes it: without what is ignored, bounds as it has them.

        Args:
            query: the fields of the request.
            v3: whether it is one to V3.
        """
        heard = {name: value for name, value in query.items() if name not in self.ignored}
        for most in (self.most_rows, MAX_LIMIT if v3 and self.v3_limit_capped else None):
            if most is not None and heard.get("limit", "").isdigit():
                heard["limit"] = str(min(int(heard["limit"]), most))
        for name, step in _IDS.items() if self.exclusive_ids else ():
            if heard.get(name, "").isdigit():
                heard[name] = str(int(heard[name]) + step)
        for name, step in _DATES.items():
            if name in heard:
                heard[name] = self._bound(heard[name], step if self._is_exclusive(name) else 0)
        return heard

    def _is_exclusive(self, name: str) -> bool:
        return name in self.exclusive_order_dates

    def _bound(self, text: str, seconds: int) -> str:
        """Return a bound that is included for one as it was sent; what is no date stays."""
        zone = timezone(
            timedelta(seconds=self.store_offset if self.bare_dates_as == "store" else 0)
        )
        with suppress(ValueError, TypeError, IndexError):
            if self.bare_dates_as != "refused" and (bare := parse_bare(text)):
                return (bare.replace(tzinfo=zone) + timedelta(seconds=seconds)).isoformat()
            if seconds:
                return (parse_v2(text) + timedelta(seconds=seconds)).isoformat()
        return text

    def no_lines(self, order_id: int) -> bool:
        """Return whether an order's included lines are missing."""
        return self.empty_line_items is True or order_id in self.empty_line_items

    def no_checkout(self, cart_id: str) -> bool:
        """Return whether a cart has no checkout."""
        return self.without_checkout is True or cart_id in self.without_checkout
