"""The platform: BigCommerce's REST API, read without losing a row. Knows nothing of Singer.

`store.BigCommerceStore` is the way in; everything else in this folder serves it.
"""
