{{ config(materialized='table') }}

-- Which cart each order is of. An order is one cart's, also where the sources name several: what
-- `abandoned_carts` names comes first, then `orders`, then the inbox. An order of no cart stands
-- for itself. A table, since it is read often.

with abandoned as (
    select
        store,
        order_id,
        cart_id,
        id,
        row_number() over (
            partition by store, order_id
            order by case when cart_id is null then 1 else 0 end, date_modified desc, id desc
        ) as turn
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where order_id is not null
),

placed as (
    select
        store,
        id as order_id,
        cart_id
    from {{ ref('stg_bigcommerce__orders') }}
),

inbox as (
    select
        store,
        order_id,
        min(id) as cart_id
    from {{ ref('stg_bigcommerce__carts') }}
    where order_id is not null
    group by 1, 2
),

orders as (
    select distinct
        store,
        order_id
    from (
        select store, order_id from abandoned
        union all
        select store, order_id from placed
        union all
        select store, order_id from inbox
    ) as named
)

select
    orders.store,
    orders.order_id,
    coalesce(abandoned.cart_id, placed.cart_id, inbox.cart_id) as cart_id,
    coalesce(
        abandoned.cart_id,
        placed.cart_id,
        inbox.cart_id,
        abandoned.id,
        cast(orders.order_id as {{ dbt.type_string() }})
    ) as cart_key
from orders
left join abandoned
    on
        abandoned.store = orders.store
        and abandoned.order_id = orders.order_id
        and abandoned.turn = 1
left join placed
    on placed.store = orders.store and placed.order_id = orders.order_id
left join inbox
    on inbox.store = orders.store and inbox.order_id = orders.order_id
