-- Up to when each store's tables are known to have every row. Unknown: `verify` has not proven it.
select store, carts, orders, cast(verified_until as date) as verified_until, rows_at_fault, unverified
from analytics.store_coverage order by 1;
