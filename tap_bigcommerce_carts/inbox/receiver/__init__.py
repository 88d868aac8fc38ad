"""The service that takes BigCommerce's cart webhooks. Needs the extra `inbox`."""
