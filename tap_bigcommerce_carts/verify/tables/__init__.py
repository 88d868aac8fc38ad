"""The warehouse: how its tables are read, and what a check and a repair write."""
