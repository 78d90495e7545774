"""Trade Binance's USD-M perpetuals: orders, margin, funding and the stream by listen key."""
