-- How far each cart came, and where it ended. Its order says whether it was paid or reached payment;
-- what was before that only the checkout tells, if the tap could read it. Orders are believed before the inbox: an event can
-- be lost, and an order that was declined afterwards is no sale. Of carts filled before the inbox
-- began it is not asked what happened before payment: of the others of those days it knows nothing.

with carts as (
    select
        *,
        case when is_early_stage_known then inbox_abandoned_at end as early_abandoned_at,
        case when is_inferred then bought_at else coalesce(inbox_converted_at, bought_at) end
            as ordered_at
    from {{ ref('int_filled_carts') }}
),

outcomes as (
    select
        *,
        case
            when is_bought and (payment_outcome is not null or early_abandoned_at < ordered_at)
                then 'recovered'
            when is_bought then 'placed'
            when payment_outcome = 'unknown' and inbox_status is null then 'unknown'
            -- Somebody who left at payment may be back at the cart.
            when
                inbox_status = 'active'
                and (
                    payment_abandoned_at is null
                    or (is_early_stage_known and inbox_active_at > payment_abandoned_at)
                )
                then 'open'
            when payment_outcome is not null or has_failed_order or inbox_status = 'converted'
                then 'left_at_payment'
            when inbox_status = 'deleted' then 'emptied'
            when has_order then 'left_at_payment'
            else 'left_before_payment'
        end as outcome
    from carts
)

select
    store,
    cart_key,
    case
        when is_bought then 'placed'
        when payment_outcome is not null or has_order or inbox_status = 'converted' then 'payment'
        else 'filled'
    end as stage,
    case
        when is_bought then 'placed'
        when payment_outcome is not null or has_order or inbox_status = 'converted' then 'payment'
        else inbox_step
    end as step,
    outcome,
    is_inferred,
    inbox_status is not null as is_in_inbox,
    filled_at,
    {{ bigcommerce_carts.day_of('filled_at') }} as filled_on,
    case
        when outcome in ('recovered', 'unknown') then coalesce(payment_abandoned_at, inbox_left_at)
        when outcome = 'left_at_payment'
            then coalesce(
                payment_abandoned_at, order_left_at, inbox_left_at, inbox_converted_at
            )
        when outcome = 'left_before_payment' then coalesce(inbox_left_at, inbox_active_at)
    end as left_at,
    case when is_bought then ordered_at end as placed_at,
    order_id,
    value,
    currency_code,
    channel_id,
    shipping_options,
    coupon_discount,
    grand_total
from outcomes
