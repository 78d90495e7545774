"""Read frames with cryptofeed and print the rate and the book as JSON; runs in its own venv.

usage: feed_peer.py FRAMES FIRST_UPDATE ROUNDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from decimal import Decimal
from pathlib import Path

from cryptofeed.defines import CANDLES, L2_BOOK, TRADES
from cryptofeed.exchanges import Binance
from cryptofeed.symbols import Symbols
from cryptofeed.types import OrderBook

PAIR = "BTC-USDT"


async def heard(_value, _moment) -> None:
    return None


async def read(feed: Binance, frames: list[bytes], first: int) -> tuple[float, OrderBook]:
    book = OrderBook("BINANCE", PAIR, max_depth=0, bids={}, asks={})
    book.delta = {"bid": [], "ask": []}
    feed._l2_book[PAIR], feed.last_update_id[PAIR] = book, first
    began = time.process_time()
    for frame in frames:
        await feed.message_handler(frame, None, 0.0)
    return time.process_time() - began, book


def main(file: str, first: int, rounds: int) -> None:
    frames = Path(file).read_bytes().splitlines()
    details = {"instrument_type": {PAIR: "spot"}, "tick_size": {}}
    Symbols.set("BINANCE", {PAIR: "BTCUSDT"}, details)
    wanted = dict.fromkeys((TRADES, L2_BOOK, CANDLES), heard)
    feed = Binance(symbols=[PAIR], channels=[*wanted], callbacks=wanted, candle_closed_only=False)
    loop = asyncio.new_event_loop()
    runs = [loop.run_until_complete(read(feed, frames, first)) for _ in range(rounds)]
    book = runs[-1][1].book
    print(
        json.dumps(
            {
                "rate": len(frames) / min(seconds for seconds, _ in runs),
                "bids": [
                    [str(Decimal(p)), str(Decimal(q))] for p, q in book.bids.to_dict().items()
                ],
                "asks": [
                    [str(Decimal(p)), str(Decimal(q))] for p, q in book.asks.to_dict().items()
                ],
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
