"""Which of the forms seen in practice the REST API's responses have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from tap_bigcommerce_carts.sandbox.faults import Failures

# What makes of a bound that is not included one that is.
_IDS = {"min_id": 1, "max_id": -1}


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
        exclusive_ids: orders with the very id of a bound are not listed; not documented.
        undated_left_out: a row whose `date_modified` is null is in no list that is asked for by
            that date, as a database does with null; not documented.
        lower_headers: header names come in lower case.
        list_archived: archived orders are listed.
        incomplete_uncounted: orders in status 0 are counted only if they are asked for; one
            public report says so, the documents' example does not.
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
    exclusive_ids: bool = False
    undated_left_out: bool = False
    lower_headers: bool = False
    list_archived: bool = True
    incomplete_uncounted: bool = False
    default_site_unlisted: bool = False
    log_severity_as: Literal["digit", "number", "word"] = "digit"
    without_checkout: Collection[str] | Literal[True] = ()
    checkout_order_ids: bool = False
    reset_ms: int = 50

    def heard(self, query: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of a query that are not ignored, with the largest `limit` there is."""
        heard = {name: value for name, value in query.items() if name not in self.ignored}
        limit = heard.get("limit", "")
        if self.most_rows is not None and limit.isdigit():
            heard["limit"] = str(min(int(limit), self.most_rows))
        for name, step in _IDS.items() if self.exclusive_ids else ():
            if heard.get(name, "").isdigit():
                heard[name] = str(int(heard[name]) + step)
        return heard

    def no_lines(self, order_id: int) -> bool:
        """Return whether an order's included lines are missing."""
        return self.empty_line_items is True or order_id in self.empty_line_items

    def no_checkout(self, cart_id: str) -> bool:
        """Return whether a cart has no checkout."""
        return self.without_checkout is True or cart_id in self.without_checkout
