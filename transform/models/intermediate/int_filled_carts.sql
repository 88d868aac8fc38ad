-- Every cart that anything is known of, once, with what each source knows of it: the inbox, the
-- carts left at payment, and the orders.

with inbox as (
    select * from {{ ref('int_inbox_carts') }}
),

left_at_payment as (
    select * from {{ ref('cart_outcomes') }}
),

orders as (
    select
        orders.*,
        row_number() over (
            partition by orders.store, orders.cart_key
            order by orders.left_at desc, orders.order_id desc
        ) as turn
    from {{ ref('int_orders') }} as orders
),

last_orders as (
    select * from orders where turn = 1
),

-- Whoever made an order, in any status, reached the payment step.
tries as (
    select
        store,
        cart_key,
        min(date_created) as began_at,
        max(case when status_id <> 0 and not is_sale then 1 else 0 end) as failed
    from orders
    group by 1, 2
),

-- Sales of no cart (staff and APIs make them) are left out.
sales as (
    select
        *,
        row_number() over (
            partition by store, cart_key
            order by date_created, order_id
        ) as sale_turn
    from orders
    where is_sale and cart_id is not null
),

-- The sale of a cart that was left is the one it came back as.
bought as (
    select
        store,
        cart_key,
        order_id,
        recovered_at as bought_at,
        is_inferred
    from {{ ref('int_recovering_orders') }}
    where turn = 1
    union all
    select
        sales.store,
        sales.cart_key,
        sales.order_id,
        sales.date_created as bought_at,
        false as is_inferred
    from sales
    left join left_at_payment
        on left_at_payment.store = sales.store and left_at_payment.cart_key = sales.cart_key
    where sales.sale_turn = 1 and left_at_payment.cart_key is null
    union all
    select
        conversions.store,
        conversions.cart_key,
        conversions.order_id,
        conversions.converted_at as bought_at,
        false as is_inferred
    from {{ ref('int_conversions') }} as conversions
    left join left_at_payment
        on
            left_at_payment.store = conversions.store
            and left_at_payment.cart_key = conversions.cart_key
    where left_at_payment.cart_key is null
),

filled as (
    select
        store,
        cart_key,
        min(began_at) as filled_at
    from (
        select store, cart_key, began_at, 1 as is_told_of from inbox
        union all
        select store, cart_key, began_at, 1 as is_told_of from left_at_payment
        union all
        select store, cart_key, bought_at as began_at, 1 as is_told_of from bought
        union all
        -- An Incomplete order that was not left yet is no cart of its own.
        select store, cart_key, began_at, 0 as is_told_of from tries
    ) as sources
    group by 1, 2
    having max(is_told_of) = 1
)

select
    filled.store,
    filled.cart_key,
    filled.filled_at,
    coalesce(
        {{ bigcommerce_carts.day_of('filled.filled_at') }}
        >= {{ bigcommerce_carts.day_of('inboxes.since') }},
        false
    ) as is_early_stage_known,
    inbox.status as inbox_status,
    inbox.step as inbox_step,
    inbox.active_at as inbox_active_at,
    inbox.abandoned_at as inbox_abandoned_at,
    inbox.left_at as inbox_left_at,
    inbox.converted_at as inbox_converted_at,
    inbox.shipping_options,
    inbox.coupon_discount,
    inbox.grand_total,
    left_at_payment.outcome as payment_outcome,
    left_at_payment.abandoned_at as payment_abandoned_at,
    last_orders.left_at as order_left_at,
    tries.store is not null as has_order,
    coalesce(tries.failed, 0) = 1 as has_failed_order,
    bought.store is not null as is_bought,
    bought.bought_at,
    bought.order_id,
    coalesce(bought.is_inferred, false) as is_inferred,
    -- All three of one source: the order it was bought with, else the one that was left, else any
    -- it has, else the cart itself.
    {% for column in ['channel_id', 'currency_code', 'value'] -%}
    case
        when sales.order_id is not null then sales.{{ column }}
        when left_at_payment.store is not null then left_at_payment.{{ column }}
        when last_orders.store is not null then last_orders.{{ column }}
        else inbox.{{ column }}
    end as {{ column }}{{ "," if not loop.last }}
    {% endfor -%}
from filled
left join {{ ref('int_inboxes') }} as inboxes
    on inboxes.store = filled.store
left join inbox
    on inbox.store = filled.store and inbox.cart_key = filled.cart_key
left join left_at_payment
    on left_at_payment.store = filled.store and left_at_payment.cart_key = filled.cart_key
left join tries
    on tries.store = filled.store and tries.cart_key = filled.cart_key
left join last_orders
    on last_orders.store = filled.store and last_orders.cart_key = filled.cart_key
left join bought
    on bought.store = filled.store and bought.cart_key = filled.cart_key
left join {{ ref('int_sales') }} as sales
    on
        sales.store = bought.store
        and sales.order_id = bought.order_id
        and not bought.is_inferred
