"""Busy frames are told by their first letters and read with every field in its type."""

from __future__ import annotations

import msgspec
import pytest

from fks_desk.adapters.exchange.hot.frames import (
    AggregatePrint,
    DepthChange,
    Kline,
    Print,
    decode,
    depth_change,
    stream_of,
)

TRADE = '{"e":"trade","E":9,"s":"BTCUSDT","t":77,"p":"0.10","q":"100","T":5,"m":true,"M":true}'
AGGREGATE = '{"e":"aggTrade","E":9,"s":"BTCUSDT","a":78,"p":"1","q":"2","T":5,"m":false}'
KLINE = (
    '{"e":"kline","E":9,"s":"BTCUSDT","k":{"t":1,"T":2,"i":"1m","o":"1","h":"2","l":"1","c":"2",'
    '"v":"3","x":true}}'
)
DEPTH = '{"e":"depthUpdate","E":9,"s":"BTCUSDT","U":5,"u":7,"b":[["1.5","2"]],"a":[],"pu":4}'


@pytest.mark.parametrize(
    ("text", "kind", "stream", "number"),
    [
        (TRADE, Print, "btcusdt@trade", 77),
        (AGGREGATE, AggregatePrint, "btcusdt@aggTrade", 78),
        (KLINE, Kline, "btcusdt@kline_1m", 21),
        (DEPTH, DepthChange, "btcusdt@depth@100ms", 7),
    ],
)
def test_raw_and_combined_frames_are_the_same(text, kind, stream, number):
    raw = decode(text)
    combined = f'{{"stream":"x@y","data":{text}}}'

    assert raw == decode(combined)
    assert type(raw) is kind
    assert (stream_of(raw), raw.number) == (stream, number)


@pytest.mark.parametrize(
    "text",
    ['{"e":"24hrTicker","s":"X"}', '{"result":null,"id":1}', "[]", "", '{"stream":"x","data":[]}'],
)
def test_other_frames_are_not_busy(text):
    assert decode(text) is None


@pytest.mark.parametrize(
    "text",
    [
        TRADE.replace('"t":77', '"t":"77"'),
        TRADE.replace('"p":"0.10"', '"p":0.1'),
        TRADE.replace(',"m":true', ""),
        DEPTH.replace('["1.5","2"]', '["1.5"]'),
        DEPTH.replace('["1.5","2"]', '["1.5",2]'),
        KLINE[:-1],
    ],
)
def test_a_frame_of_another_shape_is_refused(text):
    with pytest.raises(msgspec.DecodeError):
        decode(text)


def test_what_ccxt_has_parsed_becomes_the_same_change():
    assert depth_change(msgspec.json.decode(DEPTH)) == decode(DEPTH)
