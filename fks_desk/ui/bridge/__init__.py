"""Carry commands down and events up between the two loops."""
