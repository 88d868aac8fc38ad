-- Shoppers who may be reminded and have not bought since, who left last first; the mart has all, with
-- address, language and link. Those who are held out stay unmailed.
select store, first_name, products, value, currency_code, abandoned_on, carts_left
from analytics.carts_to_remind where not is_held_out
order by abandoned_at desc, store, shopper_key limit 10;
