-- Every cart is in exactly one state, and so is its value.

select *
from {{ ref('abandonment_daily') }}
where
    is_outcome_known
    and (
        carts_abandoned <> carts_recovered + carts_lost + carts_open
        or value_abandoned <> value_recovered + value_lost + value_open
    )
