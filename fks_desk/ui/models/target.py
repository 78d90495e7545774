"""Name a place on a chart that a pane asks to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fks_desk.core.model import InstrumentId, Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartTarget:
    """Point at a moment of an instrument; without a timeframe the chart keeps its own."""

    instrument: InstrumentId
    moment: datetime
    timeframe: Timeframe | None = None
