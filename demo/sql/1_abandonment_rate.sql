-- Carts abandoned at payment, by month, and their share of all checkouts that came that far.
-- Orders without a cart were made by staff or by an API, not at the checkout.
select
    cast(date_trunc('month', o.date_created) as date) as month,
    count(*) as checkouts,
    count(c.id) as carts_abandoned,
    round(100.0 * count(c.id) / count(*), 1) as percent_abandoned
from bigcommerce.orders as o
left join bigcommerce.abandoned_carts as c on c.store = o.store and c.order_id = o.id
where o.cart_id is not null
group by 1
order by 1;
