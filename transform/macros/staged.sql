{# A stream's table, or that of the checks, with names and types, whatever the loader made of them. A table that is not
   there has no rows; a column that is not there (deselected, say) is null. Of rows with one key the newest is kept,
   where a key is named. #}
{% macro staged(stream, columns, key=none, grows=[]) -%}
{%- set table = source('bigcommerce_carts', stream) -%}
{%- set relation = bigcommerce_carts.found(table) -%}
{%- if execute and relation is none and load_relation(this) is not none -%}
    {{- bigcommerce_carts.check_any_is_there(table) -}}
{%- endif -%}
{%- if bigcommerce_carts.keeps_newest(relation, key) -%}
{{ bigcommerce_carts.newest(relation, columns, key, grows) }}
{%- else -%}
{{ bigcommerce_carts.named(relation, columns) }}
{%- endif -%}
{%- endmacro %}

{# All rows of a relation, with names and types. #}
{% macro named(relation, columns, more=[]) -%}
{%- set there = bigcommerce_carts.column_names(relation, columns) -%}
select
    {% for name, kind in columns -%}
    {{ bigcommerce_carts.staged_column(name, kind, name in there) }} as {{ bigcommerce_carts.column(name) }}
    {{- "," if not loop.last }}
    {% endfor -%}
    {% for name in more -%}
    , {{ name }}
    {% endfor -%}
from {% if relation is none %}(select 1 as nothing) as no_table where 1 = 0
{%- else %}{{ relation }}{% endif %}
{%- endmacro %}

{# The relation, or none if the warehouse has no such table. #}
{% macro found(table) -%}
{{- bigcommerce_carts.check_names_of_sources() -}}
{%- if bigcommerce_carts.is_true('assume_sources') -%}
    {{ return(table) }}
{%- endif -%}
{{ return(load_relation(table) if execute else none) }}
{%- endmacro %}

{# A table can be missing, but once the marts were built not all of them: the names are wrong then,
   and the marts would be emptied. #}
{% macro check_any_is_there(table) -%}
{%- for stream in ['abandoned_carts', 'orders', 'customers', 'carts', 'cart_events'] -%}
    {%- set other = api.Relation.create(
        database=table.database, schema=table.schema, identifier=var('table_prefix') ~ stream
    ) -%}
    {%- if load_relation(other) is not none -%}
        {{ return('') }}
    {%- endif -%}
{%- endfor -%}
{{ exceptions.raise_compiler_error(
    'No table of the tap is in the schema `' ~ table.schema ~ '`: set the variables `source_schema` '
    ~ 'and `table_prefix` to where the loader writes, or load the store first. The marts stay as '
    ~ 'they were.'
) }}
{%- endmacro %}

{% macro column_names(relation, columns) -%}
{%- if relation is none -%}
    {{ return([]) }}
{%- elif bigcommerce_carts.is_true('assume_sources') -%}
    {{ return(columns | map(attribute=0) | list) }}
{%- endif -%}
{{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list) }}
{%- endmacro %}

{% macro staged_column(name, kind, is_there) -%}
{%- set value = bigcommerce_carts.column(name) if is_there else 'null' -%}
{%- if kind == 'money' -%}
    {{ bigcommerce_carts.staged_decimal(value, 4) }}
{%- elif kind == 'rate' -%}
    {{ bigcommerce_carts.staged_decimal(value, 10) }}
{%- elif kind == 'json' and is_there -%}
    {{ bigcommerce_carts.json_text(value) }}
{%- else -%}
    {%- set types = {
        'text': dbt.type_string(),
        'json': dbt.type_string(),
        'whole': dbt.type_bigint(),
        'flag': dbt.type_boolean(),
        'day': 'date',
        'instant': dbt.type_timestamp(),
    } -%}
    cast({{ value }} as {{ types[kind] }})
{%- endif -%}
{%- endmacro %}

{# A number of more digits than fit is null: one absurd price must not stop all tables. #}
{% macro staged_decimal(value, places) -%}
{{ return(adapter.dispatch('staged_decimal', 'bigcommerce_carts')(value, places)) }}
{%- endmacro %}

{% macro default__staged_decimal(value, places) -%}
try_cast({{ value }} as decimal(20, {{ places }}))
{%- endmacro %}

{# By way of text: a column of doubles that are all null can hold NaN under them, and DuckDB's cast
   to a decimal stops at it. #}
{% macro duckdb__staged_decimal(value, places) -%}
try_cast(cast({{ value }} as varchar) as decimal(20, {{ places }}))
{%- endmacro %}

{# It tries a cast of text alone. #}
{% macro snowflake__staged_decimal(value, places) -%}
{{ bigcommerce_carts.duckdb__staged_decimal(value, places) }}
{%- endmacro %}

{# It has no cast that can fail: what is too much once it is rounded is looked for, and empty text. #}
{% macro postgres__staged_decimal(value, places) -%}
{%- set number = "cast(nullif(trim(cast(" ~ value ~ " as text)), '') as numeric)" -%}
case
        when abs(round({{ number }}, {{ places }})) < 1{{ '0' * (20 - places) }}
            then {{ bigcommerce_carts.as_decimal(number, places) }}
    end
{%- endmacro %}

{# Its numeric, if nothing is said, has no places and 18 digits. #}
{% macro redshift__staged_decimal(value, places) -%}
{%- set text = "nullif(trim(cast(" ~ value ~ " as varchar)), '')" -%}
case
        when abs(cast({{ text }} as double precision)) < 1{{ '0' * (20 - places) }}
            then {{ bigcommerce_carts.as_decimal(value, places) }}
    end
{%- endmacro %}

{% macro bigquery__staged_decimal(value, places) -%}
{%- set number = 'round(safe_cast(' ~ value ~ ' as bignumeric), ' ~ places ~ ')' -%}
case when abs({{ number }}) < 1{{ '0' * (20 - places) }} then {{ number }} end
{%- endmacro %}

{# Objects and lists: every loader has a type of its own for them, so they become text. #}
{% macro json_text(value) -%}
{{ return(adapter.dispatch('json_text', 'bigcommerce_carts')(value)) }}
{%- endmacro %}

{% macro default__json_text(value) -%}
cast({{ value }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro postgres__json_text(value) -%}
cast(to_jsonb({{ value }}) as text)
{%- endmacro %}

{% macro redshift__json_text(value) -%}
{{ bigcommerce_carts.default__json_text(value) }}
{%- endmacro %}

{% macro snowflake__json_text(value) -%}
to_json(to_variant({{ value }}))
{%- endmacro %}

{% macro bigquery__json_text(value) -%}
to_json_string({{ value }})
{%- endmacro %}

{# Of an object or a list its JSON; of text, as some loaders write it, the text itself. #}
{% macro spark__json_text(value) -%}
get_json_object(to_json(struct({{ value }} as value)), '$.value')
{%- endmacro %}
