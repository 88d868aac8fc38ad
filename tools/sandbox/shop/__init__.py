"""What the shop is: its orders, customers and carts, how they change, and what is true of them."""

from tools.sandbox.shop.dates import Clock
from tools.sandbox.shop.lives import Carts
from tools.sandbox.shop.names import CHANNELS
from tools.sandbox.shop.shop import Shop

__all__ = ["CHANNELS", "Carts", "Clock", "Shop"]
