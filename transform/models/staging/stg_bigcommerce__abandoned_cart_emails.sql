-- The Abandoned Cart Saver's e-mail steps, of the store and of each storefront.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('abandoned_cart_emails', [
    ('store', 'text'),
    ('channel_id', 'whole'),
    ('id', 'whole'),
    ('is_active', 'flag'),
    ('notify_at_minutes', 'whole'),
    ('coupon_code', 'text'),
    ('sent_num', 'whole'),
    ('subject', 'text'),
    ('translations', 'json'),
], key=['store', 'channel_id', 'id']) }}
