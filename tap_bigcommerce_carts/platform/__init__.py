"""Talking to a shop's API over HTTP: what every platform's client shares."""
