-- Registered customers.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('customers', [
    ('store', 'text'),
    ('id', 'whole'),
    ('email', 'text'),
    ('first_name', 'text'),
    ('last_name', 'text'),
    ('company', 'text'),
    ('phone', 'text'),
    ('customer_group_id', 'whole'),
    ('origin_channel_id', 'whole'),
    ('channel_ids', 'json'),
    ('accepts_product_review_abandoned_cart_emails', 'flag'),
    ('date_created', 'instant'),
    ('date_modified', 'instant'),
    ('tax_exempt_category', 'text'),
    ('registration_ip_address', 'text'),
    ('notes', 'text'),
    ('form_fields', 'json'),
    ('address_count', 'whole'),
    ('addresses', 'json'),
], key=['store', 'id'], grows=['date_modified']) }}
