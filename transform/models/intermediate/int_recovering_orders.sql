{{ config(materialized='table') }}

-- Sales that a cart came back as. An order belongs to one cart at most; of several orders of one
-- cart the first after it was left counts (`turn` 1). A table, since it is read often.

with attempts as (
    select * from {{ ref('int_cart_attempts') }}
),

carts as (
    select * from attempts where turn = 1
),

sales as (
    select * from {{ ref('int_sales') }}
),

-- The order that was left was paid after all. When that was, BigCommerce does not say: it was
-- before the order's last change.
paid_after_all as (
    select
        attempts.store,
        attempts.cart_key,
        sales.order_id,
        sales.date_modified as recovered_at,
        true as is_same_order,
        false as is_inferred
    from attempts
    inner join sales
        on sales.store = attempts.store and sales.order_id = attempts.order_id
),

-- Another order was placed from the same cart.
placed_again as (
    select
        carts.store,
        carts.cart_key,
        sales.order_id,
        sales.date_created as recovered_at,
        false as is_same_order,
        false as is_inferred
    from carts
    inner join sales
        on sales.store = carts.store and sales.cart_id = carts.cart_id
    left join paid_after_all
        on
            paid_after_all.store = sales.store
            and paid_after_all.order_id = sales.order_id
    where paid_after_all.order_id is null
),

known as (
    select * from paid_after_all
    union all
    select * from placed_again
),

{% if var('infer_recovery') -%}
-- The shopper bought from another cart within the window. One order brings back one cart: the
-- last that was left before it.
guessed as (
    select
        carts.store,
        carts.cart_key,
        sales.order_id,
        sales.date_created as recovered_at,
        false as is_same_order,
        true as is_inferred,
        row_number() over (
            partition by sales.store, sales.order_id
            order by carts.date_modified desc, carts.cart_key
        ) as nearest
    from carts
    inner join sales
        on
            sales.store = carts.store
            and sales.shopper_key = carts.shopper_key
            and sales.date_created >= carts.date_modified
    left join known as cart_known
        on cart_known.store = carts.store and cart_known.cart_key = carts.cart_key
    left join known as order_known
        on order_known.store = sales.store and order_known.order_id = sales.order_id
    where
        cart_known.order_id is null
        and order_known.order_id is null
        and {{ bigcommerce_carts.seconds_between('carts.date_modified', 'sales.date_created') }}
            < 86400 * {{ var('lost_after_days') }}
),

{% endif -%}
recovering as (
    select * from known
    {%- if var('infer_recovery') %}
    union all
    select store, cart_key, order_id, recovered_at, is_same_order, is_inferred
    from guessed
    where nearest = 1
    {%- endif %}
)

select
    recovering.*,
    row_number() over (
        partition by recovering.store, recovering.cart_key
        order by
            case when recovering.recovered_at >= carts.date_modified then 0 else 1 end,
            recovering.recovered_at,
            recovering.order_id
    ) as turn
from recovering
inner join carts
    on carts.store = recovering.store and carts.cart_key = recovering.cart_key
