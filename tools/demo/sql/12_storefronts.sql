-- By storefront; names need the stream `channels`. Values are in one currency each.
select store, channel_id, channel_name, currency_code, count(*) as checkouts,
    round(100.0 * count(*) filter (where outcome <> 'placed') / count(*), 1) as percent_left,
    coalesce(sum(value) filter (where outcome = 'lost'), 0) as value_lost
from analytics.checkouts where outcome <> 'unknown'
group by 1, 2, 3, 4 order by 1, 2, 4;
