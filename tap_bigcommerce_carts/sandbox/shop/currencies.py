"""The currencies the invented shop sells in; its own is the euro."""

from dataclasses import dataclass

from tap_bigcommerce_carts.sandbox.shop.money import CENT, ONE


@dataclass(frozen=True, slots=True)
class Currency:
    """`rate` counts ten-thousandths of this currency for one euro; `step` is its smallest coin."""

    id: int
    code: str
    rate: int
    step: int = CENT

    def from_euro(self, amount: int) -> int:
        """Return a euro amount in this currency, in whole coins, at least one."""
        return max(amount * self.rate // ONE // self.step, 1) * self.step

    @property
    def exchange_rate(self) -> str:
        """The rate as orders carry it: text with ten decimals."""
        return f"{self.rate // ONE}.{self.rate % ONE:04d}000000"


STORE = Currency(1, "EUR", ONE)
CURRENCIES = {
    currency.code: currency
    for currency in (
        STORE,
        Currency(2, "USD", 10_842),
        Currency(3, "GBP", 8_571),
        Currency(4, "SEK", 113_050),
        Currency(5, "JPY", 1_624_000, ONE),
    )
}


def currency(code: str) -> Currency:
    """Return the currency `code`; one the shop does not know trades at par."""
    return CURRENCIES.get(code) or Currency(99, code, ONE)
