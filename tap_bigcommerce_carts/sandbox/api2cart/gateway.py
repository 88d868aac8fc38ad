"""The gateway: checks keys and quota, calls a method, and returns its response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tap_bigcommerce_carts.sandbox.api2cart import parameters, return_codes
from tap_bigcommerce_carts.sandbox.api2cart.abandoned_list import abandoned
from tap_bigcommerce_carts.sandbox.api2cart.cart_shapes import SHOP, encode
from tap_bigcommerce_carts.sandbox.api2cart.parameters import Query
from tap_bigcommerce_carts.sandbox.api2cart.return_codes import GatewayError
from tap_bigcommerce_carts.sandbox.api2cart.switches import Api2Cart
from tap_bigcommerce_carts.sandbox.faults import Fault
from tap_bigcommerce_carts.sandbox.recorder import Request
from tap_bigcommerce_carts.sandbox.responses import Response
from tap_bigcommerce_carts.sandbox.shop import CHANNELS, Shop

ROOT = "/v1.1/"
JSON = "application/json; charset=utf-8"
_CODE = "code_"

Method = Callable[[Shop, Api2Cart, Query], bytes]


@dataclass(frozen=True, slots=True)
class Keys:
    """The key of an account and the key of one store of it."""

    api_key: str
    store_key: str

    def given(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request's headers have both."""
        return (headers.get("x-api-key"), headers.get("x-store-key")) == (
            self.api_key,
            self.store_key,
        )


def info(_: Shop, __: Api2Cart, query: Query) -> bytes:
    """Return what the store is: the cheapest call there is."""
    parameters.known(query, {*parameters.SELECTORS, "store_id"})
    stores = [{"store_id": str(key), "name": name} for key, name in CHANNELS.items()]
    document = {
        "return_code": 0,
        "return_message": "",
        "result": {
            "cart_name": "BigcommerceApi",
            "url": SHOP,
            "version": "1.0",
            "db_prefix": None,
            "stores_info": stores,
        },
    }
    if "response_fields" in query:
        wanted = parameters.selection(query)
        document = {"return_code": 0, "return_message": ""} | wanted.of(document)
    return encode(document)


METHODS: dict[str, Method] = {
    "cart.info.json": info,
    "order.abandoned.list.json": abandoned,
}


def crowded(switches: Api2Cart) -> GatewayError | None:
    """Return the refusal of a call that is one too many at once."""
    if switches.at_once > switches.most_per_account:
        return GatewayError(return_codes.ACCOUNT_LIMIT)
    if switches.at_once > switches.most_per_store:
        return GatewayError(return_codes.STORE_LIMIT)
    return None


def respond(  # noqa: PLR0913 - what a call is checked by
    record: Request,
    headers: Mapping[str, str],
    *,
    shop: Shop,
    switches: Api2Cart,
    keys: Keys,
    fault: Fault | None = None,
    refused: GatewayError | None = None,
) -> Response:
    """Return the response to a call. Every refusal is HTTP 200 with a return code.

    Args:
        record: the request; its route and return code are noted on it.
        headers: those with the keys.
        shop: what is served.
        switches: how API2Cart behaves.
        keys: the right ones.
        fault: how the call fails.
        refused: the refusal of a call that is one too many.
    """
    try:
        if refused is not None:
            raise refused
        _fail(fault)
        query = _checked(record.query, headers, switches, keys)
        name = record.path.removeprefix(ROOT)
        if record.method != "GET" or name not in METHODS:
            raise GatewayError(return_codes.NO_METHOD)  # noqa: TRY301 - all refusals leave by one way
        record.route = record.path
        with shop.lock:
            body, record.return_code = METHODS[name](shop, switches, query), 0
    except GatewayError as refusal:
        record.return_code = refusal.code
        body = encode(refusal.body(as_list=switches.lists_for_objects))
    return Response(body=body, content_type=JSON)


def _fail(fault: Fault | None) -> None:
    if fault is not None and fault.kind.startswith(_CODE):
        raise GatewayError(int(fault.kind.removeprefix(_CODE)))


def _checked(
    query: Query, headers: Mapping[str, str], switches: Api2Cart, keys: Keys
) -> dict[str, str]:
    """Check keys and quota; return the query without keys."""
    rest = dict(query)
    api_key, store_key = headers.get("x-api-key"), headers.get("x-store-key")
    if switches.keys_in_query:
        in_query = rest.pop("api_key", None), rest.pop("store_key", None)
        api_key, store_key = api_key or in_query[0], store_key or in_query[1]
    if api_key != keys.api_key:
        raise GatewayError(return_codes.API_KEY)
    if store_key != keys.store_key:
        raise GatewayError(return_codes.STORE_KEY)
    if not switches.spend():
        raise GatewayError(return_codes.ACCOUNT_LIMIT)
    return rest
