"""Name a place on a chart that a pane asks to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fks_desk.core.model import InstrumentId, RowRef, Timeframe

# A bar closes with the moment at which the next one opens.
JUST_BEFORE = timedelta(milliseconds=1)
# Which column of a stored row says when it happened, by the word that cites the row.
_MOMENTS = {
    "trade": ("ts_event",),
    "market_trade": ("ts_event",),
    "order": ("created",),
    "position": ("opened", "updated"),
    "signal": ("ts_event",),
    "backtest": ("span_end",),
    "candle": ("ts",),
    "balance": (),
    "perpetual": ("ts_event",),
    "funding": ("ts",),
}
_PRICED = frozenset({"trade", "market_trade"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTarget:
    """Point at a moment of an instrument; without a timeframe the chart keeps its own.

    With a price that point is ringed, else the whole bar.
    """

    instrument: InstrumentId
    moment: datetime
    timeframe: Timeframe | None = None
    price: Decimal | None = None


def row_target(ref: RowRef, row: Mapping[str, Any]) -> ChartTarget | None:
    """Return the place that a cited row is about, or None if no chart can show it."""
    instrument = row.get("instrument")
    moments = [row.get(name) for name in _MOMENTS.get(ref.kind, ())]
    moment = next((one for one in moments if isinstance(one, datetime)), None)
    if not isinstance(instrument, str) or moment is None:
        return None
    price = row.get("price") if ref.kind in _PRICED else None
    frames = {one.value: one for one in Timeframe}
    return ChartTarget(
        instrument=InstrumentId(instrument),
        moment=moment - JUST_BEFORE if ref.kind in {"signal", "backtest"} else moment,
        timeframe=frames.get(str(row.get("timeframe"))),
        price=price if isinstance(price, Decimal) else None,
    )
