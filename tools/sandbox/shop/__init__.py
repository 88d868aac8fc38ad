"""What the shop is: its orders, customers and carts, how they change, and what is true of them."""

from .dates import Clock
from .lives import Carts
from .shop import CHANNELS, Shop

__all__ = ["CHANNELS", "Carts", "Clock", "Shop"]
