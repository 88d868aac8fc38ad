"""Where the documents of a list stand in an answer."""

from __future__ import annotations

from typing import Any

from tap_bigcommerce_carts.platform.errors import StoreError


def bare_list(body: Any, path: str) -> list[Any]:
    """Read a V2 list; None is the 204 that stands for an empty one."""
    if body is None:
        return []
    if isinstance(body, list):
        return body
    raise StoreError(f"{path} answered with something other than a list. Check `api_url`.")


def wrapped_list(body: Any, path: str) -> list[Any]:
    """Read the list under `data` of a V3 answer."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return data
    if body is None:
        return []
    raise StoreError(f"{path} answered without the `data` it should hold. Check `api_url`.")
