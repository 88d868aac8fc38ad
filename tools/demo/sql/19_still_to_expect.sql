-- Carts that did not come back, by age: their value, and what the store's own past lets expect of it,
-- with its range. Unknown where the past is too short.
select store, currency_code, age_band, sum(carts) as carts, sum(carts_contactable) as contactable,
    sum(value) as value, round(sum(expected_value)) as expected,
    round(sum(expected_low)) as at_least, round(sum(expected_high)) as at_most
from analytics.recoverable_value group by store, currency_code, age_band, age_order
order by store, currency_code, age_order;
