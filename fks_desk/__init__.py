"""Run a trading workstation: charts, tickets, backtests and an AI over the trader's own rows."""

__version__ = "0.1.0"
