-- When somebody bought, as far as it is known who: every sale, and what carts came back as by the
-- inbox's word. An order that was left itself was paid before its last change, and counts at that.

with paid_late as (
    select
        store,
        order_id,
        recovered_at
    from {{ ref('int_recovering_orders') }}
    where is_same_order
)

select
    sales.store,
    sales.shopper_key,
    {{ bigcommerce_carts.plain_email('sales.customer_email') }} as email,
    coalesce(paid_late.recovered_at, sales.date_created) as bought_at
from {{ ref('int_sales') }} as sales
left join paid_late
    on paid_late.store = sales.store and paid_late.order_id = sales.order_id
union all
select
    store,
    shopper_key,
    {{ bigcommerce_carts.plain_email('email') }} as email,
    placed_at as bought_at
from {{ ref('int_shopper_carts') }}
where placed_at is not null
