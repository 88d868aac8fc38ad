{# Which orders are sales. Incomplete ones (0) never are, whatever the variable says. #}
{% macro is_sale() -%}
status_id is not null
    and status_id not in ({{ bigcommerce_carts.not_sale_status_ids() | join(', ') }})
    {%- if not bigcommerce_carts.is_true('archived_are_sales') %}
    and not coalesce(is_deleted, false)
    {%- endif %}
{%- endmacro %}

{# Which orders failed: those cancelled (5) or declined (6), unless the variable calls them sales. #}
{% macro is_failed() -%}
{%- set statuses = [5, 6] | select('in', bigcommerce_carts.not_sale_status_ids()) | join(', ') -%}
{{ 'coalesce(status_id in (' ~ statuses ~ '), false)' if statuses else '1 = 0' }}
{%- endmacro %}

{# Whether an e-mail address is that of somebody who tests the shop. #}
{% macro is_test(email) -%}
{%- set addresses = bigcommerce_carts.test_emails() -%}
{%- if addresses -%}
coalesce({{ bigcommerce_carts.plain_email(email) }} in (
    {%- for address in addresses %}{{ bigcommerce_carts.quoted(address) }}
    {{- ", " if not loop.last }}{% endfor -%}
), false)
{%- else -%}
1 = 0
{%- endif -%}
{%- endmacro %}

{% macro plain_email(email) -%}
nullif(lower(trim({{ email }})), '')
{%- endmacro %}

{# Who it was: a customer, whether signed in or known by the address alone, or a guest. #}
{% macro shopper_key(customer_id, known_customer_id, email) -%}
coalesce(
    'customer ' || cast(coalesce({{ customer_id }}, {{ known_customer_id }}) as {{ dbt.type_string() }}),
    'guest ' || {{ bigcommerce_carts.plain_email(email) }}
)
{%- endmacro %}

{# Whether somebody may be reminded of a cart. A refusal wins, whether the customer's own or that of
   another customer with the address. What was ticked at the checkout is a guest's word alone. Asks
   `customers` and `emails`, which the cart is joined with. #}
{% macro is_contactable(carts, email, ticked) -%}
case
    when {{ bigcommerce_carts.plain_email(carts ~ '.' ~ email) }} is null then false
    when
        not customers.accepts_product_review_abandoned_cart_emails
        or not emails.accepts_reminders
        then false
    when {{ carts }}.customer_id is not null
        then customers.accepts_product_review_abandoned_cart_emails
    when emails.store is not null then emails.accepts_reminders
    else {{ ticked }}
end
{%- endmacro %}
