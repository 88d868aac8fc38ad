-- How many carts of a week had come back so many days after they were left. A week that is not over,
-- or not yet that old, says nothing: its carts still may.

{% set last = 30 -%}
with carts as (
    select
        store,
        channel_id,
        currency_code,
        checkout_week as cohort_week,
        -- A day that has begun counts whole. A cart that was changed after it had been paid was back
        -- at once.
        case
            when outcome = 'recovered'
                then floor((coalesce(seconds_to_recover, 0) + 86399) / 86400.0)
        end as days_to_recover,
        value,
        abandoned_at
    from {{ ref('cart_outcomes') }}
    where outcome <> 'unknown'
),

sums as (
    select
        store,
        channel_id,
        currency_code,
        cohort_week,
        days_to_recover,
        count(*) as carts,
        sum(value) as value
    from carts
    group by 1, 2, 3, 4, 5
),

days as (
    {% for day in range(last + 1) -%}
    select {{ day }} as days_since
    {{- " union all" if not loop.last }}
    {% endfor %}
),

cohorts as (
    select
        sums.store,
        sums.channel_id,
        sums.currency_code,
        sums.cohort_week,
        days.days_since,
        sum(sums.carts) as carts,
        sum(case when sums.days_to_recover <= days.days_since then sums.carts else 0 end)
            as carts_recovered,
        sum(sums.value) as value,
        sum(case when sums.days_to_recover <= days.days_since then sums.value else 0 end)
            as value_recovered
    from sums
    cross join days
    group by 1, 2, 3, 4, 5
),

-- Of all storefronts and currencies together, so that these can be added up. Local days can have 23
-- hours: both the days and the hours have to be over.
weeks as (
    select
        store,
        cohort_week,
        max(abandoned_at) as last_abandoned_at
    from carts
    group by 1, 2
),

known as (
    select
        cohorts.*,
        {{ bigcommerce_carts.day_of(bigcommerce_carts.as_of()) }}
        >= cast({{ dbt.dateadd('day', '7 + cohorts.days_since', 'cohorts.cohort_week') }} as date)
        and {{ bigcommerce_carts.seconds_between(
            'weeks.last_abandoned_at', bigcommerce_carts.as_of()
        ) }} >= 86400 * cohorts.days_since as is_complete
    from cohorts
    inner join weeks
        on weeks.store = cohorts.store and weeks.cohort_week = cohorts.cohort_week
)

select
    store,
    channel_id,
    currency_code,
    cohort_week,
    cast(days_since as {{ dbt.type_int() }}) as days_since,
    cast(carts as {{ dbt.type_bigint() }}) as carts,
    cast(case when is_complete then carts_recovered end as {{ dbt.type_bigint() }})
        as carts_recovered,
    {{ bigcommerce_carts.sum_of_money('coalesce(value, 0)') }} as value,
    case when is_complete then {{ bigcommerce_carts.sum_of_money('coalesce(value_recovered, 0)') }} end
        as value_recovered,
    is_complete
from known
