{# What was left behind, by these columns. Parts of a bundle are left out, the bundle itself counts;
   so are custom items and gift certificates, which are no products of the catalogue. #}
{% macro left_behind(by) -%}
with lines as (
    select
        lines.*,
        carts.outcome,
        carts.abandoned_at,
        row_number() over (
            partition by lines.store, lines.{{ by | join(', lines.') }}
            order by carts.abandoned_at desc, lines.abandoned_cart_id desc, lines.line_id desc
        ) as turn
    from {{ ref('cart_outcome_lines') }} as lines
    inner join {{ ref('cart_outcomes') }} as carts
        on carts.store = lines.store and carts.cart_key = lines.cart_key
    where lines.product_id is not null and not lines.is_part_of_bundle
),

totals as (
    select
        store,
        {{ by | join(', ') }},
        count(distinct coalesce(variant_id, 0)) as variants,
        -- The latest names hold.
        max(case when turn = 1 then name end) as name,
        max(case when turn = 1 then sku end) as sku,
        max(case when turn = 1 then brand end) as brand,
        max(store_currency_code) as store_currency_code,
        count(distinct cart_key) as carts,
        count(distinct case when outcome = 'recovered' then cart_key end) as recovered,
        count(distinct case when outcome <> 'unknown' then cart_key end) as known,
        sum(quantity) as units,
        sum(value_in_store_currency) as value,
        count(distinct case when value_in_store_currency is null then cart_key end) as no_rate,
        max(abandoned_at) as last_abandoned_at
    from lines
    group by store, {{ by | join(', ') }}
)

select
    store,
    {{ by | join(',\n    ') }},
    name,
    case when variants = 1 then sku end as sku,
    brand,
    {% if 'variant_id' not in by -%}
    cast(variants as {{ dbt.type_bigint() }}) as variants,
    {% endif -%}
    cast(carts as {{ dbt.type_bigint() }}) as times_abandoned,
    cast(units as {{ dbt.type_bigint() }}) as units,
    {{ bigcommerce_carts.sum_of_money('value') }} as value_in_store_currency,
    store_currency_code,
    cast(no_rate as {{ dbt.type_bigint() }}) as carts_without_rate,
    cast(case when known > 0 then recovered end as {{ dbt.type_bigint() }}) as times_recovered,
    {{ bigcommerce_carts.share('recovered', 'known') }} as recovered_share,
    last_abandoned_at
from totals
{%- endmacro %}
