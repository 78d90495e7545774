"""Show how the desk itself does: its tasks and its health."""
