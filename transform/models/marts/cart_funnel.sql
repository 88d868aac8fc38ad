-- How far each cart came, and where it ended. Orders are believed before the inbox: an event can
-- be lost, and an order that was declined afterwards is no sale.

with carts as (
    select
        *,
        sale_order_id is not null
        or (coalesce(inbox_status, '') = 'converted' and not has_order) as is_placed,
        coalesce(inbox_converted_at, sale_at) as ordered_at
    from {{ ref('int_filled_carts') }}
),

outcomes as (
    select
        *,
        case
            when is_placed and (payment_outcome is not null or inbox_abandoned_at < ordered_at)
                then 'recovered'
            when is_placed then 'placed'
            when payment_outcome = 'unknown' and inbox_status is null then 'unknown'
            -- Somebody who left at payment may be back at the cart.
            when
                inbox_status = 'active'
                and (payment_abandoned_at is null or inbox_updated_at > payment_abandoned_at)
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
        when is_placed then 'placed'
        when payment_outcome is not null or has_order or inbox_status = 'converted' then 'payment'
        else 'filled'
    end as stage,
    outcome,
    inbox_status is not null as is_in_inbox,
    filled_at,
    {{ bigcommerce_carts.day_of('filled_at') }} as filled_on,
    case
        when outcome in ('left_before_payment', 'left_at_payment', 'recovered', 'unknown')
            then coalesce(payment_abandoned_at, inbox_abandoned_at)
    end as left_at,
    case when is_placed then ordered_at end as placed_at,
    case when is_placed then coalesce(sale_order_id, inbox_order_id) end as order_id,
    value,
    currency_code,
    channel_id
from outcomes
