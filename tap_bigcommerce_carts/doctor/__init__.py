"""Looks at a setup: settings, token, clock, quota, inbox, warehouse; a finding for each."""
