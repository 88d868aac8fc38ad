"""Refusals of API2Cart: HTTP 200 with a return code.

https://docs.api2cart.com/post/error-codes
"""

from dataclasses import dataclass
from typing import Any

API_KEY, NO_METHOD, STORE_KEY, STORE_LIMIT, ACCOUNT_LIMIT = 2, 3, 4, 7, 10
PLATFORM, PARAMETER = 107, 109
_MESSAGES = {
    1: "The service is unavailable",
    API_KEY: "Incorrect API key",
    NO_METHOD: "There is no such method",
    STORE_KEY: "Incorrect store key",
    5: "The account may not use the API",
    6: "The API key is disabled",
    STORE_LIMIT: "The limit of requests to this store is exceeded",
    9: "Internal error",
    ACCOUNT_LIMIT: "The limit of requests of this account is exceeded",
    100: "The store cannot be reached with these credentials",
    PLATFORM: "BigcommerceApi error message: Cart of shopper@example.org is not valid",
    110: "The store answers that there are too many requests",
    111: "Too many items are requested",
    112: "The entity is not found",
}


@dataclass(eq=False)
class GatewayError(Exception):
    """A refusal with a return code; without a message it has the usual one."""

    code: int
    message: str = ""

    def body(self, *, as_list: bool = False) -> dict[str, Any]:
        """Return the JSON body; its empty result is a list at times, as PHP writes it."""
        message = self.message or _MESSAGES.get(self.code, f"Error {self.code}")
        result: Any = [] if as_list or self.code == PLATFORM else {}
        return {"return_code": self.code, "return_message": message, "result": result}


def invalid(name: str, required: str) -> GatewayError:
    """Return the refusal of a parameter."""
    return GatewayError(PARAMETER, f"Parameter '{name}' is not valid. Required type is {required}.")
