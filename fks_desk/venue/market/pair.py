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
from fks_desk.venue.market.source import BarSource
from fks_desk.venue.market.tape import IDS_PER_BAR, Tape, tape_of

_RECENT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """Hold one public trade of the simulated market; `is_sell` tells that the taker sold."""

    symbol: str
    id: int
    price: Decimal
    size: Decimal
    is_sell: bool
    moment_ms: int


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
        self._tape = tape_of_nothing()
        self._done = 0
        self._turn = 1
        self._last = 0
        self.recent: deque[Print] = deque(maxlen=_RECENT)

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
        """Return how often the market has moved; it never falls while the venue runs."""
        return self._turn

    def start(self, now_ms: int) -> None:
        """Stand where the market is at the moment, with what was printed shortly before."""
        before = self._source.last(self.base, self._opened_before(now_ms), 1)
        if len(before):
            self._last = int(before.close[0])
            earlier = self._play(before)
            self.recent.extend(self._prints(earlier, 0, len(earlier)))
        self._tape = self._play(self._source.bar_at(now_ms))
        self.advance(now_ms)

    def advance(self, now_ms: int) -> list[Print]:
        """Return the prints that have happened since the last call."""
        news: list[Print] = []
        while True:
            due = self._tape.due(now_ms)
            news.extend(self._prints(self._tape, self._done, due))
            self._note(due)
            closes = self._tape.opened_ms + self._length
            if now_ms < closes:
                break
            following = self._source.bar_at(closes)
            if not len(following) or int(following.time[0]) > now_ms:
                break
            self._tape, self._done = self._play(following), 0
        self.recent.extend(news)
        return news

    def skip(self, now_ms: int) -> tuple[Decimal, Decimal] | None:
        """Jump to the moment without prints; return the lowest and highest price missed."""
        missed = self._source.base_bars(self._tape.opened_ms, self._opened_before(now_ms))
        self._tape, self._done = self._play(self._source.bar_at(now_ms)), 0
        self.advance(now_ms)
        if not len(missed):
            return None
        tick = self.instrument.tick
        return Decimal(int(missed.low.min())) * tick, Decimal(int(missed.high.max())) * tick

    def depth(self) -> Depth:
        """Return the book around the newest print."""
        return depth_around(self._last, self.instrument, self._turn)

    def offers(self, timeframe: Timeframe) -> bool:
        """Tell whether candles of this length can be had."""
        return timeframe.milliseconds % self._length == 0

    def forming(self, timeframe: Timeframe) -> Bars:
        """Return the candle that is still open, or none before its first print."""
        length = timeframe.milliseconds
        opened = self._tape.opened_ms - self._tape.opened_ms % length
        older = self._source.base_bars(opened, self._tape.opened_ms)
        return folded(joined([older, self._tape.bar(self._done)]), length)

    def newest(self, timeframe: Timeframe, end_ms: int | None, limit: int) -> Bars:
        """Return the newest candles that opened before the end, the forming one included."""
        if not self.offers(timeframe):
            return no_bars()
        current = self.current_open(timeframe)
        end_ms = current + 1 if end_ms is None else end_ms
        closed = self._source.last(timeframe, min(end_ms, current), limit)
        return self._with_forming(closed, timeframe, end_ms > current, newest=limit)

    def oldest(self, timeframe: Timeframe, start_ms: int, end_ms: int, limit: int) -> Bars:
        """Return the oldest candles that opened inside the span, the forming one included."""
        if not self.offers(timeframe):
            return no_bars()
        current = self.current_open(timeframe)
        closed = self._source.first(timeframe, start_ms, min(end_ms, current), limit)
        has_room = start_ms <= current < end_ms and len(closed) < limit
        return self._with_forming(closed, timeframe, has_room, newest=limit)

    def day(self) -> Bars:
        """Return the last 24 hours as one bar that opened 24 hours before the newest minute."""
        start = self._tape.opened_ms - DAY_MS
        older = self._source.base_bars(start, self._tape.opened_ms)
        whole = joined([older, self._tape.bar(self._done)])
        return folded(whole, 1 << 62)

    def _with_forming(
        self, closed: Bars, timeframe: Timeframe, is_wanted: bool, *, newest: int
    ) -> Bars:
        bars = joined([closed, self.forming(timeframe)]) if is_wanted else closed
        return bars.slice(max(0, len(bars) - newest), len(bars))

    def current_open(self, timeframe: Timeframe) -> int:
        """Return when the candle that is still open opened, in milliseconds."""
        return self._tape.opened_ms - self._tape.opened_ms % timeframe.milliseconds

    def _opened_before(self, now_ms: int) -> int:
        bar = self._source.bar_at(now_ms)
        return int(bar.time[0]) if len(bar) else now_ms

    def _play(self, bar: Bars) -> Tape:
        if not len(bar):
            return self._tape
        return tape_of(
            bar, length_ms=self._length, count=self._prints_per_bar, seed=self._source.seed
        )

    def _note(self, due: int) -> None:
        if due > self._done:
            self._turn += due - self._done
            self._done = due
            self._last = int(self._tape.price[due - 1])

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
