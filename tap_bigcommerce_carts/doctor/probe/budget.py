"""How many requests the questions may send, all together."""

from __future__ import annotations

from tap_bigcommerce_carts.errors import BudgetSpentError

MOST_REQUESTS = 30


class Budget:
    """Counts requests, tries again included, and ends them.

    Args:
        most: how many may be sent.

    Attributes:
        spent: how many were sent.
    """

    def __init__(self, most: int = MOST_REQUESTS) -> None:
        self.most = most
        self.spent = 0

    def spend(self) -> None:
        """Count a request that is about to be sent.

        Raises:
            BudgetSpentError: it is one too many.
        """
        if self.spent >= self.most:
            raise BudgetSpentError(f"The {self.most} requests were used up before.")
        self.spent += 1
