-- What is known of each store, so that an unknown is not taken for a zero.

with carts as (
    select
        store,
        max(platform) as platform,
        count(*) as carts,
        sum(case when value_in_store_currency is null then 1 else 0 end) as carts_without_rate,
        min(abandoned_at) as first_abandoned_at,
        max(abandoned_at) as last_abandoned_at
    from {{ ref('cart_outcomes') }}
    group by 1
),

orders as (
    select
        store,
        count(*) as orders,
        min(date_created) as first_order_at,
        max(date_created) as last_order_at
    from {{ ref('int_orders') }}
    group by 1
),

-- A store is known also if nobody but testers was there.
loaded as (
    select
        store,
        max(is_order) as has_orders
    from (
        select store, 0 as is_order from {{ ref('stg_bigcommerce__abandoned_carts') }}
        union all
        select store, 1 as is_order from {{ ref('stg_bigcommerce__orders') }}
        union all
        select store, 0 as is_order from {{ ref('stg_bigcommerce__carts') }}
    ) as tables
    group by 1
)

select
    loaded.store,
    carts.platform,
    currencies.currency_code as store_currency_code,
    loaded.has_orders = 1 as has_orders,
    cast(coalesce(carts.carts, 0) as {{ dbt.type_bigint() }}) as carts,
    cast(coalesce(carts.carts_without_rate, 0) as {{ dbt.type_bigint() }}) as carts_without_rate,
    carts.first_abandoned_at,
    carts.last_abandoned_at,
    cast(coalesce(orders.orders, 0) as {{ dbt.type_bigint() }}) as orders,
    orders.first_order_at,
    orders.last_order_at,
    inboxes.store is not null as has_inbox,
    cast(coalesce(inboxes.carts, 0) as {{ dbt.type_bigint() }}) as inbox_carts,
    inboxes.since as inbox_since
from loaded
left join {{ ref('int_store_currencies') }} as currencies on currencies.store = loaded.store
left join carts on carts.store = loaded.store
left join orders on orders.store = loaded.store
left join {{ ref('int_inboxes') }} as inboxes on inboxes.store = loaded.store
