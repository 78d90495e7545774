"""Colour the window."""
