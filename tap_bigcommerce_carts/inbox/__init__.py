"""The inbox: catches BigCommerce's cart webhooks and keeps them for the tap. Needs `[inbox]`."""
