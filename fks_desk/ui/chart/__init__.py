"""Draw candles at any length of history."""
