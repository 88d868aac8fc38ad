"""Singer tap for the abandoned carts of BigCommerce stores."""
