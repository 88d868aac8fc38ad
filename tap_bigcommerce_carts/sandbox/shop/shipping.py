"""How a shop sends things: the options a shopper may choose from, and what they cost."""

from dataclasses import dataclass

from tap_bigcommerce_carts.sandbox.shop.currencies import Currency
from tap_bigcommerce_carts.sandbox.shop.money import CENT


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to send things; `cost` in units, ex tax."""

    id: str
    type: str
    description: str
    cost: int
    transit_time: str = ""


FREE = ShippingOption("f0", "shipping_free", "Free shipping", 0)


def shipping_options(paid: Currency) -> tuple[ShippingOption, ...]:
    """Return the options where the shop sends to, the cheapest first.

    Args:
        paid: the currency of the cart.
    """
    return (
        ShippingOption(
            "a1", "shipping_flatrate", "Parcel", paid.from_euro(490 * CENT), "3 business days"
        ),
        ShippingOption(
            "b2", "shipping_byweight", "Express", paid.from_euro(1290 * CENT), "1 business day"
        ),
    )
