-- How many carts had come back so many days after they were left: of the weeks that are that old.
select store, days_since, sum(carts) as carts, sum(carts_recovered) as came_back,
    round(100.0 * sum(carts_recovered) / sum(carts), 1) as percent_back
from analytics.recovery_curve where is_complete and days_since in (0, 1, 3, 7, 14, 30)
group by 1, 2 order by 1, 2;
