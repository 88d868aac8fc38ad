-- Carts that were bought by the inbox's word alone: of such a cart no order was loaded. Where one
-- was, it is believed, and not the inbox.

select
    inbox.store,
    inbox.cart_key,
    inbox.order_id,
    inbox.converted_at
from {{ ref('int_inbox_carts') }} as inbox
left join {{ ref('int_order_carts') }} as named
    on named.store = inbox.store and named.order_id = inbox.order_id
where
    inbox.status = 'converted'
    and (inbox.order_id is null or named.cart_key = inbox.cart_key)
    and not exists (
        select 1
        from {{ ref('int_orders') }} as orders
        where orders.store = inbox.store and orders.cart_key = inbox.cart_key
    )
