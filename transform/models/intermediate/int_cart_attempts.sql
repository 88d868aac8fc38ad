{{ config(materialized='table') }}

-- Every try to pay that came to nothing, and the cart it belongs to: Incomplete orders that were
-- left, and orders that were cancelled or declined without having been seen so. A shopper who
-- changes the cart and tries again can leave several orders of one cart: that is one abandonment,
-- and the latest tells of it. A table, since it is read often.

with incomplete as (
    select
        carts.store,
        coalesce(keys.cart_key, carts.cart_id, carts.id) as cart_key,
        carts.id,
        carts.platform,
        carts.order_id,
        coalesce(keys.cart_id, carts.cart_id) as cart_id,
        carts.channel_id,
        coalesce(carts.date_created, carts.date_modified) as date_created,
        carts.date_modified as left_at,
        carts.customer_id,
        carts.is_guest,
        carts.customer_email,
        carts.line_item_count
    from {{ ref('stg_bigcommerce__abandoned_carts') }} as carts
    left join {{ ref('int_order_carts') }} as keys
        on keys.store = carts.store and keys.order_id = carts.order_id
),

orders as (
    select * from {{ ref('int_orders') }}
),

failed as (
    select
        orders.store,
        orders.cart_key,
        cast(null as {{ dbt.type_string() }}) as id,
        'bigcommerce' as platform,
        orders.order_id,
        orders.cart_id,
        orders.channel_id,
        orders.date_created,
        orders.left_at,
        orders.customer_id,
        orders.customer_id is null as is_guest,
        orders.customer_email,
        cast(null as {{ dbt.type_bigint() }}) as line_item_count
    from orders
    where
        orders.is_failed
        and not exists (
            select 1
            from incomplete
            where incomplete.store = orders.store and incomplete.order_id = orders.order_id
        )
),

attempts as (
    select * from incomplete
    union all
    select * from failed
),

began as (
    select
        store,
        cart_key,
        min(date_created) as began_at
    from (
        select store, cart_key, date_created from attempts
        union all
        select store, cart_key, date_created from orders
    ) as tries
    group by 1, 2
)

select
    attempts.*,
    {{ bigcommerce_carts.shopper_key(
        'attempts.customer_id', 'known.customer_id', 'attempts.customer_email'
    ) }} as shopper_key,
    row_number() over (
        partition by attempts.store, attempts.cart_key
        order by attempts.left_at desc, coalesce(attempts.order_id, 0) desc, attempts.id desc
    ) as turn,
    count(*) over (partition by attempts.store, attempts.cart_key) as attempts,
    began.began_at
from attempts
inner join began
    on began.store = attempts.store and began.cart_key = attempts.cart_key
left join {{ ref('int_known_emails') }} as known
    on
        known.store = attempts.store
        and known.email = {{ bigcommerce_carts.plain_email('attempts.customer_email') }}
where
    not exists (
        select 1
        from {{ ref('int_testers') }} as testers
        where testers.store = attempts.store and testers.cart_key = attempts.cart_key
    )
