-- How long recovered carts stayed abandoned. BigCommerce gives no date of payment: another
-- order counts from when it was made, the same order from its last change, which is late if
-- it has been shipped or refunded since.
with recovered as (
    select c.store, c.id, c.date_modified as abandoned_at, o.date_modified as recovered_at
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.id = c.order_id
    where o.status_id <> 0
    union all
    select c.store, c.id, c.date_modified, o.date_created
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.cart_id = c.cart_id
    where o.status_id <> 0 and o.id <> c.order_id
),

first_time as (
    select
        store,
        id,
        min(extract(epoch from recovered_at - abandoned_at)) / 3600 as hours
    from recovered
    where recovered_at >= abandoned_at
    group by 1, 2
)

select
    count(*) as carts_recovered,
    count(*) filter (where hours <= 1) as within_an_hour,
    count(*) filter (where hours <= 24) as within_a_day,
    count(*) filter (where hours <= 168) as within_a_week,
    round(cast(percentile_cont(0.5) within group (order by hours) as decimal(20, 4)), 1)
        as median_hours
from first_time;
