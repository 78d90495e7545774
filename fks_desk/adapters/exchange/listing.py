"""Read what a Binance exchange lists into instruments with exact steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange.wire import UNREADABLE, exact
from fks_desk.core.model import ZERO, Instrument, VenueId

log = logging.getLogger(__name__)

_NO_STEP = Decimal("0.00000001")


def wire_symbol(instrument: Instrument) -> str:
    """Return the exchange's own spelling: BTC/USDT is BTCUSDT."""
    return f"{instrument.base}{instrument.quote}".upper()


def instruments(info: Mapping[str, Any], venue: VenueId) -> list[Instrument]:
    """Read the answer of exchangeInfo; a symbol that cannot be read is left out."""
    found = []
    for row in info.get("symbols", ()):
        try:
            found.append(_instrument(row, venue))
        except UNREADABLE as error:
            log.info("symbol %s of %s is left out: %s", row.get("symbol"), venue, error)
    return found


def _instrument(row: Mapping[str, Any], venue: VenueId) -> Instrument:
    filters = {entry["filterType"]: entry for entry in row["filters"]}
    lot = filters.get("LOT_SIZE", {})
    base, quote = str(row["baseAsset"]), str(row["quoteAsset"])
    return Instrument(
        venue=venue,
        symbol=f"{base}/{quote}",
        base=base,
        quote=quote,
        settle=quote,
        tick=_step(filters.get("PRICE_FILTER", {}), "tickSize", row.get("quotePrecision")),
        lot=_step(lot, "stepSize", row.get("baseAssetPrecision")),
        min_size=exact(lot.get("minQty", "0"), "minQty"),
        max_size=exact(lot["maxQty"], "maxQty") if lot.get("maxQty") else None,
        min_notional=_min_notional(filters),
        is_trading=row.get("status", "TRADING") == "TRADING",
    )


def _step(entry: Mapping[str, Any], name: str, places: object) -> Decimal:
    step = exact(entry.get(name, "0"), name)
    if step > 0:
        return step
    # A step of zero switches the filter off; the currency's own precision remains.
    return Decimal(1).scaleb(-int(str(places))) if places is not None else _NO_STEP


def _min_notional(filters: Mapping[str, Mapping[str, Any]]) -> Decimal:
    for name in ("NOTIONAL", "MIN_NOTIONAL"):
        if name in filters:
            return exact(filters[name].get("minNotional", "0"), "minNotional")
    return ZERO


def by_wire_symbol(found: Sequence[Instrument]) -> dict[str, Instrument]:
    """Return the instruments by the exchange's own spelling."""
    return {wire_symbol(instrument): instrument for instrument in found}
