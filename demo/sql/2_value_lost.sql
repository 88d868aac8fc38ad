-- Value of the carts that did not come back. Amounts are in the transactional currency, and
-- currencies are never added up.
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
)

select
    c.default_currency_code as currency,
    count(*) as carts_lost,
    sum(cast(c.total_inc_tax as decimal(20, 4))) as value_lost,
    cast(avg(cast(c.total_inc_tax as decimal(20, 4))) as decimal(20, 2)) as value_per_cart
from carts as c
where
    not exists (select 1 from sold as s where s.store = c.store and s.id = c.order_id)
    and not exists (select 1 from sold as s where s.store = c.store and s.cart_id = c.cart_id)
group by 1
order by 2 desc, 1;
