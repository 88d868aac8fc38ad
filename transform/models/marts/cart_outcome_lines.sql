{{ config(
    materialized=bigcommerce_carts.incremental_where_it_can_be(),
    incremental_strategy=bigcommerce_carts.replace_strategy(),
    on_schema_change='append_new_columns',
    unique_key=['store', 'abandoned_cart_id', 'line_id'],
    post_hook=[
        "{{ bigcommerce_carts.delete_unmatched(
            ref('cart_outcomes'),
            {
                'store': 'store',
                'cart_key': 'cart_key',
                'abandoned_cart_id': 'abandoned_cart_id',
                'cart_date_modified': 'abandoned_at',
            }
        ) }}",
        "{{ bigcommerce_carts.delete_unmatched(
            ref('stg_bigcommerce__abandoned_cart_line_items'),
            {
                'store': 'store',
                'abandoned_cart_id': 'abandoned_cart_id',
                'cart_date_modified': 'cart_date_modified',
                'line_id': 'id',
            }
        ) }}",
    ]
) }}

-- When a cart is edited its lines are written anew with the cart's new date. Lines with an older
-- date are history.
with fresh as (
    select
        carts.store,
        carts.cart_key,
        carts.abandoned_cart_id,
        lines.id as line_id,
        lines.cart_date_modified,
        lines.product_id,
        lines.variant_id,
        lines.sku,
        lines.name,
        lines.brand,
        lines.{{ bigcommerce_carts.column('type') }},
        lines.quantity,
        lines.price_inc_tax as unit_price,
        coalesce(lines.discounted_total_inc_tax, lines.total_inc_tax) as value,
        carts.currency_code,
        {{ bigcommerce_carts.in_store_currency(
            'coalesce(lines.discounted_total_inc_tax, lines.total_inc_tax)', 'carts.exchange_rate'
        ) }} as value_in_store_currency,
        carts.store_currency_code,
        lines.parent_order_product_id as parent_line_id,
        coalesce(lines.is_bundled_product, false) as is_part_of_bundle
    from {{ ref('cart_outcomes') }} as carts
    inner join {{ ref('stg_bigcommerce__abandoned_cart_line_items') }} as lines
        on
            lines.store = carts.store
            and lines.abandoned_cart_id = carts.abandoned_cart_id
            and lines.cart_date_modified = carts.abandoned_at
)

{{ bigcommerce_carts.only_what_differs('fresh') }}
