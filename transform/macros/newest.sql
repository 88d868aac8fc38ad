{# Loaders that only append leave a row for every time that a row was read: after an edit, and of what the
   look-back reads again. Of these the newest is the row, as if the loader had written over the others. #}

{# Whether staging has to choose. `auto` looks for a key that is there twice. #}
{% macro keeps_newest(relation, key) -%}
{%- set said = var('keep_newest') | string | lower -%}
{%- if said not in ['auto', 'true', 'false'] -%}
    {{ bigcommerce_carts.refuse('keep_newest', 'auto, true or false') }}
{%- endif -%}
{%- if key is none or relation is none or said != 'auto' -%}
    {{ return(said == 'true' and key is not none and relation is not none) }}
{%- endif -%}
{#- Where nothing can be looked at, the answer that counts no row twice. -#}
{{ return(bigcommerce_carts.is_true('assume_sources') or bigcommerce_carts.has_doubles(relation, key)) }}
{%- endmacro %}

{% macro has_doubles(relation, key) -%}
{%- set doubles -%}
select count(*) as doubles
from (
    select {{ key | join(', ') }}
    from {{ relation }}
    group by {{ key | join(', ') }}
    having count(*) > 1
) as keys_there_twice
{%- endset -%}
{{ return(execute and run_query(doubles).columns[0].values()[0] > 0) }}
{%- endmacro %}

{# The newest is what was read last, or written last, as far as the loader notes it; what has no note is older. Where
   the notes do not tell, the columns that grow with each version do, such as a date; where these do not, the rest, so
   that it is the same row each time. #}
{% macro newest(relation, columns, key, grows) -%}
{%- set there = bigcommerce_carts.column_names(relation, []) -%}
{%- set notes = ['_sdc_extracted_at', '_sdc_sequence', '_sdc_batched_at'] | select('in', there) | list -%}
{%- set names = columns | map(attribute=0) | list -%}
{%- if not notes and not grows -%}
    {{- bigcommerce_carts.warn_of_chance(relation) -}}
{%- endif -%}
{%- set others = names | reject('in', key + grows) | list -%}
with named as (
    {{ bigcommerce_carts.named(relation, columns, notes) | indent(4) }}
),

ranked as (
    select
        named.*,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {% for name in notes + grows + others -%}
                {{ bigcommerce_carts.latest_first(bigcommerce_carts.column(name)) }}
                {{- "," if not loop.last }}
                {% endfor %}
        ) as turn
    from named
)

select
    {% for name in names -%}
    {{ bigcommerce_carts.column(name) }}
    {{- "," if not loop.last }}
    {% endfor -%}
from ranked
where turn = 1
{%- endmacro %}

{% macro warn_of_chance(relation) -%}
{%- if execute -%}
    {%- do exceptions.warn(
        'Nothing tells which row of a key is the newest in ' ~ relation ~ ': it has no dates, and the '
        ~ 'loader adds none. One is chosen by its other columns. Have the loader add its metadata '
        ~ 'columns (`_sdc_extracted_at`, `_sdc_sequence`).'
    ) -%}
{%- endif -%}
{%- endmacro %}

{# Nothing comes last; engines differ in that. #}
{% macro latest_first(value) -%}
case when {{ value }} is null then 1 else 0 end, {{ value }} desc
{%- endmacro %}
