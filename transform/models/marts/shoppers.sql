-- Who left carts. Guests are told apart by their e-mail address; a guest with the address of a
-- customer is that customer. Carts with neither cannot be laid at anybody's door.

with carts as (
    select
        *,
        row_number() over (
            partition by store, shopper_key order by abandoned_at desc, cart_key desc
        ) as turn
    from {{ ref('cart_outcomes') }}
    where shopper_key is not null
),

wanted_lines as (
    select
        carts.store,
        carts.shopper_key,
        lines.name
    from carts
    inner join {{ ref('cart_outcome_lines') }} as lines
        on
            lines.store = carts.store
            and lines.cart_key = carts.cart_key
    where carts.turn = 1 and not lines.is_part_of_bundle
),

-- The products in the latest cart.
wanted as (
    {{ bigcommerce_carts.each_name_once('wanted_lines', 'shopper_key') }}
),

totals as (
    select
        store,
        shopper_key,
        max(customer_id) as customer_id,
        max(case when turn = 1 then customer_email end) as email,
        max(customer_group_id) as customer_group_id,
        max(customer_group_name) as customer_group_name,
        -- What is told of the latest cart holds.
        {% for name in ['is_contactable', 'is_held_out', 'is_returning'] -%}
        max(case when turn = 1 and {{ name }} then 1 when turn = 1 and not {{ name }} then 0 end)
            as {{ name }},
        {% endfor -%}
        count(*) as carts,
        sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost,
        sum(case when outcome = 'open' then 1 else 0 end) as still_open,
        sum(case when outcome = 'unknown' then 1 else 0 end) as unknown,
        sum(value_in_store_currency) as value,
        sum(case when value_in_store_currency is null then 1 else 0 end) as no_rate,
        max(store_currency_code) as store_currency_code,
        min(abandoned_at) as first_abandoned_at,
        max(abandoned_at) as last_abandoned_at
    from carts
    group by 1, 2
)

select
    totals.store,
    totals.shopper_key,
    totals.customer_id,
    totals.email,
    totals.customer_group_id,
    totals.customer_group_name,
    totals.is_contactable = 1 as is_contactable,
    totals.is_held_out = 1 as is_held_out,
    totals.is_returning = 1 as is_returning,
    cast(totals.carts as {{ dbt.type_bigint() }}) as carts_abandoned,
    {% for name, column in [
        ('carts_recovered', 'recovered'), ('carts_lost', 'lost'), ('carts_open', 'still_open')
    ] -%}
    cast(case when totals.unknown = 0 then totals.{{ column }} end as {{ dbt.type_bigint() }})
        as {{ name }},
    {% endfor -%}
    {{ bigcommerce_carts.sum_of_money('totals.value') }} as value_in_store_currency,
    totals.store_currency_code,
    cast(totals.no_rate as {{ dbt.type_bigint() }}) as carts_without_rate,
    wanted.products as last_products,
    totals.first_abandoned_at,
    totals.last_abandoned_at
from totals
left join wanted
    on wanted.store = totals.store and wanted.shopper_key = totals.shopper_key
