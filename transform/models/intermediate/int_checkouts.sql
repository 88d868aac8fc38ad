{{ config(materialized='table') }}

-- Every checkout that reached the payment step: carts that were left there, and sales that are of no
-- such cart. Who, when, at what cost is the same for both, so that they can be compared. A table,
-- since it is read often.

-- A sale that is only thought to have brought a cart back had a checkout of its own.
with recovering as (
    select
        store,
        order_id
    from {{ ref('int_recovering_orders') }}
    where not is_inferred
),

left_carts as (
    select * from {{ ref('int_cart_attempts') }} where turn = 1
),

other_sales as (
    select sales.*
    from {{ ref('int_sales') }} as sales
    left join recovering
        on recovering.store = sales.store and recovering.order_id = sales.order_id
    where recovering.order_id is null
),

began as (
    select
        store,
        cart_key,
        min(date_created) as began_at
    from {{ ref('int_orders') }}
    group by 1, 2
),

checkouts as (
    select
        store,
        {{ bigcommerce_carts.checkout_of_cart('cart_key') }} as checkout_key,
        cart_key,
        true as is_left,
        platform,
        id as abandoned_cart_id,
        order_id,
        cart_id,
        attempts,
        began_at,
        left_at as checkout_at,
        channel_id,
        is_guest,
        customer_id,
        customer_email,
        shopper_key,
        line_item_count
    from left_carts
    union all
    select
        sales.store,
        'order ' || cast(sales.order_id as {{ dbt.type_string() }}) as checkout_key,
        sales.cart_key,
        false as is_left,
        'bigcommerce' as platform,
        cast(null as {{ dbt.type_string() }}) as abandoned_cart_id,
        sales.order_id,
        sales.cart_id,
        cast(null as {{ dbt.type_bigint() }}) as attempts,
        began.began_at,
        sales.date_created as checkout_at,
        sales.channel_id,
        sales.customer_id is null as is_guest,
        sales.customer_id,
        sales.customer_email,
        sales.shopper_key,
        cast(null as {{ dbt.type_bigint() }}) as line_item_count
    from other_sales as sales
    inner join began
        on began.store = sales.store and began.cart_key = sales.cart_key
),

told as (
    select
        checkouts.*,
        {{ bigcommerce_carts.day_of('checkouts.checkout_at') }} as checkout_on,
        {{ bigcommerce_carts.hour_of('checkouts.checkout_at') }} as local_hour,
        channels.name as channel_name,
        customers.customer_group_id,
        customer_groups.name as customer_group_name,
        {{ bigcommerce_carts.is_held_out('checkouts.customer_email') }} as is_held_out,
        case
            when stores_with_orders.store is not null and checkouts.shopper_key is not null
                then coalesce(first_sales.made_at < checkouts.began_at, false)
        end as is_returning,
        inbox.has_coupon_code,
        inbox.line_item_count as lines_in_inbox,
        {% for name in bigcommerce_carts.told_by_orders() -%}
        case
            when checkouts.abandoned_cart_id is null then orders.{{ name }} else incomplete.{{ name }}
        end as {{ name }}{{ "," if not loop.last }}
        {% endfor -%}
    from checkouts
    left join {{ ref('int_cart_values') }} as incomplete
        on incomplete.store = checkouts.store and incomplete.id = checkouts.abandoned_cart_id
    left join {{ ref('int_order_values') }} as orders
        on orders.store = checkouts.store and orders.id = checkouts.order_id
    left join {{ ref('stg_bigcommerce__channels') }} as channels
        on channels.store = checkouts.store and channels.id = checkouts.channel_id
    left join {{ ref('stg_bigcommerce__customers') }} as customers
        on customers.store = checkouts.store and customers.id = checkouts.customer_id
    left join {{ ref('stg_bigcommerce__customer_groups') }} as customer_groups
        on
            customer_groups.store = customers.store
            and customer_groups.id = customers.customer_group_id
    left join {{ ref('int_first_sales') }} as first_sales
        on
            first_sales.store = checkouts.store
            and first_sales.shopper_key = checkouts.shopper_key
    left join {{ ref('int_stores_with_orders') }} as stores_with_orders
        on stores_with_orders.store = checkouts.store
    left join {{ ref('int_inbox_carts') }} as inbox
        on inbox.store = checkouts.store and inbox.cart_key = checkouts.cart_key
)

select
    store,
    checkout_key,
    cart_key,
    is_left,
    platform,
    abandoned_cart_id,
    order_id,
    cart_id,
    attempts,
    began_at,
    checkout_at,
    checkout_on,
    local_hour,
    {{ bigcommerce_carts.weekday_of('checkout_on') }} as local_weekday,
    {{ bigcommerce_carts.monday_of('checkout_on') }} as checkout_week,
    channel_id,
    channel_name,
    is_guest,
    customer_id,
    customer_email,
    customer_group_id,
    customer_group_name,
    shopper_key,
    is_held_out,
    is_returning,
    {% for name in bigcommerce_carts.told_by_orders() -%}
    {{ name }},
    {% endfor -%}
    -- Orders do not tell their lines.
    coalesce(line_item_count, lines_in_inbox) as line_item_count,
    case
        when coupon_discount > 0 then 'used'
        when has_coupon_code and coupon_discount = 0 then 'refused'
        when coupon_discount = 0 then 'none'
    end as coupon_use
from told
