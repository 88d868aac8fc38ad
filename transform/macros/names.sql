{# A column's name, in quotes where the warehouse has that word for itself. #}
{% macro column(name) -%}
{%- set taken = {'redshift': ['type'], 'bigquery': ['hash']} -%}
{{ return(adapter.quote(name) if name in taken.get(target.type, []) else name) }}
{%- endmacro %}

{# All names in one text, in the order of their letters' codes, whatever language the warehouse is
   set to. Not every warehouse can put in order what it joins; there a sorted list is joined. #}
{% macro names_in_order(name) -%}
{{ return(adapter.dispatch('names_in_order', 'bigcommerce_carts')(name)) }}
{%- endmacro %}

{% macro default__names_in_order(name) -%}
{{ dbt.listagg(name, "', '", 'order by ' ~ name) }}
{%- endmacro %}

{% macro postgres__names_in_order(name) -%}
{{ dbt.listagg(name, "', '", 'order by ' ~ name ~ ' collate "C"') }}
{%- endmacro %}

{% macro redshift__names_in_order(name) -%}
{{ bigcommerce_carts.default__names_in_order(name) }}
{%- endmacro %}

{% macro spark__names_in_order(name) -%}
array_join(array_sort(collect_list({{ name }})), ', ')
{%- endmacro %}

{# The names in some lines by what they are of, in one text each, no name twice. #}
{% macro each_name_once(lines, key) -%}
select
        store,
        {{ key }},
        {{ bigcommerce_carts.names_in_order('name') }} as products
    from (
        select distinct
            store,
            {{ key }},
            name
        from {{ lines }}
    ) as names
    group by 1, 2
{%- endmacro %}

{# The key of a checkout that is a cart that was left. #}
{% macro checkout_of_cart(cart_key) -%}
'cart ' || {{ cart_key }}
{%- endmacro %}

{# A page of a site, whichever of both has the stroke between them. A path with a variable such as
   `{lang}` leads nowhere by itself. #}
{% macro page_of(site, path) -%}
case
        when {{ path }} not like {{ bigcommerce_carts.quoted('%{' ~ '%') }}
            then regexp_replace({{ site }}, '/+$', '') || '/' || regexp_replace({{ path }}, '^/+', '')
    end
{%- endmacro %}
