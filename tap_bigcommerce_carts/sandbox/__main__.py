"""`python -m tap_bigcommerce_carts.sandbox`: `bigcommerce-carts sandbox`, by its module."""

import sys

from tap_bigcommerce_carts.errors import TapError
from tap_bigcommerce_carts.sandbox.cli import sandbox

if __name__ == "__main__":
    try:
        sandbox(prog_name="python -m tap_bigcommerce_carts.sandbox")
    except TapError as error:
        sys.exit(str(error))
