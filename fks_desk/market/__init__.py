"""Bring market data in: feeds, candle building, gap repair, instruments and order books."""
