-- Every checkout that reached the payment step, whatever became of it: carts that were left there, and
-- sales that are of no such cart. So rates by anything have their denominator here.

with checkouts as (
    select * from {{ ref('int_checkouts') }}
),

-- By a key of its own: DuckDB takes minutes for an outer join that asks for more than equality.
outcomes as (
    select
        *,
        {{ bigcommerce_carts.checkout_of_cart('cart_key') }} as checkout_key
    from {{ ref('cart_outcomes') }}
)

select
    checkouts.store,
    checkouts.checkout_key,
    checkouts.cart_key,
    checkouts.order_id,
    checkouts.platform,
    case when checkouts.is_left then outcomes.outcome else 'placed' end as outcome,
    checkouts.checkout_at,
    checkouts.checkout_on,
    checkouts.local_hour,
    checkouts.local_weekday,
    checkouts.checkout_week,
    checkouts.value,
    checkouts.currency_code,
    checkouts.exchange_rate,
    checkouts.value_in_store_currency,
    checkouts.store_currency_code,
    outcomes.recovered_order_value,
    outcomes.recovered_order_currency_code,
    outcomes.recovered_order_value_in_store_currency,
    outcomes.seconds_to_recover,
    checkouts.items_value,
    checkouts.shipping_cost,
    checkouts.handling_cost,
    checkouts.tax,
    checkouts.discount,
    checkouts.coupon_discount,
    checkouts.coupon_use,
    checkouts.extra_costs,
    checkouts.extra_cost_share,
    checkouts.price_band,
    checkouts.items_total,
    checkouts.line_item_count,
    checkouts.payment_method,
    orders.status_id as order_status_id,
    orders.payment_method as order_payment_method,
    checkouts.order_source,
    checkouts.country_iso2,
    checkouts.channel_id,
    checkouts.channel_name,
    checkouts.is_guest,
    checkouts.customer_id,
    checkouts.customer_group_id,
    checkouts.customer_group_name,
    checkouts.shopper_key,
    checkouts.is_returning
from checkouts
left join outcomes
    on outcomes.store = checkouts.store and outcomes.checkout_key = checkouts.checkout_key
-- A sale that is only thought to have brought a cart back is of a checkout of its own.
left join {{ ref('int_orders') }} as orders
    on
        orders.store = checkouts.store
        and orders.order_id = case
            when outcomes.recovering_order_id is not null and not outcomes.is_inferred
                then outcomes.recovering_order_id
            else checkouts.order_id
        end
