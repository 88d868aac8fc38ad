"""What the shop is: its orders, customers and carts, how they change, and what is true of them."""

from tap_bigcommerce_carts.sandbox.shop.dates import Clock
from tap_bigcommerce_carts.sandbox.shop.lives import Carts
from tap_bigcommerce_carts.sandbox.shop.names import CHANNELS
from tap_bigcommerce_carts.sandbox.shop.shop import Shop

__all__ = ["CHANNELS", "Carts", "Clock", "Shop"]
