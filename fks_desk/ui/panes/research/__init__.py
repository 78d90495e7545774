"""Show backtests and answers."""
