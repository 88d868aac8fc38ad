-- What became of the carts: the same order was paid after all, or another order was placed from
-- the same cart. Counts from the first load on: what came back before it was never seen as left.
select
    store,
    sum(carts_abandoned) as carts,
    sum(carts_recovered) as recovered,
    sum(carts_lost) as lost,
    sum(carts_open) as still_open,
    round(100.0 * sum(carts_recovered) / nullif(sum(carts_abandoned), 0), 1) as percent_recovered
from analytics.abandonment_daily
group by 1
having sum(carts_abandoned) > 0
order by 1;
