"""Tell a ccxt client where the simulated exchange lives."""

from __future__ import annotations

from typing import Any

_REST_PATHS = {
    "public": "api/v3",
    "private": "api/v3",
    "v1": "api/v1",
    "sapi": "sapi/v1",
    "sapiV2": "sapi/v2",
    "sapiV3": "sapi/v3",
    "sapiV4": "sapi/v4",
}
_FUTURES_PATHS = {
    "fapiPublic": "fapi/v1",
    "fapiPublicV2": "fapi/v2",
    "fapiPublicV3": "fapi/v3",
    "fapiPrivate": "fapi/v1",
    "fapiPrivateV2": "fapi/v2",
    "fapiPrivateV3": "fapi/v3",
}
_ABSENT_REST = (
    "dapiPublic", "dapiPrivate", "dapiPrivateV2", "dapiData",
    "eapiPublic", "eapiPrivate", "fapiData", "papi", "papiV2",
)  # fmt: skip
_ABSENT_STREAMS = (
    "inverse", "stock", "option", "optionMarket", "optionPrivate", "papi",
)  # fmt: skip


def ccxt_overrides(port: int) -> dict[str, Any]:
    """Return the settings that point a `ccxt.pro.binance` at the venue on this port.

    The stream's path begins with `/stream` because ccxt tells spot sockets from
    futures sockets by that word in the URL. Here this client is for spot; perpetuals
    have their own, see `ccxt_perpetual_overrides`. Whatever else is asked for gets a
    404 from the venue and never leaves the machine.
    """
    rest, socket = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"
    streams, ws_api = f"{socket}/stream/ws", f"{socket}/ws-api/v3"
    absent = f"{rest}/absent"
    paths = _REST_PATHS | _FUTURES_PATHS
    api: dict[str, Any] = {name: f"{rest}/{path}" for name, path in paths.items()}
    api |= dict.fromkeys(_ABSENT_REST, absent)
    api["ws"] = {
        "spot": streams,
        "margin": streams,
        "linear": f"{socket}/fstream/ws",
        **dict.fromkeys(_ABSENT_STREAMS, f"{socket}/absent"),
        "ws-api": {"spot": ws_api, "linear": f"{socket}/absent", "inverse": f"{socket}/absent"},
    }
    return {
        "urls": {"api": api},
        # On loopback nothing is gained by pacing calls to the public exchange's rhythm;
        # the venue's weight budget counts all the same.
        "rateLimit": 5,
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchMargins": False,
            "fetchCurrencies": False,
            "adjustForTimeDifference": False,
        },
    }


def ccxt_perpetual_overrides(port: int) -> dict[str, Any]:
    """Return the settings that point a `ccxt.pro.binanceusdm` at the venue on this port."""
    settings = ccxt_overrides(port)
    settings["options"] = {
        **settings["options"],
        "defaultType": "swap",
        "defaultSubType": "linear",
        "fetchMarkets": {"types": ["linear"]},
    }
    return settings
