-- What the days add up to, store by store and currency by currency, is what the carts do.

with days as (
    select
        store,
        currency_code,
        sum(carts_abandoned) as carts,
        sum(carts_recovered) as recovered,
        {{ bigcommerce_carts.sum_of_money('sum(value_abandoned)') }} as value_abandoned,
        {{ bigcommerce_carts.sum_of_money('sum(value_recovered)') }} as value_recovered,
        {{ bigcommerce_carts.sum_of_money('sum(value_lost)') }} as value_lost
    from {{ ref('abandonment_daily') }}
    where carts_abandoned > 0
    group by 1, 2
),

carts as (
    select
        store,
        currency_code,
        count(*) as carts,
        sum(case when outcome = 'recovered' then 1 when outcome <> 'unknown' then 0 end)
            as recovered,
        {{ bigcommerce_carts.sum_of_money('sum(coalesce(value, 0))') }} as value_abandoned,
        {{ bigcommerce_carts.sum_of_money(
            "sum(case when outcome = 'recovered' then coalesce(value, 0) when outcome <> 'unknown' then 0 end)"
        ) }} as value_recovered,
        {{ bigcommerce_carts.sum_of_money(
            "sum(case when outcome = 'lost' then coalesce(value, 0) when outcome <> 'unknown' then 0 end)"
        ) }} as value_lost
    from {{ ref('cart_outcomes') }}
    group by 1, 2
),

both_ways as (
    (select * from days {{ dbt.except() }} select * from carts)
    union all
    (select * from carts {{ dbt.except() }} select * from days)
)

select * from both_ways
