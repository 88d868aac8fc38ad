"""Asking an API over HTTP: session, retries, quota, concurrency. Knows no platform."""
