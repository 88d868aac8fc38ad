-- Checkouts by the payment method of the order they came to, as the shop calls it, and how many of
-- these orders are declined: those that the shopper paid for after all are not among them. Of carts
-- that are still at the payment step BigCommerce tells no method, so no rate of them can be had.
select store, order_payment_method as payment_method, count(*) as orders,
    count(*) filter (where order_status_id = 6) as declined,
    round(100.0 * count(*) filter (where order_status_id = 6) / count(*), 1) as percent_declined
from analytics.checkouts where order_status_id <> 0
group by 1, 2 order by 1, 3 desc, 2;
