-- Carts filled are carts left, placed, recovered, emptied and open, and none of these twice.

select *
from {{ ref('cart_funnel_daily') }}
where
    is_early_stage_known
    and is_outcome_known
    and carts_filled
    <> left_before_payment + left_at_payment + placed + recovered + emptied + still_open
