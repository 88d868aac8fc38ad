-- Weeks that are over and settled: no cart of them can still be open. Weeks are of `time_zone` and
-- `as_of` is in UTC, hence the day more. The week in which a store begins is left out unless whole.
select store, checkout_week as week, count(*) as checkouts,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    round(100.0 * count(*) filter (where outcome = 'recovered')
        / nullif(count(*) filter (where outcome <> 'placed'), 0), 1) as percent_back
from (select *, min(checkout_on) over (partition by store) as first_day from analytics.checkouts) as checkouts,
    analytics.mart_rules
where outcome <> 'unknown' and checkout_week >= first_day
    and checkout_week + (8 + lost_after_days) <= cast(as_of as date) group by 1, 2 order by 1, 2;
