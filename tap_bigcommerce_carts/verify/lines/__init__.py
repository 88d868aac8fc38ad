"""The lines of carts: that each current cart has exactly its own."""
