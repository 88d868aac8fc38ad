-- Shoppers who had bought before, and those who had not. Of whom it is not known are left out.
select store, case when is_returning then 'returning' else 'new' end as shopper, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown' and is_returning is not null
group by 1, 2 order by 1, 2;
