"""Follow the venue: its private stream, its silence, and what may be sent meanwhile."""
