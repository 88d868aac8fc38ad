-- Every Incomplete order, and the cart it belongs to. A shopper who changes the cart and tries
-- again can leave several orders of one cart: that is one abandonment, and the latest tells of it.

with carts as (
    select
        *,
        coalesce(cart_id, id) as cart_key
    from {{ ref('stg_bigcommerce__abandoned_carts') }}
    where not {{ bigcommerce_carts.is_test('customer_email') }}
)

select
    carts.*,
    {{ bigcommerce_carts.shopper_key(
        'carts.customer_id', 'known.customer_id', 'carts.customer_email'
    ) }} as shopper_key,
    row_number() over (
        partition by carts.store, carts.cart_key
        order by carts.date_modified desc, carts.order_id desc, carts.id desc
    ) as turn,
    count(*) over (partition by carts.store, carts.cart_key) as attempts,
    min(carts.date_created) over (partition by carts.store, carts.cart_key) as began_at
from carts
left join {{ ref('int_known_emails') }} as known
    on
        known.store = carts.store
        and known.email = {{ bigcommerce_carts.plain_email('carts.customer_email') }}
