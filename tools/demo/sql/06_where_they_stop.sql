-- How far carts came, of those whose step is known: with an inbox and the scope Checkouts. Each step
-- counts all that came so far or farther.
select store, sum(carts_with_step) as carts, sum(reached_email) as gave_email,
    sum(reached_address) as gave_address, sum(reached_shipping) as chose_shipping,
    sum(reached_payment) as reached_payment, sum(reached_placed) as placed
from analytics.cart_funnel_daily where carts_with_step > 0 and is_outcome_known
group by 1 order by 1;
