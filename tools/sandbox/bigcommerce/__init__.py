"""How BigCommerce answers: its routes, queries, documents and refusals."""
