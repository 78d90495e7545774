"""Keep everything in PostgreSQL."""
