-- Value of the carts that did not come back. Amounts are in the transactional currency,
-- and currencies are never added up.
with recovered as (
    select c.store, c.id
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.id = c.order_id
    where o.status_id <> 0
    union
    select c.store, c.id
    from bigcommerce.abandoned_carts as c
    join bigcommerce.orders as o on o.store = c.store and o.cart_id = c.cart_id
    where o.status_id <> 0
)

select
    c.default_currency_code as currency,
    count(*) as carts_lost,
    sum(cast(c.total_inc_tax as decimal(20, 4))) as value_lost,
    cast(avg(cast(c.total_inc_tax as decimal(20, 4))) as decimal(20, 2)) as value_per_cart
from bigcommerce.abandoned_carts as c
left join recovered as r on r.store = c.store and r.id = c.id
where r.id is null
group by 1
order by 2 desc;
