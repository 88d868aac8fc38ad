"""What the shop is: its orders, customers and carts, how they change, and what is true of them."""
