-- The products most often left behind. A cart with two variants of a product is one cart; by
-- variant ask analytics.abandoned_variants.
select store, product_id, name as product, times_abandoned as carts, units
from analytics.abandoned_products order by 4 desc, 5 desc, 1, 2 limit 10;
