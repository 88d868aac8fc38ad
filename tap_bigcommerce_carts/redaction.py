"""What comes from outside, made fit to be repeated: in a log, an error, what a command prints.

A store's words, an id of its making, a header: each may hold a shopper's address, a secret that
was sent, or characters that forge a line of the log or steer a terminal.
"""

from __future__ import annotations

import logging
import re

_LONGEST = 160
# Text is cut before it is looked through: it may be of any length.
_MOST_LOOKED_AT = 2_000
_BREAK = r"\s<>\"'(),;:=/\\|?&#"
# But for what our own sentences say of addresses: their form, and how an @ is written in one.
_EMAIL = re.compile(
    rf"(?<=user:)(password@host)(?=[:/])|[^{_BREAK}@]*(?:@|%40(?!\.(?:\s|$)))[^{_BREAK}@]+",
    re.IGNORECASE,
)
# These log whole addresses, with the token that stands in some, and what a query asks for.
_TALKATIVE = ("urllib3.connectionpool", "urllib3.util.retry")


class SecretPath(str):
    """A path whose last part nobody may read: it is sent whole, and written without it."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(f"{self.rpartition('/')[0]}/…", spec)


def secret_in(path: str) -> str | None:
    """Return the part of a path that nobody may read, or None if there is none."""
    return path.rpartition("/")[2] if isinstance(path, SecretPath) else None


def redacted(text: object, *secrets: str | None, longest: int = _LONGEST) -> str:
    """Return a text of somebody else's, fit to be repeated.

    Args:
        text: what came from outside; anything but text is taken as Python writes it.
        secrets: what must not be repeated, if it is in there; None and "" are none.
        longest: characters to keep.

    Returns:
        One line of printable characters, without the secrets and without e-mail addresses.
    """
    words = str(text)
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    words = "".join(each if each.isprintable() else " " for each in words[:_MOST_LOOKED_AT])
    words = _EMAIL.sub(lambda found: found[1] or "(an e-mail address)", " ".join(words.split()))
    return words if len(words) <= longest else words[: longest - 1] + "…"


def silence_http_libraries() -> None:
    """Drop what the HTTP library logs of each request; the session has a line of its own."""
    for name in _TALKATIVE:
        # On the logger, so that no configuration of levels and handlers brings it back.
        logging.getLogger(name).addFilter(_never)


def _never(_: logging.LogRecord) -> bool:
    return False
