"""Read the streams that carry the load without ccxt's parsing, into the same values."""
