-- What came on top of the prices that were shown (shipping, handling, and tax unless they were shown
-- with it), as a share of each checkout's value: lost, recovered and placed at once beside each other.
select store, currency_code, outcome, count(*) as checkouts,
    round(100 * avg(extra_cost_share), 1) as mean_percent_on_top,
    round(100.0 * count(*) filter (where extra_costs = 0) / count(*), 1) as percent_without_any
from analytics.checkouts where outcome in ('lost', 'recovered', 'placed') and extra_costs is not null
group by 1, 2, 3 order by 1, 2, 3;
