-- The rules the other tables were made by, and which streams they were made from. One row.

select
    {{ bigcommerce_carts.as_of() }} as as_of,
    {{ bigcommerce_carts.lost_after_days() }} as lost_after_days,
    {{ bigcommerce_carts.remind_within_days() }} as remind_within_days,
    {{ bigcommerce_carts.as_decimal(bigcommerce_carts.holdout_share(), 4) }} as holdout_share,
    {{ bigcommerce_carts.holdout_began() }} as holdout_since,
    {{ bigcommerce_carts.attribution_days() }} as attribution_days,
    {{ 'true' if bigcommerce_carts.is_true('infer_recovery') else 'false' }} as infer_recovery,
    cast({{ bigcommerce_carts.quoted(bigcommerce_carts.not_sale_status_ids() | join(', ')) }} as {{ dbt.type_string() }})
        as not_sale_status_ids,
    {{ 'true' if bigcommerce_carts.is_true('archived_are_sales') else 'false' }} as archived_are_sales,
    {{ bigcommerce_carts.test_emails() | length }} as test_emails,
    cast({{ bigcommerce_carts.quoted(bigcommerce_carts.price_bands() | join(', ')) }} as {{ dbt.type_string() }})
        as price_bands,
    cast({{ bigcommerce_carts.quoted(bigcommerce_carts.time_zone()) }} as {{ dbt.type_string() }}) as time_zone,
    {% for stream in [
        'abandoned_carts', 'abandoned_cart_line_items', 'customers', 'orders', 'carts',
        'store_logs'
    ] -%}
    {%- set table = bigcommerce_carts.found(source('bigcommerce_carts', stream)) -%}
    {{ 'true' if table is not none else 'false' }} as has_{{ stream }}
    {{- "," if not loop.last }}
    {% endfor %}
