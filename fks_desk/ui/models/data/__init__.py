"""Decide what the data panes show and do."""
