"""Webhooks: the hooks of an API account, their routes, and the sender."""

from .sender import STEPS, Sending, Webhooks

__all__ = ["STEPS", "Sending", "Webhooks"]
