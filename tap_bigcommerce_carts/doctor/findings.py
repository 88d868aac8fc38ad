"""What a check found: what was asked, the verdict, a sentence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import (
    InboxError,
    MissingScopeError,
    NoConnectionError,
    NotFoundError,
    OutOfReachError,
    StoreError,
    TapError,
    TransientError,
    UnexpectedResponseError,
    UnreadableResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What of the store's answers does not pass by itself.
_STAYS = (NotFoundError, OutOfReachError, UnexpectedResponseError, UnreadableResponseError)


class Verdict(StrEnum):
    """How something stands."""

    FINE = "fine"
    NOTE = "note"
    FAULT = "fault"
    # It could not be found out now; another time it may.
    UNKNOWN = "not known"
    # There is nothing to check, or what checks it is not installed.
    LEFT_OUT = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        asked: what was asked, in a few words, such as `clock`.
        verdict: how it stands.
        said: a sentence about it, or several; no secret.
        todo: a sentence that says what to do; empty if nothing is, or `said` says it.
    """

    asked: str
    verdict: Verdict
    said: str
    todo: str = ""

    @classmethod
    def fine(cls, asked: str, said: str) -> Finding:
        """Return a finding that all is well."""
        return cls(asked, Verdict.FINE, said)

    @classmethod
    def note(cls, asked: str, said: str, todo: str = "") -> Finding:
        """Return a finding that is good to know, and no fault."""
        return cls(asked, Verdict.NOTE, said, todo)

    @classmethod
    def fault(cls, asked: str, said: str, todo: str = "") -> Finding:
        """Return a finding that something is wrong."""
        return cls(asked, Verdict.FAULT, said, todo)

    @classmethod
    def unknown(cls, asked: str, said: str, todo: str = "") -> Finding:
        """Return a finding that something could not be found out now."""
        return cls(asked, Verdict.UNKNOWN, said, todo)

    @classmethod
    def left_out(cls, asked: str, said: str, todo: str = "") -> Finding:
        """Return a finding that something was not looked at, which is no fault."""
        return cls(asked, Verdict.LEFT_OUT, said, todo)


def of_error(asked: str, error: TapError) -> Finding:
    """Return the finding that an error is.

    Args:
        asked: what was asked.
        error: what came instead of an answer.
    """
    said = f"{str(error)[:1].upper()}{str(error)[1:]}"
    if isinstance(error, MissingScopeError):
        return Finding.left_out(asked, f"It needs the scope {error.scope}.")
    if isinstance(error, InboxError):
        cause = error.__cause__
        passes = "locked" in said or (
            isinstance(cause, TransientError) and not isinstance(cause, NoConnectionError)
        )
    else:
        passes = isinstance(error, StoreError) and not isinstance(error, _STAYS)
    return Finding(asked, Verdict.UNKNOWN if passes else Verdict.FAULT, said)


def alone(asked: str, extra: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what a check finds, also if it fails: then the others go on.

    Args:
        asked: what it asks, for the finding that it failed.
        extra: of the distribution, which brings the packages that it needs.
        check: yields findings.
    """
    try:
        yield from check()
    except ModuleNotFoundError as error:
        yield Finding.left_out(
            asked,
            f"The packages to check it are not installed ({error.name} is missing).",
            f"Install tap-bigcommerce-carts[{extra}].",
        )
    except TapError as error:
        yield of_error(asked, error)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the exit code: 0 all is well, 1 there are faults, 3 not all could be found out."""
    verdicts = {each.verdict for each in findings}
    if Verdict.FAULT in verdicts:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts else 0
