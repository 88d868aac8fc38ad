{# Who is not mailed, so that it can be seen what reminders do. Chance decides, and the address alone:
   the same in every run, store and warehouse, and also after a guest has become a customer. #}

{# Whether the address is in the part that is held out; null without one. Its hash is 32 hex digits,
   any of which is as likely; those below the threshold are held out. A share without a date is
   refused here too. #}
{% macro is_held_out(email) -%}
{%- do bigcommerce_carts.holdout_since() -%}
{%- set bound = bigcommerce_carts.hex_digits((bigcommerce_carts.holdout_share() * 4294967296) | round | int) -%}
{{ bigcommerce_carts.in_order_of_bytes(dbt.hash(bigcommerce_carts.plain_email(email))) }} < {{ bigcommerce_carts.quoted(bound) }}
{%- endmacro %}

{# A number below 2^32 as eight hex digits; the Jinja of dbt 2 cannot format one as such. #}
{% macro hex_digits(number) -%}
{%- set written = namespace(digits='', left=number) -%}
{%- for _ in range(8) -%}
    {%- set written.digits = '0123456789abcdef'[written.left % 16] ~ written.digits -%}
    {%- set written.left = written.left // 16 -%}
{%- endfor -%}
{{ return(written.digits) }}
{%- endmacro %}

{# Text that is compared by its letters' codes, whatever language the warehouse is set to: in Danish
   `aa` comes after `f`. #}
{% macro in_order_of_bytes(text) -%}
{{ return(adapter.dispatch('in_order_of_bytes', 'bigcommerce_carts')(text)) }}
{%- endmacro %}

{% macro default__in_order_of_bytes(text) -%}
{{ text }}
{%- endmacro %}

{% macro postgres__in_order_of_bytes(text) -%}
{{ text }} collate "C"
{%- endmacro %}

{% macro redshift__in_order_of_bytes(text) -%}
{{ text }}
{%- endmacro %}

{# Which part of the shoppers, as a number from 0 to less than 1. #}
{% macro holdout_share() -%}
{%- set share = var('holdout_share') | string -%}
{%- if share != '0' and not modules.re.fullmatch('0?[.][0-9]{1,4}', share) -%}
    {{ bigcommerce_carts.refuse('holdout_share', 'a share from 0 to less than 1, such as 0.1') }}
{%- endif -%}
{{ return(share | float) }}
{%- endmacro %}

{# Since when they are left unmailed, as text in UTC; none if nobody is. #}
{% macro holdout_since() -%}
{%- if bigcommerce_carts.holdout_share() == 0 -%}
    {{ return(none) }}
{%- endif -%}
{%- set said = var('holdout_since') or '' -%}
{{ return(bigcommerce_carts.moment_of('holdout_since', said)) }}
{%- endmacro %}

{# The same in SQL. #}
{% macro holdout_began() -%}
{%- set since = bigcommerce_carts.holdout_since() -%}
cast({{ bigcommerce_carts.quoted(since) if since else 'null' }} as {{ dbt.type_timestamp() }})
{%- endmacro %}

{% macro attribution_days() -%}
{{ return(bigcommerce_carts.days('attribution_days')) }}
{%- endmacro %}

{% macro remind_within_days() -%}
{{ return(bigcommerce_carts.days('remind_within_days')) }}
{%- endmacro %}
