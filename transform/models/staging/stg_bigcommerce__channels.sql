-- Channels: the store's storefronts and marketplaces.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('channels', [
    ('store', 'text'),
    ('id', 'whole'),
    ('name', 'text'),
    ('type', 'text'),
    ('platform', 'text'),
    ('status', 'text'),
    ('is_visible', 'flag'),
    ('external_id', 'text'),
    ('date_created', 'instant'),
    ('date_modified', 'instant'),
    ('site_url', 'text'),
    ('recovery_route', 'text'),
], key=['store', 'id'], grows=['date_modified']) }}
