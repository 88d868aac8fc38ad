-- Carts that did not come back, by their age, and what the store's own past lets expect of them: each
-- cart's value times the share that came back later of those that had not by that age. The range is of
-- the money: each cart comes back or does not, and the share itself is known no better than its past. The past is
-- weeks whose carts are all 30 days old; what comes back later still is not expected here.

-- Of fewer carts hardly anything can be said: one in twenty of them is between 2 and 11 %.
{% set enough = 100 -%}
{% set day = 86400 -%}
{% set bands = [('0-24 h', 1), ('1-2 days', 2), ('2-7 days', 7), ('7-30 days', 30), ('older', none)] -%}
with carts as (
    select * from {{ ref('cart_outcomes') }} where outcome <> 'unknown'
),

settled_weeks as (
    select distinct
        store,
        cohort_week
    from {{ ref('recovery_curve') }}
    where days_since = 30 and is_complete
),

settled as (
    select
        carts.store,
        case when carts.outcome = 'recovered' then coalesce(carts.seconds_to_recover, 0) end as seconds
    from carts
    inner join settled_weeks
        on settled_weeks.store = carts.store and settled_weeks.cohort_week = carts.checkout_week
),

past as (
    select
        store,
        count(*) as carts,
        sum(case when seconds <= 30 * {{ day }} then 1 else 0 end) as came_back
    from settled
    group by 1
),

waiting as (
    select
        store,
        cart_key,
        channel_id,
        currency_code,
        value,
        is_contactable,
        {{ bigcommerce_carts.seconds_between('abandoned_at', bigcommerce_carts.as_of()) }} as age
    from carts
    where outcome <> 'recovered'
),

-- One line of time, from when a cart is left: what came back by then is before each cart's age. Of a
-- cart that is left later than the tables are true of it is nothing.
moments as (
    select
        store,
        cast(null as {{ dbt.type_string() }}) as cart_key,
        seconds,
        1 as came_back
    from settled
    where seconds <= 30 * {{ day }}
    union all
    select
        store,
        cart_key,
        case when age < 0 then 0 else age end as seconds,
        0 as came_back
    from waiting
),

counted as (
    select
        store,
        cart_key,
        sum(came_back) over (
            partition by store
            order by seconds, came_back desc
            rows between unbounded preceding and current row
        ) as back_by_then
    from moments
),

rated as (
    select
        waiting.*,
        case when waiting.age < 30 * {{ day }} then past.carts - counted.back_by_then end as at_risk,
        past.came_back - counted.back_by_then as came_later
    from waiting
    inner join counted
        on counted.store = waiting.store and counted.cart_key = waiting.cart_key
    left join past on past.store = waiting.store
),

expected as (
    select
        *,
        case
            {% for band, days in bands -%}
            {{ 'when age < ' ~ days * day ~ ' then' if days else 'else' }} {{ loop.index }}
            {% endfor -%}
        end as age_order,
        {% set value = bigcommerce_carts.double('value') -%}
        {% set spread = bigcommerce_carts.spread_of_share('came_later', 'at_risk') -%}
        {% for name, amount in [
            ('expected_value', value ~ ' * came_later / nullif(at_risk, 0)'),
            ('expected_variance', value ~ ' * ' ~ value ~ ' * ' ~ spread),
            ('expected_share_error', value ~ ' * sqrt(' ~ spread ~ ' / (at_risk + 3))'),
        ] -%}
        {{ bigcommerce_carts.rounded(amount, 4, digits=38) }} as {{ name }}
        {{- "," if not loop.last }}
        {% endfor %}
    from rated
),

totals as (
    select
        store,
        channel_id,
        currency_code,
        age_order,
        count(*) as carts,
        sum(case when is_contactable then 1 else 0 end) as carts_contactable,
        sum(value) as value,
        -- What is not known of one cart is not known of all.
        min(case when value is null then 0 else coalesce(at_risk, 0) end) >= {{ enough }} as is_known,
        max(value) as largest_value,
        sum(expected_value) as expected_value,
        sum(expected_variance) as expected_variance,
        sum(expected_share_error) as expected_share_error
    from expected
    group by 1, 2, 3, 4
),

ranged as (
    select
        *,
        {{ bigcommerce_carts.reach_of_sum(
            'expected_variance', 'expected_share_error', 'largest_value'
        ) }} as reach
    from totals
)

select
    store,
    channel_id,
    currency_code,
    case age_order
        {% for band, days in bands -%}
        when {{ loop.index }} then '{{ band }}'
        {% endfor -%}
    end as age_band,
    cast(age_order as {{ dbt.type_int() }}) as age_order,
    cast(carts as {{ dbt.type_bigint() }}) as carts,
    cast(carts_contactable as {{ dbt.type_bigint() }}) as carts_contactable,
    {{ bigcommerce_carts.sum_of_money('coalesce(value, 0)') }} as value,
    {% for name, amount in [
        ('expected_value', 'coalesce(expected_value, 0)'),
        ('expected_low', 'case when expected_value > reach then '
            ~ bigcommerce_carts.rounded('expected_value - reach', 4) ~ ' else 0 end'),
        ('expected_high', 'case when expected_value + reach < value then '
            ~ bigcommerce_carts.rounded('expected_value + reach', 4) ~ ' else coalesce(value, 0) end'),
        ('expected_variance', 'coalesce(expected_variance, 0)'),
        ('expected_share_error', 'coalesce(expected_share_error, 0)'),
        ('largest_value', 'coalesce(largest_value, 0)'),
    ] -%}
    case when is_known then {{ bigcommerce_carts.sum_of_money(amount) }} end as {{ name }}
    {{- "," if not loop.last }}
    {% endfor -%}
from ranged
