"""What every answer has, and how the store says no.

https://developer.bigcommerce.com/docs/start/about/status-codes
https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.orders import PATH
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.doctor.probe.questions import Answer, Question

if TYPE_CHECKING:
    from tap_bigcommerce_carts.doctor.probe.asking import Asking

_RATES = tuple(
    f"x-rate-limit-{each}"
    for each in ("requests-quota", "requests-left", "time-window-ms", "time-reset-ms")
)


def _unknown_field(asking: Asking) -> Answer:
    found = asking.get(PATH, {"limit": 1, "no_such_field": 1}, scope=ORDERS)
    if found.is_given:
        return Answer.told("V2 passes over a field that it does not know.")
    return Answer.told(f"V2 refuses a field that it does not know ({found.status}).")


def _wrong_store(asking: Asking) -> Answer:
    seen = asking.of_no_store(PATH)
    if seen is None:
        return Answer.unknown("No answer came.")
    kind = seen.headers.get("content-type", "").partition(";")[0] or "no content type"
    return Answer.told(f"A store that there is not is answered with {seen.status}, {kind}.")


def _headers(asking: Asking) -> Answer:
    if not asking.seen:
        return Answer.unknown("Nothing was asked before.")
    lacking = sorted({each.route for each in asking.seen if not _has_all(each.headers)})
    dateless = sorted({each.route for each in asking.seen if not each.headers.get("date")})
    if not lacking and not dateless:
        return Answer.either("Every answer has the rate headers and `Date`.", as_assumed=True)
    said = [
        f"{what} lacked on {', '.join(routes)}."
        for what, routes in (("Rate headers", lacking), ("`Date`", dateless))
        if routes
    ]
    return Answer.either(" ".join(said), as_assumed=False)


def _has_all(headers: object) -> bool:
    return isinstance(headers, dict) and all(headers.get(each) for each in _RATES)


UNKNOWN_FIELD = Question(
    "unknown field",
    "What does V2 make of a field that it does not know?",
    (PATH,),
    "bigcommerce/walk.py",
    "Either: filters are checked in what comes, whatever the store makes of them.",
    "Nothing.",
    _unknown_field,
)
WRONG_STORE = Question(
    "wrong store",
    "How is a store hash answered that no store has?",
    (PATH,),
    "bigcommerce/responses.py",
    "Either: the sentences for 401, 403 and 404 all say to check `store_hash`.",
    "Nothing.",
    _wrong_store,
)
HEADERS = Question(
    "headers",
    "Are the rate headers, and `Date`, on every answer?",
    (),
    "http/quota.py",
    "The store's quota is respected. It is read from the response headers.",
    "Without rate headers the tap waits only when it is told to (429). Without `Date` this "
    "machine's clock is used, and the log says so.",
    _headers,
)
