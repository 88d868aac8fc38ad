-- The inbox's log, event by event.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('cart_events', [
    ('store', 'text'),
    ('sequence', 'whole'),
    ('scope', 'text'),
    ('cart_id', 'text'),
    ('happened_at', 'instant'),
    ('received_at', 'instant'),
    ('order_id', 'whole'),
    ('line_item_id', 'text'),
    ('coupon_id', 'whole'),
    ('token', 'text'),
    ('hash', 'text'),
], key=['store', 'sequence'], grows=['sequence']) }}
