"""Amounts of money as BigCommerce writes them, counted without floats.

Inside the sandbox an amount is a whole number of ten-thousandths ("units") of its currency.
"""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

ONE = 10_000
CENT = ONE // 100


@lru_cache(maxsize=1 << 16)
def money(units: int) -> str:
    """Return `units` as text with four decimals: 125000 gives `"12.5000"`."""
    return f"-{money(-units)}" if units < 0 else f"{units // ONE}.{units % ONE:04d}"


def number(units: int) -> int | float:
    """Return `units` as a JSON number, the way consignments carry their amounts."""
    return units // ONE if units % ONE == 0 else units / ONE


def units(value: Any) -> int:
    """Return the units of a served amount; a value that is no amount counts as nothing."""
    return _units(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=1 << 16)
def _units(text: str) -> int:
    try:
        return int(Decimal(text) * ONE)
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def share(amount: int, percent: int, step: int) -> int:
    """Return `percent` of `amount`, rounded to whole `step`s (a cent, or a whole yen).

    Args:
        amount: in units.
        percent: of it.
        step: smallest coin, in units.
    """
    return (amount * percent + 50 * step) // (100 * step) * step
