"""Answer as Binance's spot interface does: REST, market streams and the WebSocket API.

Source of all shapes, codes and limits: Binance's public spot documentation.
"""
