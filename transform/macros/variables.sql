{# The variables, checked and ready for SQL. Whoever sets one wrong is told in one sentence. dbt 2 reads
   these macros with another Jinja: `modules.re` gives a match without `group`, and tries no second
   alternative (`0|0?[.]5`) once the first fits the beginning. #}

{% macro refuse(name, must) -%}
{{ exceptions.raise_compiler_error('The variable `' ~ name ~ '` must be ' ~ must ~ '.') }}
{%- endmacro %}

{% macro is_true(name) -%}
{%- set said = var(name) | string | lower -%}
{%- if said not in ['true', 'false'] -%}
    {{ bigcommerce_carts.refuse(name, 'true or false') }}
{%- endif -%}
{{ return(said == 'true') }}
{%- endmacro %}

{% macro is_whole(value) -%}
{{ return(value is not boolean and modules.re.fullmatch('[0-9]{1,5}', value | string) is not none) }}
{%- endmacro %}

{# A whole number of days. #}
{% macro days(name) -%}
{%- set days = var(name) -%}
{%- if not bigcommerce_carts.is_whole(days) -%}
    {{ bigcommerce_carts.refuse(name, 'a whole number of days, such as 7') }}
{%- endif -%}
{{ return(days | int) }}
{%- endmacro %}

{% macro lost_after_days() -%}
{{ return(bigcommerce_carts.days('lost_after_days')) }}
{%- endmacro %}

{# Incomplete orders (0) are never sales, whatever the variable says. #}
{% macro not_sale_status_ids() -%}
{%- set ids = var('not_sale_status_ids') -%}
{%- if ids is string or ids is not sequence
    or ids | map('string') | reject('in', range(1000) | map('string') | list) | list -%}
    {{ bigcommerce_carts.refuse('not_sale_status_ids', 'a list of status numbers, such as [0, 5, 6]') }}
{%- endif -%}
{{ return(([0] + ids | map('int') | list) | unique | list) }}
{%- endmacro %}

{% macro test_emails() -%}
{%- set addresses = var('test_emails') or [] -%}
{%- if addresses is string or addresses is not sequence or addresses | reject('string') | list -%}
    {{ bigcommerce_carts.refuse('test_emails', "a list of addresses, such as ['tester@example.com']") }}
{%- endif -%}
{{ return(addresses | map('trim') | map('lower') | unique | list) }}
{%- endmacro %}

{# The bounds between bands of prices, as text. #}
{% macro price_bands() -%}
{%- set said = var('price_bands') -%}
{%- set bounds = [] if said is string or said is not sequence else said | map('string') | list -%}
{%- for bound in bounds -%}
    {%- if not modules.re.fullmatch('[0-9]{1,9}([.][0-9]{1,4})?', bound)
        or bound | float <= (loop.previtem | default(0) | float) -%}
        {{ bigcommerce_carts.refuse('price_bands', 'a list of rising amounts, such as [25, 50, 100]') }}
    {%- endif -%}
{%- endfor -%}
{%- if not bounds -%}
    {{ bigcommerce_carts.refuse('price_bands', 'a list of rising amounts, such as [25, 50, 100]') }}
{%- endif -%}
{{ return(bounds) }}
{%- endmacro %}

{% macro time_zone() -%}
{%- set zone = var('time_zone') | string -%}
{%- if modules.pytz.all_timezones is not defined -%}
    {#- dbt 2 has no list of them, and refuses here what is none, in words of its own. -#}
    {%- do modules.pytz.timezone(zone) -%}
{%- elif zone not in modules.pytz.all_timezones -%}
    {{ bigcommerce_carts.refuse('time_zone', 'the name of a time zone, such as Europe/Berlin or UTC') }}
{%- endif -%}
{{ return(zone) }}
{%- endmacro %}

{# The moment as text, in UTC. #}
{% macro moment() -%}
{%- set said = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
{{ return(bigcommerce_carts.moment_of('as_of', said)) }}
{%- endmacro %}

{% macro moment_of(name, said) -%}
{%- set text = said | string -%}
{%- if not modules.re.fullmatch(
    '[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
    '(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?(?:Z|[+]00:?00)?)?',
    text
) or not bigcommerce_carts.is_day(text[:10]) -%}
    {{ bigcommerce_carts.refuse(name, 'a date and time in UTC, such as 2026-03-10 10:00:00') }}
{%- endif -%}
{%- set clock = text[11:].split('+')[0] | replace('Z', '') -%}
{{ return(text[:10] ~ ' ' ~ (clock or '00:00:00')) }}
{%- endmacro %}

{# February has no 30th. #}
{% macro is_day(date) -%}
{%- set year, month, day = date.split('-') | map('int') -%}
{%- set last = 31 if month in [1, 3, 5, 7, 8, 10, 12] else 30 if month != 2
    else 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28 -%}
{{ return(day <= last) }}
{%- endmacro %}

{# Some warehouses get the names of tables without quotes. #}
{% macro check_names_of_sources() -%}
{%- for name, characters in [
    ('source_database', '[\\w$.:-]*'), ('source_schema', '[\\w$-]+'), ('table_prefix', '[\\w$-]*')
] -%}
    {%- if not modules.re.fullmatch(characters, (var(name) or '') | string) -%}
        {{ bigcommerce_carts.refuse(name, 'a name of letters, digits, _, $ and -') }}
    {%- endif -%}
{%- endfor -%}
{%- endmacro %}

{% macro quoted(text) -%}
{{ dbt.string_literal(dbt.escape_single_quotes(text)) }}
{%- endmacro %}
