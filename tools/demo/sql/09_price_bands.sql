-- Do dear carts stay behind more often than cheap ones? The bands are the variable `price_bands`.
select store, currency_code, price_band, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown' and price_band is not null
group by 1, 2, 3 order by 1, 2, 3;
