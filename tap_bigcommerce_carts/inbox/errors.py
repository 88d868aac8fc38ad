"""What can go wrong in the inbox; each message is a sentence for who can mend it."""

from tap_bigcommerce_carts.platform.errors import StoreError


class InboxError(StoreError):
    """The command or the run cannot go on; the message says what to do."""


class StorageError(InboxError):
    """The database cannot be used now; what was to be written is not in it for certain."""


class ShapeError(Exception):
    """A request's body is not an event that can be used."""


class OtherScopeError(Exception):
    """A request's body is an event, but not of a cart."""
