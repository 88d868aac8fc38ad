-- What the carts were worth, by the currency the shopper would have paid in: value abandoned is
-- what came back, what is lost and what is still open. What came in is the money of the orders
-- that carts came back as. Different currencies are never added up.
select
    store,
    currency_code,
    sum(carts_abandoned) as carts,
    sum(value_abandoned) as value_abandoned,
    sum(value_recovered) as value_recovered,
    sum(value_lost) as value_lost,
    sum(value_open) as value_open,
    sum(recovered_order_value) as came_in
from analytics.abandonment_daily
group by 1, 2
having sum(carts_abandoned) > 0 or sum(recovered_order_value) > 0
order by 1, 3 desc, 2;
