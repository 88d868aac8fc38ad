-- Checkouts that reached the payment step, by month, and how many of them were left there.
-- Unknown where the store's orders were not loaded (API2Cart gives none).
select store, cast(date_trunc('month', day) as date) as month,
    sum(checkouts) as checkouts, sum(carts_abandoned) as carts_abandoned,
    round(100.0 * sum(carts_abandoned) / nullif(sum(checkouts), 0), 1) as percent_abandoned
from analytics.abandonment_daily group by 1, 2 order by 1, 2;
