"""Webhooks: the hooks of an API account, their routes, and the sender."""
