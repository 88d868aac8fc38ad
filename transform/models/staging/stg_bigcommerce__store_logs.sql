-- The store's own log, entry by entry.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('store_logs', [
    ('store', 'text'),
    ('id', 'whole'),
    ('date_created', 'instant'),
    ('type', 'text'),
    ('module', 'text'),
    ('severity', 'whole'),
    ('summary', 'text'),
    ('message', 'text'),
], key=['store', 'id'], grows=['id']) }}
