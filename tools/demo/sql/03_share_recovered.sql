-- What became of the carts. Counts from the first load on: what came back before it was never
-- seen as left.
select store, sum(carts_abandoned) as carts, sum(carts_recovered) as recovered,
    sum(carts_lost) as lost, sum(carts_open) as still_open,
    round(100.0 * sum(carts_recovered) / sum(carts_abandoned), 1) as percent_recovered
from analytics.abandonment_daily where carts_abandoned > 0 group by 1 order by 1;
