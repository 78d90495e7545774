"""Decide what panes show."""
