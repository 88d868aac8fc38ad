"""Loads stores through Meltano, each by itself: `bigcommerce-carts load`."""
