"""The platform: BigCommerce's REST API, read without losing a row. Knows nothing of Singer.

`store.BigCommerceStore` is the door; everything else in this folder serves it.
"""
