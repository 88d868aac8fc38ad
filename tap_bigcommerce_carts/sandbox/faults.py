"""What can go wrong, and when."""

import re
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, get_args

from tap_bigcommerce_carts.sandbox.shop.dice import dice

Kind = Literal[
    "500_html",
    "502_html",
    "503_html",
    "503_json",
    "400",
    "404",
    "413",
    "422",
    "504",
    "429",
    "429_bare",
    "cut_json",
    "reset",
    "reset_midway",
    "empty",
    "slow",
]
KINDS: tuple[str, ...] = get_args(Kind)
# A refusal does not pass.
REFUSALS = frozenset({"400", "404", "413", "422"})
_CODE = re.compile(r"code_\d+")


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed response.

    Attributes:
        kind: a name of `KINDS`. `reset` is a connection reset before any response, `reset_midway`
            after the headers and part of the body, `empty` a connection closed without a word,
            `429_bare` has no rate-limit headers, `cut_json` ends in the middle of its JSON.
            Calls to API2Cart can also fail with a return code: `code_7` is code 7.
        seconds: for `slow`, how long the response waits; None: as the switches say.
        reset_ms: for `429`, what the reset header says; None: as the switches say.
    """

    kind: str
    seconds: float | None = None
    reset_ms: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not _CODE.fullmatch(self.kind):
            raise ValueError(f"{self.kind!r} is no kind of fault; there are {', '.join(KINDS)}")


@dataclass(slots=True)
class Failures:
    """When responses fail, by plan or at random.

    Attributes:
        rate: share (0 to 1) of API responses that fail at random.
        kinds: which failures; by default all that pass, but the slow one.
        seed: the same seed fails the same responses, counted from 1.
        slow_seconds: how long a slow response waits.
        script: failures for the next API requests, one each; None for a normal response.
        only: part of the path that a request must have to fail, e.g. `/v2/orders`.
    """

    rate: float = 0.0
    kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in {"slow", *REFUSALS})
    seed: object = 1
    slow_seconds: float = 1.0
    script: list["Kind | str | Fault | None"] = field(default_factory=list)
    only: str = ""
    _numbers: "count[int]" = field(default_factory=lambda: count(1), repr=False)

    def next(self, path: str) -> Fault | None:
        """Return how the next API request fails; None when it does not."""
        if self.only not in path:
            return None
        if self.script:
            planned = self.script.pop(0)
            return Fault(planned) if isinstance(planned, str) else planned
        chance = dice(self.seed, next(self._numbers))
        return Fault(chance.choice(self.kinds)) if chance.random() < self.rate else None
