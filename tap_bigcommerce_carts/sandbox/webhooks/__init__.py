"""Webhooks: the hooks of an API account, their routes, and the sender."""

from tap_bigcommerce_carts.sandbox.webhooks.hooks import Sending
from tap_bigcommerce_carts.sandbox.webhooks.sender import STEPS, Webhooks

__all__ = ["STEPS", "Sending", "Webhooks"]
