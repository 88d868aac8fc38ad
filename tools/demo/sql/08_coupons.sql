-- Checkouts by what a coupon did: took something off, stood there and took nothing off (refused), or was
-- not there. Codes are known from an inbox alone.
select store, coupon_use, count(*) as checkouts,
    count(*) filter (where outcome <> 'placed') as carts_left,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    count(*) filter (where outcome = 'recovered') as came_back
from analytics.checkouts where outcome <> 'unknown' and coupon_use is not null
group by 1, 2 order by 1, 2;
