"""Tell a ccxt client where the simulated exchange lives."""

from __future__ import annotations

from typing import Any


def ccxt_overrides(port: int) -> dict[str, Any]:
    """Return the settings that point a `ccxt.pro.binance` at the venue on this port.

    The stream's path begins with `/stream` because ccxt tells spot sockets from
    futures sockets by that word in the URL. Only spot exists here, so the calls
    for margin and futures listings are switched off.
    """
    rest, socket = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
    streams = f"{socket}/stream/ws"
    ws_api = f"{socket}/ws-api/v3"
    return {
        "urls": {
            "api": {
                "public": f"{rest}/api/v3",
                "private": f"{rest}/api/v3",
                "v1": f"{rest}/api/v1",
                "sapi": f"{rest}/sapi/v1",
                "sapiV2": f"{rest}/sapi/v2",
                "sapiV3": f"{rest}/sapi/v3",
                "sapiV4": f"{rest}/sapi/v4",
                "ws": {"spot": streams, "margin": streams, "ws-api": {"spot": ws_api}},
            }
        },
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchMargins": False,
            "fetchCurrencies": False,
            "adjustForTimeDifference": False,
        },
    }
