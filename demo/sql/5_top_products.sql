-- The products most often left behind, all variants together; a cart with two variants of a
-- product is one cart. Parts of a bundle are left out.
select
    store,
    product_id,
    max(name) as product,
    count(distinct cart_key) as carts,
    cast(sum(quantity) as bigint) as units
from analytics.cart_outcome_lines
where product_id is not null and not is_part_of_bundle
group by 1, 2
order by 4 desc, 5 desc, 1, 2
limit 10;
