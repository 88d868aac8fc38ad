-- Share of the abandoned carts that became a sale: the same order was placed after all,
-- or another order was placed from the same cart.
with placed_after_all as (
    select c.store, c.id
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.id = c.order_id
    where o.status_id <> 0
),

placed_again as (
    select c.store, c.id
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.cart_id = c.cart_id
    where o.status_id <> 0 and o.id <> c.order_id
),

recovered as (
    select store, id from placed_after_all
    union
    select store, id from placed_again
)

select
    count(*) as carts,
    count(r.id) as recovered,
    round(100.0 * count(r.id) / count(*), 1) as percent_recovered,
    (select count(*) from placed_after_all) as placed_after_all,
    (select count(distinct id) from placed_again) as placed_again
from bigcommerce.abandoned_carts as c
left join recovered as r on r.store = c.store and r.id = c.id;
