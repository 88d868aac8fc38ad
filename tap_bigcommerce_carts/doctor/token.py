"""Is the access token right, and of this store? The list of hooks tells, which needs no scope.

https://developer.bigcommerce.com/docs/start/authentication/api-accounts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.errors import MissingScopeError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_ASKED = "access token"
_OTHER_STORE = (
    "BigCommerce knows the access token, but not for this store ({status}): it is of another "
    "store, or the hash is mistyped."
)
_TODO = "Check `store_hash`: it stands in the API path that was shown with the token."


def check_token(session: StoreSession) -> Finding:
    """Return whether the token opens the store; one request.

    Args:
        session: the conversation with the store.

    Raises:
        StoreError: nothing can be asked of the store.
    """
    try:
        session.get("/v3/hooks", {"limit": 1}, scope="", brief=True)
    except MissingScopeError:
        return Finding.fault(_ASKED, _OTHER_STORE.format(status=403), _TODO)
    except NotFoundError:
        return Finding.fault(_ASKED, _OTHER_STORE.format(status=404), f"{_TODO} Check `api_url`.")
    except RefusedError as error:
        return Finding.unknown(_ASKED, f"{error}")
    return Finding.fine(_ASKED, "BigCommerce knows it, for this store.")
