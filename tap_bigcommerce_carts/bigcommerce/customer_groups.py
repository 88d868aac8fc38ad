"""Customer groups: their names.

https://developer.bigcommerce.com/docs/rest-management/customers-v2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.pagination import v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import CUSTOMERS

if TYPE_CHECKING:
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession


def listed_groups(session: StoreSession) -> list[Any]:
    """Return what the list of customer groups holds.

    Args:
        session: the conversation with the store.
    """
    return session.all_pages("/v2/customer_groups", {}, v2_page, scope=CUSTOMERS)
