"""Asks a real store what no document says of the API; reads only, and keeps nothing."""
