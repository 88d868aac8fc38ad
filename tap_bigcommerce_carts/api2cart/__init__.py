"""The second platform: API2Cart, which lists the abandoned carts of many kinds of shops.

`store.Api2CartStore` is the way in; everything else in this folder serves it.
"""
