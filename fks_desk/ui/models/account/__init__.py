"""Decide what the panes of one trading account show."""
