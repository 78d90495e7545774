"""Play one pair: its newest bar print by print, everything older as history."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import Instrument, Timeframe
from fks_desk.venue.market.bars import DAY_MS, Bars, folded, joined, no_bars
from fks_desk.venue.market.depth import Depth, depth_around
from fks_desk.venue.market.listing import Listing
from fks_desk.venue.market.overlay import Overlay
from fks_desk.venue.market.source import BarSource
from fks_desk.venue.market.tape import IDS_PER_BAR, Tape, tape_of

_RECENT = 1_000
_EVER_MS = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """Hold one public trade of the simulated market; `is_sell` tells that the taker sold."""

    symbol: str
    id: int
    price: Decimal
    size: Decimal
    is_sell: bool
    moment_ms: int


@dataclass(frozen=True, slots=True)
class _Position:
    """Hold the bar that is being played and how many of its prints have happened."""

    tape: Tape
    done: int

    def opened(self, timeframe: Timeframe) -> int:
        """Return when the candle of this length that holds the bar opened."""
        return self.tape.opened_ms - self.tape.opened_ms % timeframe.milliseconds


class PairMarket:
    """Move one pair's market along with market time."""

    def __init__(
        self, listing: Listing, source: BarSource, *, prints_per_s: float, speed: float = 1.0
    ) -> None:
        self.listing = listing
        self.instrument: Instrument = listing.instrument
        self.base = source.base
        self._source = source
        self._length = source.base.milliseconds
        self.can_skip = speed == 1.0
        self._prints_per_bar = max(1, round(prints_per_s * self._length / 1000 / speed))
        # One value, replaced whole: history is read in threads while the market moves.
        self._at = _Position(tape_of_nothing(), 0)
        self._turn = 1
        self._last = 0
        self.recent: deque[Print] = deque(maxlen=_RECENT)
        self.overlay = Overlay()

    @property
    def symbol(self) -> str:
        """Return the pair as BASE/QUOTE."""
        return self.listing.symbol

    @property
    def last_ticks(self) -> int:
        """Return the newest print's price in ticks."""
        return self._last

    @property
    def last_price(self) -> Decimal:
        """Return the newest print's price."""
        return Decimal(self._last) * self.instrument.tick

    @property
    def turn(self) -> int:
        """Return how often the book has changed; it never falls while the venue runs."""
        return self._turn + self.overlay.changes

    @property
    def market_turn(self) -> int:
        """Return how often the market itself has moved."""
        return self._turn

    def start(self, now_ms: int) -> None:
        """Stand where the market is at the moment, with what was printed shortly before."""
        before = self._source.last(self.base, self._opened_before(now_ms), 1)
        if len(before):
            self._last = int(before.close[0])
            earlier = self._play(before)
            self.recent.extend(self._prints(earlier, 0, len(earlier)))
        self._at = _Position(self._play(self._source.bar_at(now_ms)), 0)
        self.advance(now_ms)

    def advance(self, now_ms: int) -> list[Print]:
        """Return the prints that have happened since the last call."""
        news: list[Print] = []
        while True:
            tape, done = self._at.tape, self._at.done
            due = tape.due(now_ms)
            news.extend(self._prints(tape, done, due))
            self._note(due)
            closes = tape.opened_ms + self._length
            if now_ms < closes:
                break
            following = self._source.bar_at(closes)
            if not len(following) or int(following.time[0]) > now_ms:
                break
            self._at = _Position(self._play(following), 0)
        self.recent.extend(news)
        return news

    def skip(self, now_ms: int) -> tuple[Decimal, Decimal] | None:
        """Jump to the moment without prints; return the lowest and highest price missed."""
        missed = self.range_since(self._at.tape.opened_ms, now_ms)
        self._at = _Position(self._play(self._source.bar_at(now_ms)), 0)
        self.advance(now_ms)
        return missed

    def range_since(self, start_ms: int, now_ms: int) -> tuple[Decimal, Decimal] | None:
        """Return the lowest and highest price of the whole bars inside the span, if any."""
        bars = self._source.base_bars(start_ms, self._opened_before(now_ms))
        if not len(bars):
            return None
        tick = self.instrument.tick
        return Decimal(int(bars.low.min())) * tick, Decimal(int(bars.high.max())) * tick

    def depth(self) -> Depth:
        """Return the book as everybody sees it, with the accounts' orders in it."""
        return self.overlay.over(self.market_depth())

    def market_depth(self) -> Depth:
        """Return what the market itself offers around the newest print."""
        return depth_around(self._last, self.instrument, self._turn)

    def offers(self, timeframe: Timeframe) -> bool:
        """Tell whether candles of this length can be had."""
        return timeframe.milliseconds % self._length == 0

    def forming(self, timeframe: Timeframe) -> Bars:
        """Return the candle that is still open, or none before its first print."""
        return self._forming(timeframe, self._at)

    def newest(self, timeframe: Timeframe, end_ms: int | None, limit: int) -> Bars:
        """Return the newest candles that opened before the end, the forming one included."""
        if not self.offers(timeframe):
            return no_bars()
        at = self._at
        current = at.opened(timeframe)
        end_ms = current + 1 if end_ms is None else end_ms
        closed = self._source.last(timeframe, min(end_ms, current), limit)
        bars = joined([closed, self._forming(timeframe, at)]) if end_ms > current else closed
        return bars.slice(max(0, len(bars) - limit), len(bars))

    def oldest(self, timeframe: Timeframe, start_ms: int, end_ms: int, limit: int) -> Bars:
        """Return the oldest candles that opened inside the span, the forming one included."""
        if not self.offers(timeframe):
            return no_bars()
        at = self._at
        current = at.opened(timeframe)
        closed = self._source.first(timeframe, start_ms, min(end_ms, current), limit)
        is_wanted = start_ms <= current < end_ms and len(closed) < limit
        return joined([closed, self._forming(timeframe, at)]) if is_wanted else closed

    def day(self) -> Bars:
        """Return the last 24 hours as one bar; its open time means nothing."""
        at = self._at
        older = self._source.base_bars(at.tape.opened_ms - DAY_MS, at.tape.opened_ms)
        return folded(joined([older, at.tape.bar(at.done)]), _EVER_MS)

    def current_open(self, timeframe: Timeframe) -> int:
        """Return when the candle that is still open opened, in milliseconds."""
        return self._at.opened(timeframe)

    def _forming(self, timeframe: Timeframe, at: _Position) -> Bars:
        older = self._source.base_bars(at.opened(timeframe), at.tape.opened_ms)
        whole = joined([older, at.tape.bar(at.done)])
        return folded(whole, timeframe.milliseconds)

    def _opened_before(self, now_ms: int) -> int:
        bar = self._source.bar_at(now_ms)
        return int(bar.time[0]) if len(bar) else now_ms

    def _play(self, bar: Bars) -> Tape:
        if not len(bar):
            return self._at.tape
        return tape_of(
            bar, length_ms=self._length, count=self._prints_per_bar, seed=self._source.seed
        )

    def _note(self, due: int) -> None:
        tape, done = self._at.tape, self._at.done
        if due > done:
            self._turn += due - done
            self._at = _Position(tape, due)
            self._last = int(tape.price[due - 1])

    def _prints(self, tape: Tape, start: int, stop: int) -> Iterator[Print]:
        first_id = tape.opened_ms // self._length * IDS_PER_BAR
        tick, lot = self.instrument.tick, self.instrument.lot
        for index in range(start, stop):
            yield Print(
                symbol=self.symbol,
                id=first_id + index,
                price=Decimal(int(tape.price[index])) * tick,
                size=Decimal(int(tape.size[index])) * lot,
                is_sell=bool(tape.is_sell[index]),
                moment_ms=tape.opened_ms + int(tape.offset_ms[index]),
            )


def tape_of_nothing() -> Tape:
    """Return a tape that stands before the first bar."""
    empty = no_bars().time
    return Tape(opened_ms=0, offset_ms=empty, price=empty, size=empty, is_sell=empty.astype(bool))
