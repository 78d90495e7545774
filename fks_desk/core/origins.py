"""Say where a stored candle came from, when it arrived and how often it was put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fks_desk.core.model import InstrumentId, Provenance, Span, Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleOrigin:
    """Hold one candle's origin; `revision` counts how often its numbers were changed."""

    provenance: Provenance
    arrived: datetime
    revision: int = 0


class CandleOrigins(Protocol):
    """Read the origins of stored candles."""

    async def origins(
        self, instrument: InstrumentId, timeframe: Timeframe, span: Span
    ) -> Mapping[datetime, CandleOrigin]:
        """Return the origin of each candle that opened inside the span, by its open time."""
        ...
