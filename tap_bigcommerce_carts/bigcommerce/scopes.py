"""Scopes as the control panel names them (Settings > API > Store-level API accounts)."""

CARTS = "Carts: read-only"
CHANNELS = "Channel settings: read-only"
CUSTOMERS = "Customers: read-only"
INFORMATION = "Information & settings: read-only"
ORDERS = "Orders: read-only"
# The older documentation puts recovery tokens under one scope, the newer under the other.
CARTS_OR_INFORMATION = f"{CARTS} (or {INFORMATION})"
