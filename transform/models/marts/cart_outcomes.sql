{{ config(
    materialized=bigcommerce_carts.incremental_where_it_can_be(),
    incremental_strategy=bigcommerce_carts.replace_strategy(),
    on_schema_change='append_new_columns',
    unique_key=['store', 'cart_key'],
    post_hook="{{ bigcommerce_carts.delete_unmatched(
        ref('int_cart_attempts'), {'store': 'store', 'cart_key': 'cart_key'}
    ) }}"
) }}

with carts as (
    select * from {{ ref('int_checkouts') }} where is_left
),

recoveries as (
    select * from {{ ref('int_recovering_orders') }} where turn = 1
),

customers as (
    select * from {{ ref('stg_bigcommerce__customers') }}
),

sales as (
    select * from {{ ref('int_sales') }}
),

outcomes as (
    select
        carts.*,
        case
            when stores_with_orders.store is null then 'unknown'
            when recoveries.cart_key is not null then 'recovered'
            when
                {{ bigcommerce_carts.seconds_between(
                    'carts.checkout_at', bigcommerce_carts.as_of()
                ) }} >= 86400 * {{ bigcommerce_carts.lost_after_days() }}
                then 'lost'
            else 'open'
        end as outcome,
        recoveries.recovered_at,
        -- A cart that was changed after it had been paid has no time.
        case
            when recoveries.recovered_at >= carts.checkout_at
                then {{ bigcommerce_carts.seconds_between(
                    'carts.checkout_at', 'recoveries.recovered_at'
                ) }}
        end as seconds_to_recover,
        recoveries.order_id as recovering_order_id,
        recoveries.is_same_order,
        coalesce(recoveries.is_inferred, false) as is_inferred,
        sales.value as recovered_order_value,
        sales.currency_code as recovered_order_currency_code,
        sales.value_in_store_currency as recovered_order_value_in_store_currency,
        {{ bigcommerce_carts.is_contactable('carts', 'customer_email', 'carts.is_email_opt_in') }}
            as is_contactable
    from carts
    left join {{ ref('int_stores_with_orders') }} as stores_with_orders
        on stores_with_orders.store = carts.store
    left join recoveries
        on
            recoveries.store = stores_with_orders.store
            and recoveries.cart_key = carts.cart_key
    left join sales
        on sales.store = recoveries.store and sales.order_id = recoveries.order_id
    left join customers
        on customers.store = carts.store and customers.id = carts.customer_id
    left join {{ ref('int_known_emails') }} as emails
        on
            emails.store = carts.store
            and emails.email = {{ bigcommerce_carts.plain_email('carts.customer_email') }}
),

fresh as (
    select
        store,
        cart_key,
        platform,
        abandoned_cart_id,
        order_id,
        cart_id,
        attempts,
        outcome,
        began_at,
        checkout_at as abandoned_at,
        checkout_on as abandoned_on,
        local_hour,
        local_weekday,
        checkout_week,
        recovered_at,
        seconds_to_recover,
        {{ bigcommerce_carts.hours('seconds_to_recover') }} as hours_to_recover,
        recovering_order_id,
        is_same_order,
        is_inferred,
        value,
        currency_code,
        exchange_rate,
        value_in_store_currency,
        recovered_order_value,
        recovered_order_currency_code,
        recovered_order_value_in_store_currency,
        store_currency_code,
        items_value,
        shipping_cost,
        handling_cost,
        tax,
        discount,
        coupon_discount,
        coupon_use,
        extra_costs,
        extra_cost_share,
        price_band,
        items_total,
        line_item_count,
        payment_method,
        order_source,
        channel_id,
        channel_name,
        is_guest,
        shopper_key,
        customer_id,
        customer_email,
        customer_group_id,
        customer_group_name,
        is_returning,
        is_contactable,
        is_held_out,
        country_iso2
    from outcomes
)

{{ bigcommerce_carts.only_what_differs('fresh') }}
