"""Shape the market's news as the streams spell it."""

from __future__ import annotations

from collections.abc import Iterator

from fks_desk.core.model import Timeframe
from fks_desk.venue.front.wire import Json, kline_rows, level_rows, text
from fks_desk.venue.market.bars import Bars
from fks_desk.venue.market.depth import Depth, DepthSide
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket, Print

_MOST_CLOSED = 1_000


def trade_event(item: Print, now_ms: int) -> Json:
    """Return a public trade."""
    return {
        "e": "trade",
        "E": now_ms,
        "s": wire_id(item.symbol),
        "t": item.id,
        "p": text(item.price),
        "q": text(item.size),
        "T": item.moment_ms,
        "m": item.is_sell,
        "M": True,
    }


def agg_trade_event(item: Print, now_ms: int) -> Json:
    """Return a public trade in the aggregate spelling; ours are never merged."""
    return {
        "e": "aggTrade",
        "E": now_ms,
        "s": wire_id(item.symbol),
        "a": item.id,
        "p": text(item.price),
        "q": text(item.size),
        "f": item.id,
        "l": item.id,
        "T": item.moment_ms,
        "m": item.is_sell,
        "M": True,
    }


def book_ticker_event(pair: PairMarket) -> Json:
    """Return the best bid and ask; this event has no name on the wire."""
    book = pair.depth()
    bid = level_rows(book.bids, pair.instrument, 1)[0]
    ask = level_rows(book.asks, pair.instrument, 1)[0]
    return {
        "u": pair.turn,
        "s": wire_id(pair.symbol),
        "b": bid[0],
        "B": bid[1],
        "a": ask[0],
        "A": ask[1],
    }


def kline_events(
    pair: PairMarket, timeframe: Timeframe, since_ms: int, now_ms: int
) -> Iterator[Json]:
    """Yield every candle that closed since the moment, then the forming one."""
    current = pair.current_open(timeframe)
    closed = pair.oldest(timeframe, since_ms, current, _MOST_CLOSED)
    yield from _kline_events(closed, pair, timeframe, now_ms, is_closed=True)
    forming = pair.forming(timeframe)
    yield from _kline_events(forming, pair, timeframe, now_ms, is_closed=False)


def _kline_events(
    bars: Bars, pair: PairMarket, timeframe: Timeframe, now_ms: int, *, is_closed: bool
) -> Iterator[Json]:
    symbol = wire_id(pair.symbol)
    for row in kline_rows(bars, pair.instrument, timeframe.milliseconds):
        candle = dict(
            zip(("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q"), row, strict=False)
        )
        kline = {"s": symbol, "i": timeframe.value, "f": -1, "L": -1, "x": is_closed, "B": "0"}
        yield {"e": "kline", "E": now_ms, "s": symbol, "k": candle | kline}


class DepthDiffs:
    """Tell how a pair's book changed from one message to the next, without a gap."""

    def __init__(self, pair: PairMarket) -> None:
        self._pair = pair
        self._turn = 0
        self._bids: dict[int, int] = {}
        self._asks: dict[int, int] = {}

    def restart(self) -> None:
        """Take the book as it is now for known."""
        self._remember(self._pair.depth())

    def take(self, now_ms: int) -> Json | None:
        """Return the change since the last call, or None if there was none."""
        if self._pair.turn == self._turn:
            return None
        first, bids, asks = self._turn + 1, self._bids, self._asks
        book = self._pair.depth()
        self._remember(book)
        return {
            "e": "depthUpdate",
            "E": now_ms,
            "s": wire_id(self._pair.symbol),
            "U": first,
            "u": self._turn,
            "b": self._changes(bids, book.bids),
            "a": self._changes(asks, book.asks),
        }

    def _remember(self, book: Depth) -> None:
        self._turn = self._pair.turn
        self._bids = dict(zip(book.bids.ticks, book.bids.lots, strict=True))
        self._asks = dict(zip(book.asks.ticks, book.asks.lots, strict=True))

    def _changes(self, before: dict[int, int], after: DepthSide) -> list[list[str]]:
        now = dict(zip(after.ticks, after.lots, strict=True))
        changed = {tick: lots for tick, lots in now.items() if before.get(tick) != lots}
        changed |= dict.fromkeys(before.keys() - now.keys(), 0)
        side = DepthSide(tuple(changed), tuple(changed.values()))
        return level_rows(side, self._pair.instrument, len(changed))
