"""Decide stances from candles: indicators, parameters and the built-in strategies."""
