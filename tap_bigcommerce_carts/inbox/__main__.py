"""`python -m tap_bigcommerce_carts.inbox` is the command `bigcommerce-cart-inbox`."""

from tap_bigcommerce_carts.inbox.receiver.cli import main

main()
