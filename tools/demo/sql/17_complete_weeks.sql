-- Weeks that are over and settled: no cart of them can still be open. The first one may have begun
-- before the first load.
select store, checkout_week as week, count(*) as checkouts,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    round(100.0 * count(*) filter (where outcome = 'recovered')
        / nullif(count(*) filter (where outcome <> 'placed'), 0), 1) as percent_back
from analytics.checkouts, analytics.mart_rules where outcome <> 'unknown'
    and checkout_week + (7 + lost_after_days) <= cast(as_of as date) group by 1, 2 order by 1, 2;
