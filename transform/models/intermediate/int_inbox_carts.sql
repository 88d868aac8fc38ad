-- Carts of the inbox, testers' left out, and when each began and was left.

select
    carts.store,
    carts.id as cart_key,
    carts.status,
    carts.order_id,
    carts.customer_id,
    carts.email,
    carts.locale,
    carts.recovery_token,
    carts.channel_id,
    carts.currency_code,
    carts.cart_amount as value,
    replace(carts.coupon_codes, '"', '') not in ('[]', 'null', '') as has_coupon_code,
    carts.items_total,
    carts.line_item_count,
    carts.step,
    carts.shipping_options,
    carts.coupon_discount,
    carts.grand_total,
    coalesce(carts.created_time, carts.first_event_at, carts.date_modified) as began_at,
    carts.updated_time as active_at,
    carts.abandoned_at,
    -- Tables of a version that did not know it have the last sign of all, which may be later.
    coalesce(
        carts.left_at,
        case
            when carts.updated_time < carts.abandoned_at then carts.updated_time
            else carts.abandoned_at
        end
    ) as left_at,
    case when carts.status = 'converted' then coalesce(carts.converted_at, carts.date_modified) end
        as converted_at
from {{ ref('stg_bigcommerce__carts') }} as carts
where
    not exists (
        select 1
        from {{ ref('int_testers') }} as testers
        where testers.store = carts.store and testers.cart_key = carts.id
    )
