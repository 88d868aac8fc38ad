-- Tables of a row per group say of all groups together what the rows do that are grouped: carts that
-- did not come back, entries of the store's log, and shoppers who count with or without reminders.

with firsts as (
    select
        store,
        shopper_key,
        min(first_left_at) as first_left_at
    from {{ ref('int_shopper_carts') }}
    where
        is_contactable
        and shopper_key is not null
        and first_left_at >= {{ bigcommerce_carts.holdout_began() }}
    group by 1, 2
),

counted as (
    select firsts.*
    from firsts
    inner join {{ ref('store_coverage') }} as stores
        on stores.store = firsts.store and stores.has_orders
    where
        {{ bigcommerce_carts.seconds_between('firsts.first_left_at', bigcommerce_carts.as_of()) }}
        >= 86400 * {{ bigcommerce_carts.attribution_days() }}
),

entries as (
    select
        store,
        case when severity >= 3 then 1 else 0 end as is_problem,
        case when severity >= 4 then 1 else 0 end as is_error
    from {{ ref('stg_bigcommerce__store_logs') }}
    where severity >= 3 or severity is null
),

{% set log, lift, waiting = 'store_problems_daily', 'reminder_lift', 'recoverable_value' -%}
{% for side, sums in [
    ('told', [
        (waiting, 'currency_code', 'sum(carts)', 'sum(carts_contactable)', 'sum(value)', ref(waiting), ''),
        (log, 'null', 'sum(problems + of_unknown_severity)', 'sum(errors)', 'sum(problems)', ref(log), ''),
        (lift, 'null', 'sum(shoppers_mailed + shoppers_held_out)', '0', '0', ref(lift), ''),
    ]),
    ('expected', [
        (
            waiting, 'currency_code', 'count(*)', 'sum(case when is_contactable then 1 else 0 end)',
            'sum(coalesce(value, 0))', ref('cart_outcomes'), "where outcome in ('open', 'lost')"
        ),
        (log, 'null', 'count(*)', 'sum(is_error)', 'sum(is_problem)', 'entries', ''),
        (lift, 'null', 'count(*)', '0', '0', 'counted', ''),
    ]),
] -%}
{{ side }} as (
    {% for mart, currency, rows, of_them, amount, table, where in sums -%}
    select
        '{{ mart }}' as mart,
        store,
        cast({{ currency }} as {{ dbt.type_string() }}) as currency_code,
        cast({{ rows }} as {{ dbt.type_bigint() }}) as grouped,
        cast({{ of_them }} as {{ dbt.type_bigint() }}) as of_them,
        {{ bigcommerce_carts.sum_of_money(amount) }} as amount
    from {{ table }}
    {{ where }}
    group by 1, 2, 3
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

{% endfor -%}
both_ways as (
    (select * from told {{ dbt.except() }} select * from expected)
    union all
    (select * from expected {{ dbt.except() }} select * from told)
)

select * from both_ways
