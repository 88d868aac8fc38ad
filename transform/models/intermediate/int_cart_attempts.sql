{{ config(materialized='table') }}

-- Every Incomplete order, and the cart it belongs to. A shopper who changes the cart and tries
-- again can leave several orders of one cart: that is one abandonment, and the latest tells of it.
-- A table, since it is read often.

with carts as (
    select
        store,
        coalesce(cart_id, id) as cart_key,
        id,
        platform,
        order_id,
        cart_id,
        channel_id,
        date_created,
        date_modified,
        customer_id,
        is_guest,
        customer_email,
        is_email_opt_in,
        total_inc_tax as value,
        coalesce(default_currency_code, currency_code) as currency_code,
        store_default_currency_code as store_currency_code,
        store_default_to_transactional_exchange_rate as exchange_rate,
        geoip_country_iso2 as country_iso2
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where not {{ bigcommerce_carts.is_test('customer_email') }}
)

select
    carts.*,
    {{ bigcommerce_carts.shopper_key(
        'carts.customer_id', 'known.customer_id', 'carts.customer_email'
    ) }} as shopper_key,
    row_number() over (
        partition by carts.store, carts.cart_key
        order by carts.date_modified desc, carts.order_id desc, carts.id desc
    ) as turn,
    count(*) over (partition by carts.store, carts.cart_key) as attempts,
    min(carts.date_created) over (partition by carts.store, carts.cart_key) as began_at
from carts
left join {{ ref('int_known_emails') }} as known
    on
        known.store = carts.store
        and known.email = {{ bigcommerce_carts.plain_email('carts.customer_email') }}
