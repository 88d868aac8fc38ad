"""How a document of a platform becomes a row."""
