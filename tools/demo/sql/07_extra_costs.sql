-- What came on top of the prices that were shown (shipping, handling, tax), as a share of the value:
-- lost checkouts beside those that were paid at once or later.
select store, case when outcome = 'lost' then 'lost' else 'paid' end as what_became,
    count(*) as checkouts, round(100 * avg(extra_cost_share), 1) as mean_percent_on_top,
    round(100.0 * count(*) filter (where extra_costs = 0) / count(*), 1) as percent_without_any
from analytics.checkouts where outcome in ('lost', 'recovered', 'placed') and extra_costs is not null
group by 1, 2 order by 1, 2;
