"""The rows of streams with a key: both sides, compared, and looked at once more."""
