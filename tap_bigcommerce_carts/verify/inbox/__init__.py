"""The inbox's log beside the rows that came of it."""
