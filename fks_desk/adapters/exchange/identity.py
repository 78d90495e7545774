"""Ask whose account a key opens, so that a key of another one is noticed.

Formats: Binance spot API `GET /api/v3/account`, its `uid`; USD-M futures API
`GET /fapi/v2/balance`, its `accountAlias`, which is unique per account.
"""

from __future__ import annotations

from typing import Any

from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.core.errors import DataError

_WHAT = "whose account this is"


async def spot_identity(reads: SignedReads) -> str:
    """Return the account's own number at the venue."""
    told = await reads.ask("privateGetAccount", {"omitZeroBalances": "true"}, _WHAT)
    return _named(told.get("uid") if isinstance(told, dict) else None, reads)


async def futures_identity(reads: SignedReads) -> str:
    """Return the account's own code at the venue."""
    rows = await reads.rows("fapiPrivateV2GetBalance", {}, _WHAT)
    first = rows[0] if rows else {}
    return _named(first.get("accountAlias") if isinstance(first, dict) else None, reads)


def _named(told: Any, reads: SignedReads) -> str:  # Any: parsed JSON
    if told in {None, ""}:
        raise DataError(f"{reads.venue} does not tell whose account the key opens")
    return str(told)
