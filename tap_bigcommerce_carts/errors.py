"""What can go wrong, one exception per thing the caller does about it.

Every message is a sentence for the person who can mend it. None ever holds the access
token or a piece of a response that could be about a shopper.
"""

from __future__ import annotations


class TapError(Exception):
    """What a user can see, and mend: the message is a sentence for them, without a secret."""


class SettingsError(TapError):
    """A setting is missing or wrong; the message names it and says what it must be."""


class UnnamedError(SettingsError):
    """Nothing says which of several things is meant, or that there is one; some do without."""


class MissingExtraError(TapError):
    """Packages of an extra are not installed; the message says which extra to install."""


class CatalogError(TapError):
    """The catalog asks for what this tap does not have."""


class StateError(TapError):
    """The STATE given cannot be resumed from; the message says what to do."""


class OutputError(TapError):
    """Standard output, or a file, does not take what is written to it."""


class NoMartsError(TapError):
    """The marts that the report is about cannot be read; the message says what to do."""


class WarehouseError(TapError):
    """The warehouse cannot be read or written; the message says what to do, without a password."""


class AlreadyRunningError(TapError):
    """Another run loads this store now: a second one would load the same rows."""


class IncompleteRunError(TapError):
    """Some selected streams were not read; the others were."""


class UnverifiedError(TapError):
    """What is loaded cannot be compared with the store; the message says why."""


class SandboxError(TapError):
    """The invented store cannot be served, or not written about; the message says what to do."""


class StoreError(TapError):
    """What is read cannot be read any further: its stream ends with this sentence."""


class OutOfReachError(StoreError):
    """The whole store is out of reach, whatever is asked for: the run ends with this sentence."""


class MissingScopeError(StoreError):
    """The token may not read this resource; other resources may still be readable.

    Attributes:
        scope: the OAuth scope as the control panel names it, such as "Orders: read-only".
    """

    def __init__(self, message: str, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class NotFoundError(StoreError):
    """The resource is not there, such as an order deleted since it was listed."""


class RefusedError(StoreError):
    """The store does not accept this request, as it is; it may accept others."""


class BadParameterError(StoreError):
    """API2Cart does not take a parameter (return code 109): another form of it may pass."""


class UnexpectedResponseError(StoreError):
    """A response that does not hold what was asked for; others may."""


class NotSentError(StoreError):
    """A request that was not sent: too many before it were given up, or were sent."""


class BudgetSpentError(NotSentError):
    """All requests that a probe may send were sent: what is not known yet stays so."""


class NotGivenError(StoreError):
    """What a probe asked for was refused, or did not come; no path or id is in the message."""


class SkippedError(StoreError):
    """One of many things cannot be read; the others may: it is counted, named and skipped."""


class TransientError(StoreError):
    """A fault that may pass: the request is retried.

    Attributes:
        wait: seconds the store asked us to wait, or None if it did not.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class NoConnectionError(TransientError):
    """Nobody answers at the address; when it does not pass, the whole store is out of reach."""


class WrongAddressError(NoConnectionError):
    """There is no such name, or it cannot prove its name: if it never could, that stays."""


class HeavyRequestError(TransientError):
    """A fault that often comes of a request that asks for too much: a smaller page may pass."""


class PossiblyTransientError(StoreError):
    """A fault that may pass or may stay: a few tries tell."""


class UnreadableResponseError(PossiblyTransientError):
    """A response that is not the JSON it should be: cut short, or from somebody else."""


class InboxError(StoreError):
    """The inbox cannot be used; the message says what to do."""


class StorageError(InboxError):
    """The database cannot be used now; what was to be written is not in it for certain."""


class ShapeError(Exception):
    """A request's body is not an event that can be used."""


class OtherScopeError(Exception):
    """A request's body is an event, but not of a cart."""
