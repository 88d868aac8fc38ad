{{ config(materialized='table') }}

-- What carts that were left came back as. An order belongs to one cart at most; of several orders
-- of one cart the first after it was left counts (`turn` 1). A table, since it is read often.

with attempts as (
    select * from {{ ref('int_cart_attempts') }}
),

carts as (
    select * from attempts where turn = 1
),

tried as (
    select distinct
        store,
        order_id
    from attempts
    where order_id is not null
),

-- An order of the cart. If it is one that was left itself, BigCommerce does not say when it was
-- paid: it was before the order's last change.
bought as (
    select
        sales.store,
        sales.cart_key,
        sales.order_id,
        case when tried.order_id is null then sales.date_created else sales.date_modified end
            as recovered_at,
        tried.order_id is not null as is_same_order,
        false as is_inferred
    from {{ ref('int_sales') }} as sales
    inner join carts
        on carts.store = sales.store and carts.cart_key = sales.cart_key
    left join tried
        on tried.store = sales.store and tried.order_id = sales.order_id
    union all
    select
        conversions.store,
        conversions.cart_key,
        conversions.order_id,
        conversions.converted_at as recovered_at,
        tried.order_id is not null as is_same_order,
        false as is_inferred
    from {{ ref('int_conversions') }} as conversions
    inner join carts
        on carts.store = conversions.store and carts.cart_key = conversions.cart_key
    left join tried
        on tried.store = conversions.store and tried.order_id = conversions.order_id
),

{% if bigcommerce_carts.is_true('infer_recovery') -%}
-- The same shopper bought from another cart. One order brings back one cart, and one cart comes
-- back once: each sale, in the order they were made, brings back the cart left last before it that
-- has not come back yet. So carts and sales match as brackets do.
brackets as (
    select
        carts.store,
        carts.shopper_key,
        carts.cart_key,
        cast(null as {{ dbt.type_bigint() }}) as order_id,
        carts.left_at as happened_at,
        1 as step
    from carts
    left join bought
        on bought.store = carts.store and bought.cart_key = carts.cart_key
    where carts.shopper_key is not null and bought.cart_key is null
    union all
    select
        sales.store,
        sales.shopper_key,
        cast(null as {{ dbt.type_string() }}) as cart_key,
        sales.order_id,
        sales.date_created as happened_at,
        -1 as step
    from {{ ref('int_sales') }} as sales
    left join bought
        on bought.store = sales.store and bought.order_id = sales.order_id
    where sales.shopper_key is not null and bought.order_id is null
),

ordered as (
    select
        *,
        row_number() over (
            partition by store, shopper_key
            order by happened_at, step desc, cart_key desc, order_id
        ) as place
    from brackets
),

sums as (
    select
        *,
        sum(step) over (
            partition by store, shopper_key
            order by place rows between unbounded preceding and current row
        ) as total
    from ordered
),

lows as (
    select
        *,
        min(total) over (
            partition by store, shopper_key
            order by place rows between unbounded preceding and current row
        ) as low
    from sums
),

-- How many carts are open, a sale not yet counted; sales that find none are not counted.
levels as (
    select
        *,
        total - case when low < 0 then low else 0 end + case when step < 0 then 1 else 0 end as level
    from lows
),

pairs as (
    select
        *,
        lag(cart_key) over (partition by store, shopper_key, level order by place) as left_cart_key,
        lag(happened_at) over (partition by store, shopper_key, level order by place) as left_at
    from levels
),

guessed as (
    select
        store,
        left_cart_key as cart_key,
        order_id,
        happened_at as recovered_at,
        false as is_same_order,
        true as is_inferred
    from pairs
    where
        step = -1
        and left_cart_key is not null
        and {{ bigcommerce_carts.seconds_between('left_at', 'happened_at') }}
            < 86400 * {{ bigcommerce_carts.lost_after_days() }}
),

{% endif -%}
recovering as (
    select * from bought
    {%- if bigcommerce_carts.is_true('infer_recovery') %}
    union all
    select * from guessed
    {%- endif %}
)

select
    recovering.*,
    row_number() over (
        partition by recovering.store, recovering.cart_key
        order by
            case when recovering.recovered_at >= carts.left_at then 0 else 1 end,
            recovering.recovered_at,
            recovering.order_id
    ) as turn
from recovering
inner join carts
    on carts.store = recovering.store and carts.cart_key = recovering.cart_key
