{{ config(materialized='table') }}

-- Carts of people who test the shop. One source that tells it is enough: an address typed at the
-- checkout, in the order or at the cart, or the customer's own.

with people as (
    select
        carts.store,
        coalesce(keys.cart_key, carts.cart_id, carts.id) as cart_key,
        carts.customer_id,
        carts.customer_email as email
    from {{ ref('stg_bigcommerce__abandoned_carts') }} as carts
    left join {{ ref('int_order_carts') }} as keys
        on keys.store = carts.store and keys.order_id = carts.order_id
    union all
    select
        orders.store,
        keys.cart_key,
        orders.customer_id,
        orders.customer_email as email
    from {{ ref('stg_bigcommerce__orders') }} as orders
    inner join {{ ref('int_order_carts') }} as keys
        on keys.store = orders.store and keys.order_id = orders.id
    union all
    select
        store,
        id as cart_key,
        customer_id,
        email
    from {{ ref('stg_bigcommerce__carts') }}
),

customers as (
    select
        store,
        id
    from {{ ref('stg_bigcommerce__customers') }}
    where {{ bigcommerce_carts.is_test('email') }}
)

select distinct
    people.store,
    people.cart_key
from people
left join customers
    on customers.store = people.store and customers.id = people.customer_id
where
    customers.id is not null
    or {{ bigcommerce_carts.is_test('people.email') }}
