-- Abandonment at the payment step, by month. Several orders of one cart are one checkout.
-- Months before the first load look better than they were: a cart that was paid before the tap
-- first saw it is known as a sale alone.
with checkouts as (
    select
        o.store,
        coalesce(o.cart_id, cast(o.id as varchar)) as cart,
        min(o.date_created) as began,
        max(case when c.id is null then 0 else 1 end) as abandoned
    from bigcommerce.orders as o
    left join bigcommerce.abandoned_carts as c on c.store = o.store and c.order_id = o.id
    group by 1, 2
)

select
    cast(date_trunc('month', began) as date) as month,
    count(*) as checkouts,
    cast(sum(abandoned) as bigint) as carts_abandoned,
    round(100.0 * sum(abandoned) / count(*), 1) as percent_abandoned
from checkouts
group by 1
order by 1;
