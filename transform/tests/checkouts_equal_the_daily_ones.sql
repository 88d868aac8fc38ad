-- Checkouts, one by one, are as many as the days say, and those that were left are worth as much.

with days as (
    select
        store,
        day,
        channel_id,
        currency_code,
        checkouts,
        carts_abandoned,
        value_abandoned
    from {{ ref('abandonment_daily') }}
    where checkouts > 0
),

one_by_one as (
    select
        store,
        checkout_on as day,
        channel_id,
        currency_code,
        count(*) as checkouts,
        sum(case when outcome <> 'placed' then 1 else 0 end) as carts_abandoned,
        {{ bigcommerce_carts.sum_of_money(
            "sum(case when outcome <> 'placed' then coalesce(value, 0) else 0 end)"
        ) }} as value_abandoned
    from {{ ref('checkouts') }}
    where outcome <> 'unknown'
    group by 1, 2, 3, 4
),

both_ways as (
    (select * from days {{ dbt.except() }} select * from one_by_one)
    union all
    (select * from one_by_one {{ dbt.except() }} select * from days)
)

select * from both_ways
