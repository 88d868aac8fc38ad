"""Store and warehouse side by side: whether the tables have what the store has."""
