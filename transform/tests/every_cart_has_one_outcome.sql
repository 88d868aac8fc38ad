-- Every cart that was loaded is in the mart once, and nothing else is.

with loaded as (
    select distinct store, coalesce(cart_id, id) as cart_key
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where not {{ bigcommerce_carts.is_test('customer_email') }}
),

told as (
    select store, cart_key from {{ ref('cart_outcomes') }}
)

(select * from loaded {{ dbt.except() }} select * from told)
union all
(select * from told {{ dbt.except() }} select * from loaded)
