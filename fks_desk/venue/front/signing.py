"""Check who asks: API key, clock and HMAC signature, in Binance's order and words."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.params import Params
from fks_desk.venue.keys import Keys

_KEY_SHAPE = re.compile(r"^[A-Za-z0-9]{1,128}$")
_SIGNATURE = re.compile(r"(^|&)signature=[^&]*")
_DEFAULT_WINDOW_MS = 5_000
_LONGEST_WINDOW_MS = 60_000
_MOST_AHEAD_MS = 1_000


def check_key(api_key: str, keys: Keys) -> None:
    """Raise -2014 for a key that cannot be one and -2015 for a stranger's."""
    if not _KEY_SHAPE.match(api_key):
        raise ApiError(-2014, "API-key format invalid.", status=401)
    if not hmac.compare_digest(api_key, keys.api_key):
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def check_time(params: Params, server_ms: int) -> None:
    """Raise -1021 for a request signed too early or too late."""
    stamp = params.integer("timestamp")
    if stamp is None:
        raise missing("timestamp")
    window = params.integer("recvWindow")
    window = _DEFAULT_WINDOW_MS if window is None else window
    if window > _LONGEST_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000")
    if stamp >= server_ms + _MOST_AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if server_ms - stamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_rest_signature(query: str, body: str, params: Params, keys: Keys) -> None:
    """Raise -1022 unless the signature covers the raw, percent-encoded query and body."""
    payload = _SIGNATURE.sub("", query) + _SIGNATURE.sub("", body)
    _compare(payload, params.text("signature"), keys)


def check_ws_signature(values: Mapping[str, str], keys: Keys) -> None:
    """Raise -1022 unless the signature covers the parameters, sorted by name."""
    payload = "&".join(
        f"{name}={value}" for name, value in sorted(values.items()) if name != "signature"
    )
    _compare(payload, values.get("signature", ""), keys)


def _compare(payload: str, signature: str, keys: Keys) -> None:
    right = hmac.new(keys.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.lower().encode()):
        raise ApiError(-1022, "Signature for this request is not valid.")
