-- What the carts were worth, by currency, and how much of it came back, is lost, is still open.
-- What came in is the money of the orders that carts came back as, and null if one of them was not
-- loaded. Never add up currencies.
select store, currency_code, sum(carts_abandoned) as carts, sum(value_abandoned) as value_abandoned,
    sum(value_recovered) as value_recovered, sum(value_lost) as value_lost,
    sum(value_open) as value_open,
    case when count(recovered_order_value) = count(*) then sum(recovered_order_value) end as came_in
from analytics.abandonment_daily where carts_abandoned > 0 or recovered_order_value > 0
group by 1, 2 order by 1, 3 desc, 2;
