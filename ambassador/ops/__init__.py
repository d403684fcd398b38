"""Logs, metrics and health of our own processes."""
