-- By customer group. Null: a customer of no group, or `customer_groups` was not loaded.
select store, case when is_guest then 'guest' else customer_group_name end as customer_group, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown'
group by 1, 2 order by 1, 2;
