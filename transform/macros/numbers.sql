{# An exact decimal with so many places, of so many digits in all. #}
{% macro as_decimal(value, places, digits=20) -%}
{{ return(adapter.dispatch('as_decimal', 'bigcommerce_carts')(value, places, digits)) }}
{%- endmacro %}

{% macro default__as_decimal(value, places, digits) -%}
cast({{ value }} as decimal({{ digits }}, {{ places }}))
{%- endmacro %}

{# BigQuery's cast to decimal cannot round. #}
{% macro bigquery__as_decimal(value, places, digits) -%}
round(cast({{ value }} as bignumeric), {{ places }})
{%- endmacro %}

{# Which part of the whole, between 0 and 1, with four places; null of nothing. Halves are rounded
   up in whole numbers: engines divide in decimals or in floats, and must not differ. #}
{% macro share(part, whole) -%}
{{ bigcommerce_carts.as_decimal(
    'floor((20000 * ' ~ part ~ ' + ' ~ whole ~ ') / (2.0 * nullif(' ~ whole ~ ', 0))) / 10000', 4
) }}
{%- endmacro %}

{# Seconds in hours with two places, rounded as above. #}
{% macro hours(seconds) -%}
{{ bigcommerce_carts.as_decimal('floor((' ~ seconds ~ ' + 18) / 36.0) / 100', 2) }}
{%- endmacro %}

{# The middle value, or that between the two in the middle. #}
{% macro median(value) -%}
{{ return(adapter.dispatch('median', 'bigcommerce_carts')(value)) }}
{%- endmacro %}

{% macro default__median(value) -%}
percentile_cont(0.5) within group (order by {{ value }})
{%- endmacro %}

{# An aggregate there can only be had so; its halves are of an order, not an even cut. #}
{% macro bigquery__median(value) -%}
approx_quantiles({{ value }}, 2)[offset(1)]
{%- endmacro %}
