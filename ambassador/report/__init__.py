"""Read-only view of one published revision."""
