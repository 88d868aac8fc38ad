-- Customer groups.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('customer_groups', [
    ('store', 'text'),
    ('id', 'whole'),
    ('name', 'text'),
    ('is_default', 'flag'),
    ('is_group_for_guests', 'flag'),
], key=['store', 'id']) }}
