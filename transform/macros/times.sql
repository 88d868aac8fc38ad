{# The moment the tables are true of, in UTC. #}
{% macro as_of() -%}
{%- set moment = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
cast('{{ moment }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}

{% macro seconds_between(first, second) -%}
{{ return(adapter.dispatch('seconds_between', 'bigcommerce_carts')(first, second)) }}
{%- endmacro %}

{% macro default__seconds_between(first, second) -%}
{{ dbt.datediff(first, second, 'second') }}
{%- endmacro %}

{% macro postgres__seconds_between(first, second) -%}
cast(extract(epoch from {{ second }} - {{ first }}) as bigint)
{%- endmacro %}

{# The day of an instant in the time zone that days are counted in. #}
{% macro day_of(instant) -%}
{%- if var('time_zone') == 'UTC' -%}
cast({{ instant }} as date)
{%- else -%}
{{ return(adapter.dispatch('day_of', 'bigcommerce_carts')(instant, var('time_zone'))) }}
{%- endif -%}
{%- endmacro %}

{% macro default__day_of(instant, time_zone) -%}
cast({{ instant }} at time zone 'UTC' at time zone '{{ time_zone }}' as date)
{%- endmacro %}

{% macro snowflake__day_of(instant, time_zone) -%}
cast(convert_timezone('UTC', '{{ time_zone }}', {{ instant }}) as date)
{%- endmacro %}

{% macro bigquery__day_of(instant, time_zone) -%}
date({{ instant }}, '{{ time_zone }}')
{%- endmacro %}
