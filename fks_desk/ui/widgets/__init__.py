"""Offer small widgets that panes share."""
