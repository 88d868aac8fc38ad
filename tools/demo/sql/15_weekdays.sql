-- By weekday (1 is Monday) in the time zone that the variable `time_zone` names: of carts when they
-- were left.
select store, local_weekday, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown'
group by 1, 2 order by 1, 2;
