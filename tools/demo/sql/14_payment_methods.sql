-- Orders by payment method, as the shop calls it, and how many of them were declined. Of carts that
-- are still at the payment step BigCommerce tells no method, so no rate of them can be had.
select store, payment_method, count(*) as orders, count(*) filter (where status_id = 6) as declined,
    round(100.0 * count(*) filter (where status_id = 6) / count(*), 1) as percent_declined
from analytics_staging.stg_bigcommerce__orders where status_id <> 0
group by 1, 2 order by 1, 3 desc, 2;
