"""Build candles from prints, for exchanges that stream none."""

from __future__ import annotations

from dataclasses import replace

from fks_desk.core.model import Candle, MarketTrade, Provenance, Timeframe


class BarsFromPrints:
    """Grow one bar; the one that was joined midway is never called complete."""

    def __init__(self, timeframe: Timeframe) -> None:
        self._timeframe = timeframe
        self._bar: Candle | None = None
        self._is_whole = False

    def take(self, trade: MarketTrade) -> list[Candle]:
        """Return the states that a print makes: the closed bar before it, and its own."""
        opened = self._timeframe.floor(trade.ts_event)
        if self._bar is None:
            self._bar = self._begun(trade)
            return []
        if opened < self._bar.opened:
            return []
        states = []
        if opened > self._bar.opened:
            if self._is_whole:
                states.append(replace(self._bar, is_closed=True, ts_event=self._bar.closes))
            self._bar, self._is_whole = self._begun(trade), True
        else:
            self._bar = self._grown(self._bar, trade)
        return [*states, self._bar] if self._is_whole else states

    def _begun(self, trade: MarketTrade) -> Candle:
        return Candle(
            instrument=trade.instrument,
            timeframe=self._timeframe,
            opened=self._timeframe.floor(trade.ts_event),
            open=trade.price,
            high=trade.price,
            low=trade.price,
            close=trade.price,
            volume=trade.size,
            is_closed=False,
            ts_event=trade.ts_event,
            ts_init=trade.ts_init,
            provenance=Provenance.BUILT,
        )

    def _grown(self, bar: Candle, trade: MarketTrade) -> Candle:
        return replace(
            bar,
            high=max(bar.high, trade.price),
            low=min(bar.low, trade.price),
            close=trade.price,
            volume=bar.volume + trade.size,
            ts_event=trade.ts_event,
            ts_init=trade.ts_init,
        )
