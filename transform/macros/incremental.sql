{# Incremental models here work out every row anew, which takes seconds, and write only those that
   differ. Nothing that changes a row can be missed that way: a row that arrives late, an order
   that is paid weeks later, the time that makes an open cart a lost one, another variable. #}
{% macro only_what_differs(rows) -%}
{%- if not is_incremental() -%}
select * from {{ rows }}
{%- else -%}
{%- set columns = model.columns.keys() | list -%}
{%- set there = bigcommerce_carts.column_names(this, model.columns.items() | list) -%}
{%- set names = [] -%}
{%- for name in columns %}{% do names.append(bigcommerce_carts.column(name)) %}{% endfor -%}
select {{ names | join(', ') }} from {{ rows }}
{#- A table that an older version made lacks columns: all its rows differ. #}
{%- if columns | reject('in', there) | list | length == 0 %}
{{ dbt.except() }}
select {{ names | join(', ') }} from {{ this }}
{%- endif %}
{%- endif %}
{%- endmacro %}

{# Takes out rows that have no match in another table any more. #}
{% macro delete_unmatched(relation, pairs) -%}
{%- if is_incremental() -%}
delete from {{ this }}
where not exists (
    select 1
    from {{ relation }} as matching
    where
        {% for here, there in pairs.items() -%}
        matching.{{ there }} = {{ this.identifier }}.{{ here }}
        {{- " and " if not loop.last }}
        {% endfor %}
)
{%- endif -%}
{%- endmacro %}

{# Some know no delete+insert; a merge on the same key comes to the same. #}
{% macro replace_strategy() -%}
{{ return('merge' if target.type in ['bigquery', 'databricks', 'spark'] else 'delete+insert') }}
{%- endmacro %}

{# On Spark Iceberg alone takes both the merge and the delete; in other formats the table is made anew.
   Delta Lake, outside Databricks, refuses a delete that asks another table. #}
{% macro incremental_where_it_can_be() -%}
{%- set is_fixed = target.type == 'spark'
    and env_var('DBT_FILE_FORMAT', 'parquet') != 'iceberg' -%}
{{ return('table' if is_fixed else 'incremental') }}
{%- endmacro %}
