{# The moment the tables are true of, in UTC. #}
{% macro as_of() -%}
cast({{ bigcommerce_carts.quoted(bigcommerce_carts.moment()) }} as {{ dbt.type_timestamp() }})
{%- endmacro %}

{# When a day begins in UTC, or one so many days later. #}
{% macro midnight(day, later=0) -%}
cast({{ dbt.dateadd('day', later, day) if later else day }} as {{ dbt.type_timestamp() }})
{%- endmacro %}

{# Whole seconds that have gone by: a part of one is none. #}
{% macro seconds_between(first, second) -%}
{{ return(adapter.dispatch('seconds_between', 'bigcommerce_carts')(first, second)) }}
{%- endmacro %}

{% macro default__seconds_between(first, second) -%}
cast(trunc({{ dbt.datediff(first, second, 'microsecond') }} / 1000000) as {{ dbt.type_bigint() }})
{%- endmacro %}

{% macro postgres__seconds_between(first, second) -%}
cast(trunc(extract(epoch from {{ second }} - {{ first }})) as bigint)
{%- endmacro %}

{% macro redshift__seconds_between(first, second) -%}
{{ bigcommerce_carts.default__seconds_between(first, second) }}
{%- endmacro %}

{% macro duckdb__seconds_between(first, second) -%}
date_sub('second', {{ first }}, {{ second }})
{%- endmacro %}

{% macro bigquery__seconds_between(first, second) -%}
div({{ dbt.datediff(first, second, 'microsecond') }}, 1000000)
{%- endmacro %}

{% macro spark__seconds_between(first, second) -%}
(unix_micros({{ second }}) - unix_micros({{ first }})) div 1000000
{%- endmacro %}

{# An instant by the clocks of the time zone that days are counted in. #}
{% macro local_time(instant) -%}
{%- set zone = bigcommerce_carts.time_zone() -%}
{%- if zone == 'UTC' -%}
{{ instant }}
{%- else -%}
{{ return(adapter.dispatch('local_time', 'bigcommerce_carts')(instant, bigcommerce_carts.quoted(zone))) }}
{%- endif -%}
{%- endmacro %}

{% macro default__local_time(instant, time_zone) -%}
{{ instant }} at time zone 'UTC' at time zone {{ time_zone }}
{%- endmacro %}

{% macro snowflake__local_time(instant, time_zone) -%}
convert_timezone('UTC', {{ time_zone }}, {{ instant }})
{%- endmacro %}

{% macro bigquery__local_time(instant, time_zone) -%}
datetime({{ instant }}, {{ time_zone }})
{%- endmacro %}

{% macro spark__local_time(instant, time_zone) -%}
from_utc_timestamp({{ instant }}, {{ time_zone }})
{%- endmacro %}

{# The day of an instant there. #}
{% macro day_of(instant) -%}
cast({{ bigcommerce_carts.local_time(instant) }} as date)
{%- endmacro %}

{# The hour of an instant there, 0 to 23. #}
{% macro hour_of(instant) -%}
cast(extract(hour from {{ bigcommerce_carts.local_time(instant) }}) as {{ dbt.type_bigint() }})
{%- endmacro %}

{# Which day of its week a day is, 1 for Monday to 7 for Sunday: counted from a Monday, since engines
   number weekdays in their own ways. In a time zone west of it the first of all days is before it. #}
{% macro weekday_of(day) -%}
cast(
    mod(mod({{ dbt.datediff("cast('0001-01-01' as date)", day, 'day') }}, 7) + 7, 7) + 1
    as {{ dbt.type_int() }}
)
{%- endmacro %}

{# The Monday of a day's week. #}
{% macro monday_of(day) -%}
cast({{ dbt.dateadd('day', '1 - ' ~ bigcommerce_carts.weekday_of(day), day) }} as date)
{%- endmacro %}

{# For `dbt source freshness`: when the store was checked that has waited longest. A project without
   any check is told so, and does not fail. #}
{% macro checked_last(table) -%}
{%- set relation = bigcommerce_carts.found(table) -%}
{%- if relation is none -%}
    {%- do exceptions.warn(
        'No check of the tables was made yet: `bigcommerce-carts verify` makes one.'
    ) -%}
    select {{ dbt.current_timestamp() }} as checked_at
{%- else -%}
    select min(checked_at) as checked_at
    from (
        select
            store,
            max(checked_at) as checked_at
        from {{ relation }}
        where mode in ('keys', 'deep')
        group by 1
    ) as stores
{%- endif -%}
{%- endmacro %}

{# Spark knows instants by the time zone of its session alone, and would count wrong days in another. #}
{% macro check_time_zone_of_session() -%}
{%- if execute and target.type in ['databricks', 'spark']
    and not bigcommerce_carts.is_true('assume_sources') -%}
    {%- set zone = run_query('select current_timezone() as zone').columns[0].values()[0] -%}
    {%- if zone not in ['UTC', 'Etc/UTC', 'GMT', 'Z', '+00:00'] -%}
        {{ exceptions.raise_compiler_error(
            'The time zone of the Spark session is ' ~ zone ~ ' and must be UTC: set '
            ~ '`spark.sql.session.timeZone: UTC` in `server_side_parameters` of the profile.'
        ) }}
    {%- endif -%}
{%- endif -%}
{%- endmacro %}
