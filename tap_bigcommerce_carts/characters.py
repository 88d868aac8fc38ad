"""Text that can be kept: no NUL, which PostgreSQL refuses, and no half of a character."""

from __future__ import annotations

from typing import Any

# As JSON writes it.
_NUL = b"\\u0000"


def clean(value: Any) -> Any:
    """Return a JSON value without what is no character in its text: NUL, and halves of others."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return value


def has_nul(content: bytes) -> bool:
    """Whether JSON may hold the character NUL."""
    # From the end the search skips all that holds no backslash: twice as fast.
    return content.rfind(_NUL) >= 0
