"""Speak the desk's command line."""
