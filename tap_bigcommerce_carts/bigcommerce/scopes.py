"""Scopes as the control panel names them (Settings > API > Store-level API accounts)."""

CARTS = "Carts: read-only"
CHANNELS = "Channel settings: read-only"
CUSTOMERS = "Customers: read-only"
INFORMATION = "Information & settings: read-only"
LOGS = "Store logs: read-only"
ORDERS = "Orders: read-only"
SITES = "Sites & routes: read-only"
