"""Intervals for shares, by what they are instead of their usual formulas, in exact numbers."""

from decimal import Decimal, localcontext
from fractions import Fraction

Z = Fraction("1.959963984540054")


def ends(part: int, whole: int) -> tuple[Fraction, Fraction]:
    """Return the shares that lie as far from what was seen as chance lets them: Wilson's interval.

    These are the two shares p for which (part/whole - p)^2 = Z^2 p (1 - p) / whole.
    """
    seen = Fraction(part, whole)
    a, b, c = 1 + Z**2 / whole, -2 * seen - Z**2 / whole, seen**2
    root = _root(b**2 - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def difference(one: tuple[int, int], other: tuple[int, int]) -> tuple[Fraction, Fraction]:
    """Return the ends of the difference of two shares: Newcombe's hybrid of Wilson's intervals."""
    (low, high), (other_low, other_high) = ends(*one), ends(*other)
    here, there = Fraction(*one), Fraction(*other)
    down = _root((here - low) ** 2 + (other_high - there) ** 2)
    up = _root((high - here) ** 2 + (there - other_low) ** 2)
    return here - there - down, here - there + up


def coming(value: Fraction, part: int, whole: int) -> tuple[Fraction, Fraction, Fraction]:
    """Return what one more of so many brings on average, its variance, and the average's error.

    The share has the beta distribution that was seen of it (Bayes, all shares alike before).
    """
    a, b = part + 1, whole - part + 1
    share, square = Fraction(a, a + b), Fraction(a * (a + 1), (a + b) * (a + b + 1))
    return (
        value * Fraction(part, whole),
        value**2 * share * (1 - share),
        value * _root(square - share**2),
    )


def reach_of_sum(variance: Fraction, error: Fraction, largest: Fraction) -> Fraction:
    """Return how far a sum may be off: by its deviation, and as it is lopsided by the largest."""
    return Z * _root(variance + error**2) + (Z**2 - 1) / 6 * largest


def rounded(number: Fraction) -> Decimal:
    """Return a number to four places, halves up."""
    return (
        Decimal((20000 * number.numerator + number.denominator) // (2 * number.denominator)) / 10000
    )


def _root(number: Fraction) -> Fraction:
    with localcontext(prec=60):
        return Fraction((Decimal(number.numerator) / number.denominator).sqrt())
