-- What was left behind, by variant of a product.

{{ bigcommerce_carts.left_behind(['product_id', 'variant_id']) }}
