-- How many carts had come back so many days after they were left: of the weeks whose carts are all 30
-- days old, so that each day is of the same carts.
select store, days_since, sum(carts) as carts, sum(carts_recovered) as came_back,
    round(100.0 * sum(carts_recovered) / sum(carts), 1) as percent_back
from analytics.recovery_curve where days_since in (0, 1, 3, 7, 14, 30)
    and (store, cohort_week) in
        (select store, cohort_week from analytics.recovery_curve where days_since = 30 and is_complete)
group by 1, 2 order by 1, 2;
