"""Webhooks: the hooks of an API account, their routes, and the sender."""

from .hooks import Sending
from .sender import STEPS, Webhooks

__all__ = ["STEPS", "Sending", "Webhooks"]
