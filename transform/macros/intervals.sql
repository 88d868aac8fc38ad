{# How far chance alone may have moved a share. All of it in floats of 64 bits, which every engine
   counts with alike, and rounded at the end. #}

{# 1.96 standard deviations, and their square: 95 %, both ends together. #}
{% macro z() -%}{{ return('1.959963984540054') }}{%- endmacro %}
{% macro z_squared() -%}{{ return('3.841458820694124') }}{%- endmacro %}

{# The lower (`-`) or upper (`+`) end of Wilson's score interval without continuity correction, for a
   share of which so many of so many were seen (E. B. Wilson, 1927); null of nothing. #}
{% macro wilson(sign, part, whole) -%}
{%- set part = bigcommerce_carts.double(part) -%}
{%- set whole = bigcommerce_carts.double(whole) -%}
{%- set spread = part ~ ' * (' ~ whole ~ ' - ' ~ part ~ ') / nullif(' ~ whole ~ ', 0)' -%}
(
    ({{ part }} + {{ bigcommerce_carts.z_squared() }} / 2)
    {{ sign }} {{ bigcommerce_carts.z() }} * sqrt({{ spread }} + {{ bigcommerce_carts.z_squared() }} / 4)
) / ({{ whole }} + {{ bigcommerce_carts.z_squared() }})
{%- endmacro %}

{# The lower (`-`) or upper (`+`) end of the interval for the difference of two shares, by the ends of
   each one's own: Newcombe's hybrid score interval (R. G. Newcombe, 1998, method 10). Takes the names
   of columns `share_…`, `low_…` and `high_…`. #}
{% macro newcombe(sign, one, other) -%}
{%- set far, near = ('low', 'high') if sign == '-' else ('high', 'low') -%}
(share_{{ one }} - share_{{ other }}) {{ sign }} sqrt(
    (share_{{ one }} - {{ far }}_{{ one }}) * (share_{{ one }} - {{ far }}_{{ one }})
    + (share_{{ other }} - {{ near }}_{{ other }}) * (share_{{ other }} - {{ near }}_{{ other }})
)
{%- endmacro %}

{# A float as an exact decimal with so many places, halves up. #}
{% macro rounded(value, places) -%}
{%- set ones = 10 ** places -%}
{{ bigcommerce_carts.as_decimal('floor(' ~ ones ~ ' * (' ~ value ~ ') + 0.5) / ' ~ ones, places) }}
{%- endmacro %}

{% macro double(value) -%}
{{ return(adapter.dispatch('double', 'bigcommerce_carts')(value)) }}
{%- endmacro %}

{% macro default__double(value) -%}
cast({{ value }} as double precision)
{%- endmacro %}

{% macro bigquery__double(value) -%}
cast({{ value }} as float64)
{%- endmacro %}

{% macro spark__double(value) -%}
cast({{ value }} as double)
{%- endmacro %}
