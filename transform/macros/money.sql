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
   BigCommerce without Multi-Currency names none either, and its 1 is no rate. #}
{% macro order_values(orders) -%}
with orders as (
    select
        store,
        id,
        total_inc_tax as value,
        {{ bigcommerce_carts.currency_of_order() }} as currency_code,
        {{ bigcommerce_carts.currency_code('store_default_currency_code') }} as rate_from,
        case
            when store_default_to_transactional_exchange_rate > 0
                then store_default_to_transactional_exchange_rate
        end as rate
    from {{ orders }}
),

rated as (
    select
        orders.store,
        orders.id,
        orders.value,
        orders.currency_code,
        case
            when orders.currency_code = stores.currency_code then {{ bigcommerce_carts.as_decimal(1, 10) }}
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
    currency_code,
    exchange_rate,
    {{ bigcommerce_carts.in_store_currency('value', 'exchange_rate') }} as value_in_store_currency,
    store_currency_code
from rated
{%- endmacro %}

{# An amount in the store's own currency, to four places, halves away from zero. Both are made
   whole numbers first: engines divide in decimals or in floats, and must not differ. #}
{% macro in_store_currency(value, rate) -%}
{{ return(adapter.dispatch('in_store_currency', 'bigcommerce_carts')(value, rate)) }}
{%- endmacro %}

{% macro default__in_store_currency(value, rate) -%}
{%- set wholes = bigcommerce_carts.whole_division(value, rate, 'decimal(38, 0)') -%}
cast(({{ wholes[0] }} - mod({{ wholes[0] }}, {{ wholes[1] }})) / {{ wholes[1] }} as decimal(34, 0))
    * 0.0001
{%- endmacro %}

{% macro duckdb__in_store_currency(value, rate) -%}
cast({{ bigcommerce_carts.whole_division(value, rate, 'hugeint') | join(' // ') }} as decimal(34, 0))
    * 0.0001
{%- endmacro %}

{# Its decimals are wide enough. #}
{% macro bigquery__in_store_currency(value, rate) -%}
round(cast({{ value }} as bignumeric) / cast({{ rate }} as bignumeric), 4)
{%- endmacro %}

{# A sum of amounts; any number of them has room in it. #}
{% macro sum_of_money(value) -%}
{{ bigcommerce_carts.as_decimal(value, 4, digits=38) }}
{%- endmacro %}

{# Dividend and divisor, whose quotient without its remainder is the amount in ten-thousandths. #}
{% macro whole_division(value, rate, whole) -%}
{%- set value = 'cast(10000 * ' ~ value ~ ' as ' ~ whole ~ ')' -%}
{%- set rate = 'cast(10000000000 * ' ~ rate ~ ' as ' ~ whole ~ ')' -%}
{{ return([
    '(20000000000 * ' ~ value ~ ' + case when ' ~ value ~ ' < 0 then -1 else 1 end * ' ~ rate ~ ')',
    '(2 * ' ~ rate ~ ')',
]) }}
{%- endmacro %}
