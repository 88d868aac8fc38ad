-- Every cart that was left at payment is in the funnel, and came back there if it did here, with
-- the same order, as it was left there when it was left here.

select
    outcomes.store,
    outcomes.cart_key
from {{ ref('cart_outcomes') }} as outcomes
left join {{ ref('cart_funnel') }} as funnel
    on funnel.store = outcomes.store and funnel.cart_key = outcomes.cart_key
where
    funnel.cart_key is null
    or funnel.outcome = 'placed'
    or funnel.left_at <> outcomes.abandoned_at
    or (
        -- Where no orders were loaded the inbox alone may know.
        outcomes.outcome <> 'unknown'
        and (
            (outcomes.outcome = 'recovered') <> (funnel.outcome = 'recovered')
            or coalesce(outcomes.recovering_order_id, 0) <> coalesce(funnel.order_id, 0)
        )
    )
