"""Lay out what each pane shows."""
