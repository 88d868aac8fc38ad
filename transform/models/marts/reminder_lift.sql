-- What reminders do, by those who were left without them: shoppers who left a cart since the holdout
-- began, and how many of them bought soon after. Chance alone decided who was held out, so that
-- whatever else differs is left to chance, which the interval is about. Time counts from when a cart
-- was first left: whoever comes back by a reminder may leave it again, later than without one.

{% set seconds = 86400 * bigcommerce_carts.attribution_days() -%}
-- Everybody once, by the first cart that they may be reminded of, whether or not it was left at
-- payment: what happened afterwards must not choose who counts.
with firsts as (
    select
        *,
        {{ bigcommerce_carts.plain_email('email') }} as address,
        row_number() over (partition by store, shopper_key order by first_left_at, cart_key) as turn
    from {{ ref('int_shopper_carts') }}
    where
        is_contactable
        and shopper_key is not null
        -- Null without a holdout: then nothing can be said.
        and first_left_at >= {{ bigcommerce_carts.holdout_began() }}
),

-- Those whose time to buy is over, of stores where it is known who bought.
shoppers as (
    select
        firsts.store,
        firsts.cart_key,
        firsts.shopper_key,
        firsts.address,
        firsts.first_left_at,
        firsts.placed_at,
        {{ bigcommerce_carts.is_held_out('firsts.email') }} as is_held_out
    from firsts
    inner join {{ ref('store_coverage') }} as stores
        on stores.store = firsts.store and stores.has_orders
    where
        firsts.turn = 1
        and {{ bigcommerce_carts.seconds_between('firsts.first_left_at', bigcommerce_carts.as_of()) }} >= {{ seconds }}
),

-- The cart itself, or any other, by the same shopper or with the same address.
bought as (
    select store, cart_key, first_left_at, placed_at as bought_at
    from shoppers
    where placed_at is not null
    {% for here, there in [('shopper_key', 'shopper_key'), ('address', 'email')] -%}
    union all
    select shoppers.store, shoppers.cart_key, shoppers.first_left_at, purchases.bought_at
    from shoppers
    inner join {{ ref('int_purchases') }} as purchases
        on purchases.store = shoppers.store and purchases.{{ there }} = shoppers.{{ here }}
    where purchases.bought_at >= shoppers.first_left_at
    {% endfor -%}
),

buyers as (
    select distinct
        store,
        cart_key
    from bought
    where {{ bigcommerce_carts.seconds_between('first_left_at', 'bought_at') }} <= {{ seconds }}
),

totals as (
    select
        shoppers.store,
        {% for group, is_in in [('mailed', 'not shoppers.is_held_out'), ('held_out', 'shoppers.is_held_out')] -%}
        sum(case when {{ is_in }} then 1 else 0 end) as shoppers_{{ group }},
        sum(case when {{ is_in }} and buyers.store is not null then 1 else 0 end) as recovered_{{ group }}
        {{- "," if not loop.last }}
        {% endfor -%}
    from shoppers
    left join buyers
        on buyers.store = shoppers.store and buyers.cart_key = shoppers.cart_key
    group by 1
),

shares as (
    select
        *,
        {% for group in ['mailed', 'held_out'] -%}
        {%- set part, whole = 'recovered_' ~ group, 'shoppers_' ~ group -%}
        {{ bigcommerce_carts.double(part) }} / nullif({{ whole }}, 0) as share_{{ group }},
        {{ bigcommerce_carts.wilson('-', part, whole) }} as low_{{ group }},
        {{ bigcommerce_carts.wilson('+', part, whole) }} as high_{{ group }}
        {{- "," if not loop.last }}
        {% endfor -%}
    from totals
),

lifts as (
    select
        *,
        {{ bigcommerce_carts.rounded('share_mailed - share_held_out', 4) }} as lift,
        {{ bigcommerce_carts.rounded(bigcommerce_carts.newcombe('-', 'mailed', 'held_out'), 4) }} as lift_low,
        {{ bigcommerce_carts.rounded(bigcommerce_carts.newcombe('+', 'mailed', 'held_out'), 4) }} as lift_high
    from shares
)

select
    store,
    {{ bigcommerce_carts.as_decimal(bigcommerce_carts.holdout_share(), 4) }} as holdout_share,
    {{ bigcommerce_carts.holdout_began() }} as holdout_since,
    cast({{ bigcommerce_carts.attribution_days() }} as {{ dbt.type_int() }}) as attribution_days,
    {% for group in ['mailed', 'held_out'] -%}
    cast(shoppers_{{ group }} as {{ dbt.type_bigint() }}) as shoppers_{{ group }},
    cast(recovered_{{ group }} as {{ dbt.type_bigint() }}) as recovered_{{ group }},
    {{ bigcommerce_carts.share('recovered_' ~ group, 'shoppers_' ~ group) }} as rate_{{ group }},
    {% endfor -%}
    lift,
    lift_low,
    lift_high,
    lift_low > 0 or lift_high < 0 as is_certain
from lifts
