"""A year of a shop that opened with it: planned from a seed, and done as the clock goes.

* `rhythm.py` says when people come, `shoppers.py` who they are, `visits.py` what they do;
* `year.py` does it to a shop, up to the moment that its clock shows;
* `hours.py` says when one has to look, to see all that a look in every hour would.
"""

from tap_bigcommerce_carts.sandbox.shop.year.shoppers import HELD_OUT
from tap_bigcommerce_carts.sandbox.shop.year.year import Year

__all__ = ["HELD_OUT", "Year"]
