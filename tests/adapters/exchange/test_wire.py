"""Public messages become exact values, and malformed ones become errors."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange import wire
from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentId, Provenance, Side, Timeframe

BTC = InstrumentId("binance:spot:BTC/USDT")
NOW = from_ms(1_700_000_000_500)

KLINE = {
    "e": "kline",
    "E": 1_700_000_000_123,
    "s": "BTCUSDT",
    "k": {
        "t": 1_699_999_980_000,
        "T": 1_700_000_039_999,
        "s": "BTCUSDT",
        "i": "1m",
        "o": "37000.10000000",
        "h": "37010.00000000",
        "l": "36999.99000000",
        "c": "37005.00000001",
        "v": "12.30000000",
        "x": False,
    },
}
TRADE = {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 77, "p": "0.10", "q": "100", "T": 5, "m": True}


def test_a_kline_keeps_every_digit_and_its_own_time():
    candle = wire.kline(KLINE, BTC, Timeframe.M1, NOW)

    assert candle.close == Decimal("37005.00000001")
    assert str(candle.open) == "37000.1"
    assert candle.opened == from_ms(1_699_999_980_000)
    assert candle.ts_event == from_ms(1_700_000_000_123)
    assert (candle.ts_init, candle.is_closed) == (NOW, False)


def test_a_trade_tells_the_takers_side():
    assert wire.trade(TRADE, BTC, NOW).side is Side.SELL
    assert wire.trade({**TRADE, "m": False}, BTC, NOW).side is Side.BUY
    assert wire.trade(TRADE, BTC, NOW).trade_id == "77"


def test_a_ticker_without_one_side_of_the_book_has_none_there():
    ticker = wire.ticker({"c": "1.5", "b": "0.00000000", "E": 1}, BTC, NOW)

    assert (ticker.last, ticker.bid, ticker.ask) == (Decimal("1.5"), None, None)


def test_an_old_candle_is_closed_and_says_where_it_came_from():
    row = [1_699_999_980_000, "1", "2", "0.5", "1.5", "10.00", 1_700_000_039_999, "0", 3]
    candle = wire.history_row(row, BTC, Timeframe.M1, NOW)

    assert candle.is_closed
    assert candle.provenance is Provenance.BACKFILLED
    assert candle.ts_event == candle.closes


@pytest.mark.parametrize("bad", [1.5, None, "NaN", "Infinity", "-Infinity", "", "1,5", True, []])
def test_what_is_not_exact_text_is_not_a_number(bad):
    with pytest.raises(ValueError, match="price"):
        wire.exact(bad, "price")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-8", "0.00000001"), ("100", "100"), ("0.00000000", "0"), ("-0", "0"), (7, "7")],
)
def test_numbers_are_read_in_every_form_that_venues_write(text, number):
    assert wire.exact(text, "price") == Decimal(number)


@pytest.mark.parametrize(
    "change",
    [
        {"o": "NaN"},
        {"l": "37006"},
        {"h": "1"},
        {"v": "-1"},
        {"c": 37005.5},
        {"t": "yesterday"},
        {"x": None, "o": None},
    ],
)
def test_an_impossible_candle_cannot_exist(change):
    message = {**KLINE, "k": {**KLINE["k"], **change}}

    with pytest.raises(wire.UNREADABLE):
        wire.kline(message, BTC, Timeframe.M1, NOW)


@pytest.mark.parametrize("row", [["0", "1"], ["1", "-1"], ["1"], ["x", "1"]])
def test_an_impossible_level_cannot_exist(row):
    with pytest.raises(wire.UNREADABLE):
        wire.levels([row])


def test_real_frames_of_binance_are_read_without_loss(real_data):
    file = real_data / "wire" / "cryptofeed" / "BINANCE.ws.1.0.gz"
    read = Counter()
    with gzip.open(file, "rt") as lines:
        for line in lines:
            _, found, text = line.partition(": ")
            if not found or not text.startswith("{"):
                continue
            message = json.loads(text)["data"]
            read[_read(message)] += 1

    assert read["kline"] > 0
    assert read["aggTrade"] > 0
    assert read["depthUpdate"] > 50


def _read(message: dict) -> str:
    kind = message.get("e", "bookTicker")
    if kind == "kline":
        candle = wire.kline(message, BTC, Timeframe(message["k"]["i"]), NOW)
        assert candle.close == Decimal(message["k"]["c"])
    elif kind == "aggTrade":
        trade = wire.trade({**message, "t": message["a"]}, BTC, NOW)
        assert trade.price == Decimal(message["p"])
    elif kind == "depthUpdate":
        levels = wire.levels([*message["b"], *message["a"]])
        assert len(levels) == len(message["b"]) + len(message["a"])
    return kind
