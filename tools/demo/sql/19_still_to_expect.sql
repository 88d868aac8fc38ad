-- Carts that did not come back, by age and storefront: their value, and what the store's own past lets
-- expect of it, with its range. Unknown where the past is too short. Ranges are not added
-- up; docs/definitions.md, `expected_low`, says how one of several rows is had.
select store, currency_code, age_band, channel_id, carts, carts_contactable as contactable, value,
    round(expected_value) as expected, round(expected_low) as at_least, round(expected_high) as at_most
from analytics.recoverable_value order by store, currency_code, age_order, channel_id;
