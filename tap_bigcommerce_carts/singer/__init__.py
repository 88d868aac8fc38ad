"""All that touches the insides of the Singer SDK."""
