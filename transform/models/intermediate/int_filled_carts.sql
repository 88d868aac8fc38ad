-- Every cart that anything is known of, once, with what each source knows of it: the inbox, the
-- carts left at payment, and the orders. A cart is told by its id in all three.

with inbox as (
    select
        *,
        coalesce(created_time, first_event_at, date_modified) as began_at
    from {{ ref('stg_bigcommerce__carts') }}
),

-- An order that does not name its cart may be named by the cart.
named as (
    select
        store,
        order_id,
        min(id) as cart_key
    from inbox
    where order_id is not null
    group by 1, 2
),

-- The guess that another cart's sale brought this one back is no use here: that sale is counted
-- with the cart it was made from.
left_at_payment as (
    select
        outcomes.store,
        coalesce(outcomes.cart_id, named.cart_key, outcomes.cart_key) as cart_key,
        case when outcomes.is_inferred then 'lost' else outcomes.outcome end as outcome,
        outcomes.began_at,
        outcomes.abandoned_at,
        case when not outcomes.is_inferred then outcomes.recovered_at end as sale_at,
        case when not outcomes.is_inferred then outcomes.recovering_order_id end as order_id,
        outcomes.channel_id,
        outcomes.currency_code,
        outcomes.value
    from {{ ref('cart_outcomes') }} as outcomes
    left join named
        on named.store = outcomes.store and named.order_id = outcomes.order_id
),

-- Sales of no cart (staff and APIs make them) are left out, and so are those that carts left at
-- payment came back as, which are told of already.
recovering as (
    select * from {{ ref('int_recovering_orders') }} where not is_inferred
),

sales as (
    select
        sales.store,
        coalesce(sales.cart_id, named.cart_key) as cart_key,
        sales.date_created as sale_at,
        sales.order_id,
        sales.channel_id,
        sales.currency_code,
        sales.value,
        row_number() over (
            partition by sales.store, coalesce(sales.cart_id, named.cart_key)
            order by sales.date_created, sales.order_id
        ) as turn
    from {{ ref('int_sales') }} as sales
    left join named
        on named.store = sales.store and named.order_id = sales.order_id
    left join recovering
        on recovering.store = sales.store and recovering.order_id = sales.order_id
    where
        coalesce(sales.cart_id, named.cart_key) is not null
        and recovering.order_id is null
),

first_sales as (
    select * from sales where turn = 1
),

orders as (
    select
        orders.*,
        coalesce(orders.cart_id, named.cart_key) as cart_key
    from {{ ref('stg_bigcommerce__orders') }} as orders
    left join named
        on named.store = orders.store and named.order_id = orders.id
),

-- Orders in any status: whoever made one reached the payment step.
attempts as (
    select
        store,
        cart_key,
        max(case when status_id <> 0 and not ({{ bigcommerce_carts.is_sale() }}) then 1 else 0 end)
            as failed
    from orders
    where cart_key is not null
    group by 1, 2
),

-- Testers may have typed their address in any of the three.
testers as (
    select store, id as cart_key from inbox where {{ bigcommerce_carts.is_test('email') }}
    union all
    select store, cart_key from orders where {{ bigcommerce_carts.is_test('customer_email') }}
    union all
    select store, cart_id as cart_key
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where {{ bigcommerce_carts.is_test('customer_email') }}
),

inbox_of_shoppers as (
    select inbox.*
    from inbox
    where not exists (
        select 1
        from testers
        where testers.store = inbox.store and testers.cart_key = inbox.id
    )
),

filled as (
    select
        store,
        cart_key,
        min(began_at) as filled_at
    from (
        select store, id as cart_key, began_at from inbox_of_shoppers
        union all
        select store, cart_key, began_at from left_at_payment
        union all
        select store, cart_key, sale_at as began_at from first_sales
    ) as sources
    group by 1, 2
)

select
    filled.store,
    filled.cart_key,
    filled.filled_at,
    inbox.status as inbox_status,
    inbox.updated_time as inbox_updated_at,
    inbox.abandoned_at as inbox_abandoned_at,
    inbox.converted_at as inbox_converted_at,
    left_at_payment.outcome as payment_outcome,
    left_at_payment.abandoned_at as payment_abandoned_at,
    attempts.store is not null as has_order,
    coalesce(attempts.failed, 0) = 1 as has_failed_order,
    coalesce(left_at_payment.sale_at, first_sales.sale_at) as sale_at,
    coalesce(left_at_payment.order_id, first_sales.order_id) as sale_order_id,
    inbox.order_id as inbox_order_id,
    coalesce(left_at_payment.channel_id, first_sales.channel_id, inbox.channel_id) as channel_id,
    coalesce(left_at_payment.currency_code, first_sales.currency_code, inbox.currency_code)
        as currency_code,
    coalesce(left_at_payment.value, first_sales.value, inbox.cart_amount) as value
from filled
left join inbox_of_shoppers as inbox
    on inbox.store = filled.store and inbox.id = filled.cart_key
left join left_at_payment
    on left_at_payment.store = filled.store and left_at_payment.cart_key = filled.cart_key
left join first_sales
    on first_sales.store = filled.store and first_sales.cart_key = filled.cart_key
left join attempts
    on attempts.store = filled.store and attempts.cart_key = filled.cart_key
