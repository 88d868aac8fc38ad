{# The currency an order's amounts are in: the transactional one. Where that is missing, the shown
   one, unless a rate says that it is another. #}
{% macro currency_of_order() -%}
coalesce(
    {{ bigcommerce_carts.currency_code('default_currency_code') }},
    case
        when coalesce(currency_exchange_rate, 1) = 1
            then {{ bigcommerce_carts.currency_code('currency_code') }}
    end
)
{%- endmacro %}

{% macro currency_code(value) -%}
nullif(upper(trim({{ value }})), '')
{%- endmacro %}

{# What each order is worth: in its own currency, and in the store's at the order's own rate. That is
   from the store's currency that the order names. API2Cart names none on orders in other currencies.
   BigCommerce without Multi-Currency names none either, and its 1 is no rate. Beside it what the worth
   is made of, and what else the order tells of the checkout. #}
{% macro order_values(orders) -%}
with orders as (
    select
        *,
        {{ bigcommerce_carts.currency_of_order() }} as transactional_currency_code,
        {{ bigcommerce_carts.currency_code('store_default_currency_code') }} as rate_from,
        case
            when store_default_to_transactional_exchange_rate > 0
                then store_default_to_transactional_exchange_rate
        end as rate
    from {{ orders }}
),

rated as (
    select
        orders.*,
        orders.total_inc_tax as value,
        {{ bigcommerce_carts.extra_costs() }} as extra_costs,
        case
            when orders.transactional_currency_code = stores.currency_code
                then {{ bigcommerce_carts.as_decimal(1, 10) }}
            when orders.rate_from = stores.currency_code then orders.rate
            when orders.rate_from is null and stores.currency_code is not null and orders.rate <> 1
                then orders.rate
        end as exchange_rate,
        stores.currency_code as store_currency_code
    from orders
    left join {{ ref('int_store_currencies') }} as stores
        on stores.store = orders.store
)

select
    store,
    id,
    value,
    transactional_currency_code as currency_code,
    exchange_rate,
    {{ bigcommerce_carts.in_store_currency('value', 'exchange_rate') }} as value_in_store_currency,
    store_currency_code,
    subtotal_ex_tax as items_value,
    shipping_cost_ex_tax as shipping_cost,
    handling_cost_ex_tax as handling_cost,
    total_tax as tax,
    discount_amount as discount,
    coupon_discount,
    extra_costs,
    -- Of nothing, or less, there is no share.
    {{ bigcommerce_carts.divided('extra_costs', 'case when value > 0 then value end') }} as extra_cost_share,
    {{ bigcommerce_carts.price_band('value') }} as price_band,
    items_total,
    payment_method,
    order_source,
    geoip_country_iso2 as country_iso2,
    is_email_opt_in
from rated
{%- endmacro %}

{# What an order so tells of its checkout. #}
{% macro told_by_orders() -%}
{{ return([
    'value', 'currency_code', 'exchange_rate', 'value_in_store_currency', 'store_currency_code',
    'items_value', 'shipping_cost', 'handling_cost', 'tax', 'discount', 'coupon_discount',
    'extra_costs', 'extra_cost_share', 'price_band', 'items_total', 'payment_method',
     'order_source', 'country_iso2', 'is_email_opt_in',
]) }}
{%- endmacro %}

{# What came on top of the prices that were shown: shipping and handling, and tax, unless prices were
   shown with it; then the tax on shipping and handling alone. Where that is not told, it is known if
   there was no tax. Gift wrapping is chosen, and none of it. #}
{% macro extra_costs() -%}
{{ bigcommerce_carts.sum_of_money(
    'case'
    ~ ' when orders.is_tax_inclusive_pricing'
    ~ ' then orders.shipping_cost_inc_tax + orders.handling_cost_inc_tax'
    ~ ' when not orders.is_tax_inclusive_pricing or orders.total_tax = 0'
    ~ ' then orders.shipping_cost_ex_tax + orders.handling_cost_ex_tax + orders.total_tax'
    ~ ' end'
) }}
{%- endmacro %}

{# The band that a value is in, as text in the order of the bands: `1: below 25`, `2: 25 to 50`. What is
   worth as much as a bound is in the band above. #}
{% macro price_band(value) -%}
{%- set bounds = bigcommerce_carts.price_bands() -%}
{%- set number = '%0' ~ (bounds | length + 1) | string | length ~ 'd: ' -%}
case
    {%- for bound in bounds %}
        {%- set label = 'below ' ~ bound if loop.first else loop.previtem ~ ' to ' ~ bound %}
        when {{ value }} < {{ bigcommerce_carts.as_decimal(bound, 4) }}
            then {{ bigcommerce_carts.quoted(number | format(loop.index) ~ label) }}
    {%- endfor %}
        when {{ value }} >= {{ bigcommerce_carts.as_decimal(bounds[-1], 4) }}
            then {{ bigcommerce_carts.quoted(number | format(bounds | length + 1) ~ bounds[-1] ~ ' or more') }}
    end
{%- endmacro %}

{# An amount in the store's own currency. #}
{% macro in_store_currency(value, rate) -%}
{{ bigcommerce_carts.divided(value, rate) }}
{%- endmacro %}

{# An amount by another, or by a rate, to four places, halves away from zero. Both are made whole
   numbers first: engines divide in decimals or in floats, and must not differ. #}
{% macro divided(value, rate) -%}
{{ return(adapter.dispatch('divided', 'bigcommerce_carts')(value, rate)) }}
{%- endmacro %}

{% macro default__divided(value, rate) -%}
{%- set wholes = bigcommerce_carts.whole_division(value, rate, 'decimal(38, 0)') -%}
cast(({{ wholes[0] }} - mod({{ wholes[0] }}, {{ wholes[1] }})) / {{ wholes[1] }} as decimal(34, 0))
    * 0.0001
{%- endmacro %}

{% macro duckdb__divided(value, rate) -%}
cast({{ bigcommerce_carts.whole_division(value, rate, 'hugeint') | join(' // ') }} as decimal(34, 0))
    * 0.0001
{%- endmacro %}

{# Its decimals are wide enough. #}
{% macro bigquery__divided(value, rate) -%}
round(cast({{ value }} as bignumeric) / cast({{ rate }} as bignumeric), 4)
{%- endmacro %}

{# A sum of amounts; any number of them has room in it. #}
{% macro sum_of_money(value) -%}
{{ bigcommerce_carts.as_decimal(value, 4, digits=38) }}
{%- endmacro %}

{# Dividend and divisor, whose quotient without its remainder is the result in ten-thousandths. #}
{% macro whole_division(value, rate, whole) -%}
{%- set value = 'cast(10000 * ' ~ value ~ ' as ' ~ whole ~ ')' -%}
{%- set rate = 'cast(10000000000 * ' ~ rate ~ ' as ' ~ whole ~ ')' -%}
{{ return([
    '(20000000000 * ' ~ value ~ ' + case when ' ~ value ~ ' < 0 then -1 else 1 end * ' ~ rate ~ ')',
    '(2 * ' ~ rate ~ ')',
]) }}
{%- endmacro %}
