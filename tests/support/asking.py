"""One request at a time to a scripted store."""

from __future__ import annotations

from typing import Any

from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.errors import (
    StoreError,
)
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits
from tests.support.scripted import Answer, Script

TOKEN = "token-that-nobody-may-see-77"  # noqa: S105 - opens nothing

PATH = "/v2/orders"

SCOPE = "Orders: read-only"

HTML = "<!DOCTYPE html>\n<html><body><h1>shopper@example.org was here</h1></body></html>"

# What may be in no message: the token, and what a body says of a shopper.
SECRETS = (TOKEN, "shopper@example.org")


def connection(url: str, retry_for: float = 60) -> BigCommerceConnection:
    return BigCommerceConnection(
        url, "hash1", TOKEN, Limits(timeout=5, retry_for=retry_for, reserve=0)
    )


def ask(
    *answers: Answer, retry_for: float = 60, query: dict[str, str | int] | None = None
) -> tuple[Any, list[tuple[str, str, dict[str, str]]]]:
    """Read one resource from a scripted store; gives the body or the error, and the requests."""
    with Script(*answers).serving() as script:
        session = StoreSession(connection(script.url, retry_for))
        try:
            return session.get(PATH, query, scope=SCOPE), script.seen
        except StoreError as error:
            return error, script.seen
        finally:
            session.close()


def v3(status: int, title: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "title": title, "type": "https://example.com/codes", **more}
