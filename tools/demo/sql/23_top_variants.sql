-- Variants most often left behind. A cart with two variants of a product counts for each.
select store, product_id, variant_id, name, times_abandoned as carts, units,
    round(100 * recovered_share, 1) as percent_back
from analytics.abandoned_variants order by 5 desc, 6 desc, 1, 2, 3 limit 10;
