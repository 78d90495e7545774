"""Move a set of pairs along with market time, and tell who listens."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from fks_desk.core.model import Instrument
from fks_desk.venue.market.pair import PairMarket, Print

log = logging.getLogger(__name__)

_LONGEST_PLAYED_GAP_MS = 120_000


class MarketTime(Protocol):
    """Tell market time, which in a replay is the file's own."""

    def now_ms(self) -> int:
        """Return market time in milliseconds."""
        ...


PrintListener = Callable[[PairMarket, list[Print]], None]


class Stage(ABC):
    """Hold the pairs of one market; who trades there says what a price does."""

    def __init__(self, pairs: Iterable[PairMarket], time: MarketTime) -> None:
        self.pairs: Mapping[str, PairMarket] = {pair.symbol: pair for pair in pairs}
        self._time = time
        self._moved_ms = time.now_ms()
        self._on_prints: list[PrintListener] = []
        self._on_snapshot: list[Callable[[PairMarket], None]] = []
        for pair in self.pairs.values():
            pair.start(self._moved_ms)

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return what is listed, by symbol."""
        return {symbol: pair.instrument for symbol, pair in self.pairs.items()}

    def now_ms(self) -> int:
        """Return market time in milliseconds."""
        return self._time.now_ms()

    def on_prints(self, listener: PrintListener) -> None:
        """Call the listener with each batch of new prints."""
        self._on_prints.append(listener)

    def on_snapshot(self, listener: Callable[[PairMarket], None]) -> None:
        """Call the listener before a book is shown whole, so that streams catch up first."""
        self._on_snapshot.append(listener)

    def announce_depth(self, pair: PairMarket) -> None:
        """Let the streams catch up with a book that is about to be shown whole."""
        for listener in self._on_snapshot:
            listener(pair)

    def move(self) -> None:
        """Let the market come up to now; resting orders fill on the way."""
        now = self.now_ms()
        missed_long = now - self._moved_ms > _LONGEST_PLAYED_GAP_MS
        for pair in self.pairs.values():
            if missed_long and pair.can_skip:
                self._skip(pair, now)
                continue
            prints = pair.advance(now)
            if not prints:
                continue
            self.take_prints(pair.symbol, prints)
            for listener in self._on_prints:
                listener(pair, prints)
        self._moved_ms = now

    @abstractmethod
    def take_prints(self, symbol: str, prints: list[Print]) -> None:
        """Let orders meet what was just printed."""

    @abstractmethod
    def take_jump(self, symbol: str, price: Decimal, moment_ms: int) -> None:
        """Let orders meet a price that was passed unseen."""

    def _skip(self, pair: PairMarket, now: int) -> None:
        """Jump over a long sleep of the machine, filling what the missed range reached."""
        log.info("%s: %d s were slept through", pair.symbol, (now - self._moved_ms) // 1000)
        for price in pair.skip(now) or ():
            self.take_jump(pair.symbol, price, now)
