"""Decide what the panes about the desk itself show."""
