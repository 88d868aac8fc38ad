"""`python -m tap_bigcommerce_carts` is the command `tap-bigcommerce-carts`."""

from tap_bigcommerce_carts.cli import main

main()
