-- The Abandoned Cart Saver's settings, of the store and of each storefront.
-- Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`.

{{ bigcommerce_carts.staged('abandoned_cart_settings', [
    ('store', 'text'),
    ('channel_id', 'whole'),
    ('enable_notification', 'flag'),
    ('email_customer_until_cart_is_recovered', 'flag'),
    ('marketing_emails_require_customer_consent', 'flag'),
    ('email_merchant_when_cart_is_converted', 'flag'),
    ('email_merchant_when_cart_is_abandoned', 'flag'),
    ('merchant_email_address', 'text'),
    ('merchant_abandoned_cart_email_frequency_type', 'text'),
    ('merchant_abandoned_cart_digest_email_frequency', 'whole'),
], key=['store', 'channel_id']) }}
