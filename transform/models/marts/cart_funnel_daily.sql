-- Carts by the day they were filled. Days without any have no row. What happens before payment is
-- known from the inbox alone, from the day it first heard of a cart of the store. How far carts came
-- is known of all that reached payment, so it says nothing of a day unless it is also known of most
-- that did not, in all storefronts and currencies.

{% set steps = ['filled', 'email', 'address', 'shipping', 'payment', 'placed'] -%}
with days as (
    select
        store,
        filled_on as day,
        sum(case when step is null then 1 else 0 end) as without_step,
        sum(case when step in ('filled', 'email', 'address', 'shipping') then 1 else 0 end)
            as with_step
    from {{ ref('cart_funnel') }}
    group by 1, 2
),

totals as (
    select
        store,
        filled_on as day,
        channel_id,
        currency_code,
        count(*) as filled,
        sum(case when step is not null then 1 else 0 end) as with_step,
        {% for step in steps[1:] -%}
        sum(
            case when step in ('{{ steps[loop.index:] | join("', '") }}') then 1 else 0 end
        ) as is_at_{{ step }},
        {% endfor -%}
        {% for outcome in [
            'left_before_payment', 'left_at_payment', 'placed', 'recovered', 'emptied', 'open',
            'unknown'
        ] -%}
        sum(case when outcome = '{{ outcome }}' then 1 else 0 end) as is_{{ outcome }}
        {{- "," if not loop.last }}
        {% endfor -%}
    from {{ ref('cart_funnel') }}
    group by 1, 2, 3, 4
),

known as (
    select
        totals.*,
        coalesce(
            totals.day >= {{ bigcommerce_carts.day_of('stores.inbox_since') }}, false
        ) as is_early_stage_known,
        totals.is_unknown = 0 as is_outcome_known,
        coalesce(
            totals.day >= {{ bigcommerce_carts.day_of('stores.inbox_since') }}
            and days.with_step > 0
            and days.with_step >= days.without_step,
            false
        ) as is_step_known
    from totals
    inner join days on days.store = totals.store and days.day = totals.day
    inner join {{ ref('store_coverage') }} as stores on stores.store = totals.store
)

-- What is not known is not the same as none.
select
    store,
    day,
    channel_id,
    currency_code,
    is_early_stage_known,
    is_outcome_known,
    {% for name, column, known in [
        ('carts_filled', 'filled', 'is_early_stage_known'),
        ('left_before_payment', 'is_left_before_payment', 'is_early_stage_known'),
        ('left_at_payment', 'is_left_at_payment', 'is_outcome_known'),
        ('placed', 'is_placed', 'is_outcome_known'),
        ('recovered', 'is_recovered', 'is_outcome_known'),
        ('emptied', 'is_emptied', 'is_early_stage_known'),
        ('still_open', 'is_open', 'is_early_stage_known'),
        ('carts_with_step', 'with_step', 'is_step_known'),
        ('reached_email', 'is_at_email', 'is_step_known'),
        ('reached_address', 'is_at_address', 'is_step_known'),
        ('reached_shipping', 'is_at_shipping', 'is_step_known'),
        ('reached_payment', 'is_at_payment', 'is_step_known'),
        ('reached_placed', 'is_at_placed', 'is_step_known and is_outcome_known'),
    ] -%}
    cast(case when {{ known }} then {{ column }} end as {{ dbt.type_bigint() }}) as {{ name }}
    {{- "," if not loop.last }}
    {% endfor -%}
from known
