"""What the DAGs have in common: the list of stores, and the commands that tasks run."""
