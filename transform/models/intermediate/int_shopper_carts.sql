{{ config(materialized='table') }}

-- Carts that were left at payment, and those of the inbox, with who filled them and whether they may
-- be reminded. A table, since it is read often.

with carts as (
    select * from {{ ref('cart_funnel') }}
),

left_at_payment as (
    select * from {{ ref('cart_outcomes') }}
),

inbox as (
    select * from {{ ref('int_inbox_carts') }}
),

-- Of an inbox's cart nobody asked the guest.
inbox_people as (
    select
        inbox.store,
        inbox.cart_key,
        {{ bigcommerce_carts.shopper_key(
            'inbox.customer_id', 'emails.customer_id', 'inbox.email'
        ) }} as shopper_key,
        {{ bigcommerce_carts.is_contactable(
            'inbox', 'email', 'cast(null as ' ~ dbt.type_boolean() ~ ')'
        ) }} as is_contactable
    from inbox
    left join {{ ref('stg_bigcommerce__customers') }} as customers
        on customers.store = inbox.store and customers.id = inbox.customer_id
    left join {{ ref('int_known_emails') }} as emails
        on
            emails.store = inbox.store
            and emails.email = {{ bigcommerce_carts.plain_email('inbox.email') }}
)

select
    carts.store,
    carts.cart_key,
    left_at_payment.store is not null as is_left_at_payment,
    carts.outcome,
    carts.filled_at,
    -- The inbox knows when it was left also of a cart that its shopper is back at.
    case
        when left_at_payment.store is not null then left_at_payment.abandoned_at
        when carts.outcome <> 'placed' then inbox.left_at
    end as left_at,
    -- A later leaving would move the clock of those whom a reminder brought back to leave again.
    case
        when left_at_payment.began_at <= inbox.left_at then left_at_payment.began_at
        when carts.outcome <> 'placed' or left_at_payment.store is not null
            then coalesce(inbox.left_at, left_at_payment.began_at)
    end as first_left_at,
    case
        when carts.outcome = 'open' then inbox.active_at
        else coalesce(left_at_payment.abandoned_at, inbox.left_at, inbox.active_at)
    end as last_sign_at,
    carts.placed_at,
    left_at_payment.abandoned_cart_id,
    case
        when left_at_payment.store is not null then left_at_payment.customer_id
        else inbox.customer_id
    end as customer_id,
    {% for name in ['shopper_key', 'is_contactable'] -%}
    case
        when left_at_payment.store is not null then left_at_payment.{{ name }}
        else inbox_people.{{ name }}
    end as {{ name }},
    {% endfor -%}
    case
        when left_at_payment.store is not null then left_at_payment.customer_email
        else inbox.email
    end as email,
    case
        when left_at_payment.store is not null then left_at_payment.is_returning
        when stores.has_orders and inbox_people.shopper_key is not null
            then coalesce(first_sales.made_at < carts.filled_at, false)
    end as is_returning,
    carts.value,
    carts.currency_code,
    carts.channel_id,
    coalesce(left_at_payment.items_total, inbox.items_total) as items_total,
    inbox.locale,
    inbox.recovery_token
from carts
left join left_at_payment
    on left_at_payment.store = carts.store and left_at_payment.cart_key = carts.cart_key
left join inbox
    on inbox.store = carts.store and inbox.cart_key = carts.cart_key
left join inbox_people
    on inbox_people.store = carts.store and inbox_people.cart_key = carts.cart_key
left join {{ ref('int_first_sales') }} as first_sales
    on
        first_sales.store = inbox_people.store
        and first_sales.shopper_key = inbox_people.shopper_key
left join {{ ref('store_coverage') }} as stores
    on stores.store = carts.store
where left_at_payment.store is not null or inbox.store is not null
