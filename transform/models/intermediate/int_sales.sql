-- Orders that count as sales.

with sales as (
    select *
    from {{ ref('stg_bigcommerce__orders') }}
    where
        {{ bigcommerce_carts.is_sale() }}
        and not {{ bigcommerce_carts.is_test('customer_email') }}
)

select
    sales.store,
    sales.id as order_id,
    sales.cart_id,
    sales.channel_id,
    sales.date_created,
    sales.date_modified,
    sales.total_inc_tax as value,
    coalesce(sales.default_currency_code, sales.currency_code) as currency_code,
    {{ bigcommerce_carts.shopper_key(
        'sales.customer_id', 'known.customer_id', 'sales.customer_email'
    ) }} as shopper_key
from sales
left join {{ ref('int_known_emails') }} as known
    on
        known.store = sales.store
        and known.email = {{ bigcommerce_carts.plain_email('sales.customer_email') }}
