-- The products most often left behind. The current lines of a cart are those that carry the
-- cart's own date; lines with an older one are history. Parts of a bundle are left out.
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
)

select
    l.name as product,
    count(distinct c.store || ' ' || c.id) as carts,
    cast(sum(l.quantity) as bigint) as units
from carts as c
join bigcommerce.abandoned_cart_line_items as l
    on l.store = c.store
    and l.abandoned_cart_id = c.id
    and l.cart_date_modified = c.date_modified
where l.product_id is not null and l.is_bundled_product is not true
group by l.store, l.product_id, l.name
order by carts desc, units desc, product
limit 10;
