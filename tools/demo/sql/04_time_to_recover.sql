-- How long recovered carts stayed abandoned. BigCommerce gives no date of payment: the same order
-- counts from its last change, which is late if it has been shipped or refunded since.
select store, count(*) as carts_recovered,
    count(*) filter (where hours_to_recover <= 1) as within_an_hour,
    count(*) filter (where hours_to_recover <= 24) as within_a_day,
    count(*) filter (where hours_to_recover <= 7 * 24) as within_a_week,
    round(cast(percentile_cont(0.5) within group (order by hours_to_recover) as decimal(20, 4)), 1)
        as median_hours
from analytics.cart_outcomes where outcome = 'recovered' group by 1 order by 1;
