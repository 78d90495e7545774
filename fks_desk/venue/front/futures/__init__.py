"""Speak Binance's USD-M futures protocol over REST and WebSocket."""
