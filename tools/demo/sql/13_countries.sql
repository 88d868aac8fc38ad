-- By the country of the shopper's IP address, which is not always that of the delivery.
select store, country_iso2, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown'
group by 1, 2 order by 1, 2;
