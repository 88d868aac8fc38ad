-- How long recovered carts stayed abandoned. BigCommerce gives no date of payment: another
-- order counts from when it was made, the same order from its last change, which is late if
-- it has been shipped or refunded since. A cart that was edited after it was paid has no time.
with carts as (
    -- The latest order of each cart: a shopper who tries again may make another one.
    select *
    from (
        select
            *,
            row_number() over (
                partition by store, coalesce(cart_id, id) order by date_modified desc, order_id desc
            ) as turn
        from bigcommerce.abandoned_carts
    ) as ranked
    where turn = 1
),

sold as (
    -- 0 is Incomplete, 5 cancelled, 6 declined: no sales. What was archived is none either.
    select *
    from bigcommerce.orders
    where status_id not in (0, 5, 6) and not coalesce(is_deleted, false)
),

recovered as (
    select c.store, c.id, c.date_modified as abandoned_at, s.date_modified as recovered_at
    from carts as c
    join sold as s on s.store = c.store and s.id = c.order_id
    union all
    select c.store, c.id, c.date_modified, s.date_created
    from carts as c
    join sold as s on s.store = c.store and s.cart_id = c.cart_id and s.id <> c.order_id
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
