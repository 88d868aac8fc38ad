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
        union all
        -- One that a check knows of can have lost all its rows.
        select store, 0 as is_order from {{ ref('int_verified_tables') }}
    ) as tables
    group by 1
),

{% set also = [
    ('steps', 'carts where step is not null'),
    ('customers', 'customers'),
    ('channels', 'channels'),
    ('customer_groups', 'customer_groups'),
    ('store_logs', 'store_logs'),
] -%}
{% for name, rows in also -%}
{%- set table, where = (rows ~ ' ').split(' ', 1) -%}
{{ name }} as (
    select distinct store from {{ ref('stg_bigcommerce__' ~ table) }} {{ where }}
),

{% endfor -%}
-- Two tables are needed, and a third where the store has orders: API2Cart gives none.
checks as (
    select
        tables.store,
        2 + max(case when tables.stream = 'orders' or loaded.has_orders = 1 then 1 else 0 end)
            as needed,
        sum(tables.is_needed) as checked,
        sum(case when tables.verified_until is not null then tables.is_needed else 0 end) as proven,
        max(case when tables.is_needed = 1 then tables.verified_from end) as verified_from,
        min(case when tables.is_needed = 1 then tables.verified_until end) as verified_until,
        min(case when tables.is_needed = 1 then tables.verified_at end) as verified_at,
        sum(tables.rows_at_fault) as rows_at_fault,
        {{ bigcommerce_carts.names_in_order('case when tables.is_unverified then tables.stream end') }}
            as unverified
    from {{ ref('int_verified_tables') }} as tables
    inner join loaded on loaded.store = tables.store
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
    inboxes.since as inbox_since,
    {% for name, rows in also -%}
    {{ name }}.store is not null as has_{{ name }},
    {% endfor -%}
    {% for bound in ['verified_from', 'verified_until'] -%}
    case
        when checks.proven = checks.needed and checks.verified_from <= checks.verified_until
            then checks.{{ bound }}
    end as {{ bound }},
    {% endfor -%}
    case when checks.checked = checks.needed then checks.verified_at end as verified_at,
    cast(checks.rows_at_fault as {{ dbt.type_bigint() }}) as rows_at_fault,
    nullif(checks.unverified, '') as unverified
from loaded
left join {{ ref('int_store_currencies') }} as currencies on currencies.store = loaded.store
left join carts on carts.store = loaded.store
left join orders on orders.store = loaded.store
left join {{ ref('int_inboxes') }} as inboxes on inboxes.store = loaded.store
left join checks on checks.store = loaded.store
{% for name, rows in also -%}
left join {{ name }} on {{ name }}.store = loaded.store
{% endfor -%}
