"""Sum up a pair's last 24 hours in the spellings of REST and of the streams."""

from __future__ import annotations

from fks_desk.venue.front.wire import Json, level_rows
from fks_desk.venue.market.bars import DAY_MS
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.market.pair import PairMarket

_STREAM_NAMES = {
    "priceChange": "p",
    "priceChangePercent": "P",
    "weightedAvgPrice": "w",
    "prevClosePrice": "x",
    "lastPrice": "c",
    "lastQty": "Q",
    "bidPrice": "b",
    "bidQty": "B",
    "askPrice": "a",
    "askQty": "A",
    "openPrice": "o",
    "highPrice": "h",
    "lowPrice": "l",
    "volume": "v",
    "quoteVolume": "q",
    "openTime": "O",
    "closeTime": "C",
    "firstId": "F",
    "lastId": "L",
    "count": "n",
}
_MINI_NAMES = ("c", "o", "h", "l", "v", "q")


def day_ticker(pair: PairMarket, now_ms: int) -> Json:
    """Return the last 24 hours as the REST query answers them."""
    day, book = pair.day(), pair.depth()
    tick, lot = float(pair.instrument.tick), float(pair.instrument.lot)
    last = pair.last_ticks * tick
    first, high, low = (
        float(getattr(day, name)[0]) * tick if len(day) else last
        for name in ("open", "high", "low")
    )
    volume = float(day.volume[0]) * lot if len(day) else 0.0
    value = float(day.quote[0]) * tick * lot if len(day) else 0.0
    bid = level_rows(book.bids, pair.instrument, 1)[0]
    ask = level_rows(book.asks, pair.instrument, 1)[0]
    newest = pair.recent[-1] if pair.recent else None
    return {
        "symbol": wire_id(pair.symbol),
        "priceChange": f"{last - first:.8f}",
        "priceChangePercent": f"{(last / first - 1) * 100:.3f}",
        "weightedAvgPrice": f"{value / volume if volume else last:.8f}",
        "prevClosePrice": f"{first:.8f}",
        "lastPrice": f"{last:.8f}",
        "lastQty": f"{newest.size:.8f}" if newest is not None else "0.00000000",
        "bidPrice": bid[0],
        "bidQty": bid[1],
        "askPrice": ask[0],
        "askQty": ask[1],
        "openPrice": f"{first:.8f}",
        "highPrice": f"{high:.8f}",
        "lowPrice": f"{low:.8f}",
        "volume": f"{volume:.8f}",
        "quoteVolume": f"{value:.8f}",
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": -1,
        "lastId": newest.id if newest is not None else -1,
        "count": int(day.count[0]) if len(day) else 0,
    }


def ticker_event(pair: PairMarket, now_ms: int) -> Json:
    """Return the last 24 hours as the ticker stream tells them."""
    ticker = day_ticker(pair, now_ms)
    event: Json = {"e": "24hrTicker", "E": now_ms, "s": ticker["symbol"]}
    return event | {short: ticker[name] for name, short in _STREAM_NAMES.items()}


def mini_ticker_event(pair: PairMarket, now_ms: int) -> Json:
    """Return the last 24 hours as the small ticker stream tells them."""
    full = ticker_event(pair, now_ms)
    event: Json = {"e": "24hrMiniTicker", "E": now_ms, "s": full["s"]}
    return event | {name: full[name] for name in _MINI_NAMES}
