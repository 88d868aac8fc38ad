"""The settings: what they are called, what they may be, and one sentence for each mistake."""
