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

{# How far what will be seen of one more spreads, of a share of which so many of so many were seen:
   p (1 - p) with Laplace's p = (part + 1) / (whole + 2), which is never 0 or 1. Over whole + 3 it is
   how far the share itself spreads (the variance of a beta distribution). #}
{% macro spread_of_share(part, whole) -%}
(
    ({{ bigcommerce_carts.double(part) }} + 1) * ({{ whole }} - {{ part }} + 1)
    / ({{ bigcommerce_carts.double(whole) }} + 2) / ({{ whole }} + 2)
)
{%- endmacro %}

{# How far a sum of amounts, each of which comes or does not, may be from what is expected of it, with
   95 %. Its variance is that of the amounts, each on its own, and that of the shares, which are of one
   past and so are wrong together: sum of value^2 p (1 - p), and the square of the sum of value times
   the share's error (the law of total variance). Such sums are lopsided: by Cornish and Fisher that
   moves an end by (z^2 - 1) / 6 of skewness times deviation, which is at most so much of the largest
   amount. #}
{% macro reach_of_sum(variance, error, largest) -%}
(
    {{ bigcommerce_carts.z() }} * sqrt(
        {{ bigcommerce_carts.double(variance) }}
        + {{ bigcommerce_carts.double(error) }} * {{ bigcommerce_carts.double(error) }}
    )
    + ({{ bigcommerce_carts.z_squared() }} - 1) / 6 * {{ bigcommerce_carts.double(largest) }}
)
{%- endmacro %}

{# A float as an exact decimal with so many places, halves up. #}
{% macro rounded(value, places, digits=20) -%}
{%- set ones = 10 ** places -%}
{{ bigcommerce_carts.as_decimal('floor(' ~ ones ~ ' * (' ~ value ~ ') + 0.5) / ' ~ ones, places, digits) }}
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
