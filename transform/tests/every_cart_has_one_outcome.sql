-- Every cart that was left at payment is in the mart once, and nothing else is: each Incomplete
-- order that was loaded is of one, and each that failed.

with kept as (
    select
        orders.store,
        orders.cart_key
    from {{ ref('int_order_carts') }} as orders
    where
        exists (
            select 1
            from {{ ref('stg_bigcommerce__abandoned_carts') }} as carts
            where carts.store = orders.store and carts.order_id = orders.order_id
        )
        or exists (
            select 1
            from {{ ref('int_orders') }} as known
            where
                known.store = orders.store
                and known.order_id = orders.order_id
                and known.is_failed
        )
    union all
    select
        store,
        coalesce(cart_id, id) as cart_key
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where order_id is null
),

loaded as (
    select distinct store, cart_key from kept
),

expected as (
    select * from loaded
    {{ dbt.except() }}
    select * from {{ ref('int_testers') }}
),

told as (
    select store, cart_key from {{ ref('cart_outcomes') }}
)

(select * from expected {{ dbt.except() }} select * from told)
union all
(select * from told {{ dbt.except() }} select * from expected)
