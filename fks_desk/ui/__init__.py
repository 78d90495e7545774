"""Draw the window."""
