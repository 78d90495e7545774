"""Speak to any exchange of ccxt by its id, through ccxt's unified methods; public data only."""
