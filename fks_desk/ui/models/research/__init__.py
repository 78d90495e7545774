"""Decide what the backtest and chat panes show."""
