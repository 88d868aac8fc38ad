-- Every cart that was left at payment is in the funnel, and what came back did so there too.

with outcomes as (
    select
        store,
        count(*) as carts,
        sum(case when outcome = 'recovered' and not is_inferred then 1 else 0 end) as recovered
    from {{ ref('cart_outcomes') }}
    group by 1
),

funnel as (
    select
        store,
        count(*) as carts,
        sum(case when payment_outcome = 'recovered' then 1 else 0 end) as recovered
    from {{ ref('int_filled_carts') }}
    where payment_outcome is not null
    group by 1
),

both_ways as (
    (select * from outcomes {{ dbt.except() }} select * from funnel)
    union all
    (select * from funnel {{ dbt.except() }} select * from outcomes)
)

select * from both_ways
