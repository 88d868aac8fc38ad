{{ config(materialized='table') }}

-- Every order but testers', with the cart it is of, and what it is: a sale, one that failed, or
-- neither (Incomplete, archived). A table, since it is read often.

with orders as (
    select
        *,
        {{ bigcommerce_carts.is_sale() }} as is_sale,
        {{ bigcommerce_carts.is_failed() }} as is_failed
    from {{ ref('stg_bigcommerce__orders') }}
)

select
    orders.store,
    orders.id as order_id,
    carts.cart_key,
    carts.cart_id,
    orders.status_id,
    orders.is_sale,
    orders.is_failed,
    orders.channel_id,
    coalesce(orders.date_created, orders.date_modified) as date_created,
    orders.date_modified,
    -- An order that is still Incomplete changes when the shopper does something; later changes of
    -- others are the merchant's.
    case
        when orders.status_id <> 0 and orders.date_created is not null then orders.date_created
        else orders.date_modified
    end as left_at,
    orders.customer_id,
    orders.customer_email,
    orders.is_email_opt_in,
    amounts.value,
    amounts.currency_code,
    amounts.exchange_rate,
    amounts.value_in_store_currency,
    amounts.store_currency_code,
    amounts.payment_method,
    {{ bigcommerce_carts.shopper_key(
        'orders.customer_id', 'known.customer_id', 'orders.customer_email'
    ) }} as shopper_key
from orders
inner join {{ ref('int_order_carts') }} as carts
    on carts.store = orders.store and carts.order_id = orders.id
inner join {{ ref('int_order_values') }} as amounts
    on amounts.store = orders.store and amounts.id = orders.id
left join {{ ref('int_known_emails') }} as known
    on
        known.store = orders.store
        and known.email = {{ bigcommerce_carts.plain_email('orders.customer_email') }}
where
    not exists (
        select 1
        from {{ ref('int_testers') }} as testers
        where testers.store = orders.store and testers.cart_key = carts.cart_key
    )
