-- Every sale is in exactly one day, and Incomplete orders are in none.

with days as (
    select
        store,
        sum(orders_placed) as sales,
        {{ bigcommerce_carts.sum_of_money('sum(value_placed)') }} as value_placed
    from {{ ref('abandonment_daily') }}
    where orders_placed > 0
    group by 1
),

orders as (
    select
        store,
        count(*) as sales,
        {{ bigcommerce_carts.sum_of_money('sum(coalesce(value, 0))') }} as value_placed
    from {{ ref('int_orders') }}
    where is_sale and status_id <> 0
    group by 1
),

both_ways as (
    (select * from days {{ dbt.except() }} select * from orders)
    union all
    (select * from orders {{ dbt.except() }} select * from days)
)

select * from both_ways
