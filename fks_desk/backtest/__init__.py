"""Test strategies on stored candles."""
