"""What a row is: one module per family of streams, each with its fields, key and row builder."""
