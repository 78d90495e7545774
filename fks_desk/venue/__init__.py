"""Simulate an exchange: ledger, matching and a Binance-shaped front."""
