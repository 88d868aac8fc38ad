-- Each store's own currency. BigCommerce names it where a store has Multi-Currency, API2Cart on
-- carts in that very currency. Where no row names it, it is the one currency at par: that of rows
-- without a rate other than 1. If several are, it is not known.

with amounts as (
    select
        store,
        date_modified,
        {{ bigcommerce_carts.currency_of_order() }} as currency_code,
        {{ bigcommerce_carts.currency_code('store_default_currency_code') }} as store_currency_code,
        coalesce(store_default_to_transactional_exchange_rate, 1) = 1 as is_at_par
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    union all
    select
        store,
        date_modified,
        {{ bigcommerce_carts.currency_of_order() }} as currency_code,
        {{ bigcommerce_carts.currency_code('store_default_currency_code') }} as store_currency_code,
        coalesce(store_default_to_transactional_exchange_rate, 1) = 1 as is_at_par
    from {{ ref('stg_bigcommerce__orders') }}
    union all
    select
        store,
        date_modified,
        {{ bigcommerce_carts.currency_code('currency_code') }} as currency_code,
        null as store_currency_code,
        true as is_at_par
    from {{ ref('stg_bigcommerce__carts') }}
),

-- A store can change it; the latest row holds.
named as (
    select
        store,
        store_currency_code as currency_code,
        row_number() over (
            partition by store order by date_modified desc, store_currency_code
        ) as turn
    from amounts
    where store_currency_code is not null
),

currencies as (
    select
        store,
        currency_code,
        min(case when is_at_par then 1 else 0 end) as is_at_par
    from amounts
    where currency_code is not null
    group by 1, 2
),

at_par as (
    select
        store,
        min(currency_code) as currency_code
    from currencies
    where is_at_par = 1
    group by 1
    having count(*) = 1
)

select
    stores.store,
    coalesce(named.currency_code, at_par.currency_code) as currency_code
from (select distinct store from amounts) as stores
left join named
    on named.store = stores.store and named.turn = 1
left join at_par
    on at_par.store = stores.store
