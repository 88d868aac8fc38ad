"""What a question is: what it reads, how an answer is judged, and what of the code rests on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.doctor.probe.asking import Asking


class Verdict(StrEnum):
    """How a store's answer stands to what the code assumes."""

    CONFIRMED = "as assumed"
    REFUTED = "not as assumed"
    # Nothing was assumed: the code takes either.
    TOLD = "told"
    # The store has nothing that would tell, or did not answer.
    UNKNOWN = "not known"
    # A scope is missing, or the requests were used up.
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store answers.

    Attributes:
        verdict: how it stands to what the code assumes.
        said: a sentence; no id, name, amount, date or address of the store is in it.
    """

    verdict: Verdict
    said: str

    @classmethod
    def either(cls, said: str, *, as_assumed: bool) -> Answer:
        """Return an answer that confirms or refutes."""
        return cls(Verdict.CONFIRMED if as_assumed else Verdict.REFUTED, said)

    @classmethod
    def told(cls, said: str) -> Answer:
        """Return an answer about which nothing was assumed."""
        return cls(Verdict.TOLD, said)

    @classmethod
    def unknown(cls, said: str) -> Answer:
        """Return that the store cannot tell."""
        return cls(Verdict.UNKNOWN, said)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a store.

    Attributes:
        name: what it is known by.
        asks: the question, in a sentence.
        reads: the routes that are read for it.
        rests: the file of the package that rests on the answer.
        assumed: what that file assumes, or that it takes either.
        otherwise: what follows where the store is not so.
        judge: asks the store and returns the answer.
    """

    name: str
    asks: str
    reads: tuple[str, ...]
    rests: str
    assumed: str
    otherwise: str
    judge: Callable[[Asking], Answer]


NO_ORDER = Answer.unknown("This store lists no order in status Incomplete.")
NO_CUSTOMER = Answer.unknown("This store lists no customer.")
