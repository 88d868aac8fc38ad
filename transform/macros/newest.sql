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

{# The newest is what was read last, or written last, as far as the loader notes it. Else it is the one of the latest
   date; of several with that date one is chosen by the rest, so that it is the same one each time. #}
{% macro newest(relation, columns, key, date) -%}
{%- set there = bigcommerce_carts.column_names(relation, []) -%}
{%- set notes = ['_sdc_extracted_at', '_sdc_sequence', '_sdc_batched_at'] | select('in', there) | list -%}
{%- set names = columns | map(attribute=0) | list -%}
{%- set others = [] if notes else names | reject('in', key + [date]) | list -%}
with named as (
    {{ bigcommerce_carts.named(relation, columns, notes) | indent(4) }}
),

ranked as (
    select
        named.*,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                {% for name in notes + ([date] if date else []) + others -%}
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

{# Nothing comes last; engines differ in that. #}
{% macro latest_first(value) -%}
case when {{ value }} is null then 1 else 0 end, {{ value }} desc
{%- endmacro %}
