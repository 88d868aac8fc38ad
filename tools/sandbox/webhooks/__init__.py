"""Webhooks: the hooks of an API account, their routes, and the sender."""

from tools.sandbox.webhooks.hooks import Sending
from tools.sandbox.webhooks.sender import STEPS, Webhooks

__all__ = ["STEPS", "Sending", "Webhooks"]
