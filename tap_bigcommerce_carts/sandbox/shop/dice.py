"""Repeatable chance: the same seed gives the same shop."""

from hashlib import blake2b
from random import Random


def dice(*seed: object) -> Random:
    """Return a random source that depends on nothing but `seed`."""
    return Random(":".join(map(str, seed)))  # noqa: S311 - invents data, guards nothing


def likely(chance: Random, share: float) -> bool:
    """Return True in a `share` (0 to 1) of all cases."""
    return chance.random() < share


def digest(*seed: object) -> bytes:
    """Return 16 bytes that depend on nothing but `seed`; quicker than `dice` for a few draws."""
    return blake2b(":".join(map(str, seed)).encode(), digest_size=16).digest()
