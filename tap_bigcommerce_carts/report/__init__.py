"""One page about abandoned carts, made from the marts of any warehouse."""
