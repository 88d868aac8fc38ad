-- What each Incomplete order is worth.

{{ bigcommerce_carts.order_values(ref('stg_bigcommerce__abandoned_carts')) }}
