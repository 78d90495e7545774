"""Tell people outside the window."""
