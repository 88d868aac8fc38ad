-- What is known of each store, so that an unknown is not taken for a zero.

with carts as (
    select
        store,
        max(platform) as platform,
        max(store_currency_code) as store_currency_code,
        count(*) as carts,
        sum(case when exchange_rate is null then 1 else 0 end) as carts_without_rate,
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
    from {{ ref('stg_bigcommerce__orders') }}
    group by 1
),

inbox as (
    select
        store,
        count(*) as carts,
        min(coalesce(first_event_at, date_modified)) as since
    from {{ ref('stg_bigcommerce__carts') }}
    group by 1
),

stores as (
    select distinct store
    from (
        select store from carts
        union all
        select store from orders
        union all
        select store from inbox
    ) as all_kinds
)

select
    stores.store,
    carts.platform,
    carts.store_currency_code,
    orders.store is not null as has_orders,
    cast(coalesce(carts.carts, 0) as {{ dbt.type_bigint() }}) as carts,
    cast(coalesce(carts.carts_without_rate, 0) as {{ dbt.type_bigint() }}) as carts_without_rate,
    carts.first_abandoned_at,
    carts.last_abandoned_at,
    cast(coalesce(orders.orders, 0) as {{ dbt.type_bigint() }}) as orders,
    orders.first_order_at,
    orders.last_order_at,
    inbox.store is not null as has_inbox,
    cast(coalesce(inbox.carts, 0) as {{ dbt.type_bigint() }}) as inbox_carts,
    inbox.since as inbox_since
from stores
left join carts on carts.store = stores.store
left join orders on orders.store = stores.store
left join inbox on inbox.store = stores.store
