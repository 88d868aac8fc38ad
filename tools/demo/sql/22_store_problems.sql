-- Days on which shipping quotes, payments or taxes failed, beside how many checkouts were left.
select problems.store, problems.day, problems.kind, problems.problems,
    (select sum(carts_abandoned) from analytics.abandonment_daily as daily
    where daily.store = problems.store and daily.day = problems.day) as carts_left
from analytics.store_problems_daily as problems where problems.problems > 0
order by 4 desc, 1, 2, 3 limit 10;
