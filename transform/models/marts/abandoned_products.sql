-- What was left behind, by product: a cart with two variants of it is one cart.

{{ bigcommerce_carts.left_behind(['product_id']) }}
