"""Make candles that could have happened, for hypothesis and for plain tests."""

from __future__ import annotations

import csv
import gzip
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle, InstrumentId, Provenance, Span, Timeframe

START_MS = 1_709_251_200_000  # 2024-03-01, where the real year begins
MINUTE_MS = 60_000
BITCOIN = InstrumentId("binance:spot:BTC/USDT")
REAL_YEAR = "ohlcv/binance-spot_BTCUSDT_5m_2024-03-01_2025-07-02.csv.gz"


def walk(count, seed=1, *, step_ms=5 * MINUTE_MS, start_ms=START_MS, price=100.0, swing=0.01):
    """Return a frame of a seeded random walk whose candles keep every rule of a candle."""
    noise = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(noise.normal(0, swing, count)))
    opened = np.concatenate([[price], close[:-1]])[:count] * np.exp(
        noise.normal(0, swing / 4, count)
    )
    return frame_of(opened, close, noise.random(count), step_ms=step_ms, start_ms=start_ms)


def frame_of(opened, close, stretch, *, step_ms=5 * MINUTE_MS, start_ms=START_MS):
    """Return a frame of these opens and closes with wicks and volumes made from stretch."""
    opened, close, stretch = (
        np.round(np.asarray(a, dtype=float), 6) for a in (opened, close, stretch)
    )
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    return Frame(
        time=start_ms + step_ms * np.arange(opened.size, dtype=np.int64),
        open=opened,
        high=top * (1 + stretch / 100),
        low=bottom * (1 - stretch / 100),
        close=close,
        volume=stretch * 10,
    )


@st.composite
def frames(draw, min_size=0, max_size=120):
    """Make frames: calm, wild, flat and jumping prices, with opens that gap."""
    size = draw(st.integers(min_size, max_size))
    moves = draw(st.lists(_MOVES, min_size=size, max_size=size))
    gaps = draw(st.lists(st.floats(-0.03, 0.03), min_size=size, max_size=size))
    stretch = draw(st.lists(st.floats(0, 5), min_size=size, max_size=size))
    start = draw(st.sampled_from([0.001, 1.0, 100.0, 60_000.0]))
    close = start * np.exp(np.clip(np.cumsum(moves), -6, 6)) if size else np.empty(0)
    before = np.concatenate([[start], close[:-1]])[:size]
    return frame_of(before * (1 + np.asarray(gaps)), close, stretch)


# Ties matter as much as moves: an unmoved close makes averages and bands meet.
_MOVES = st.one_of(
    st.just(0.0), st.floats(-0.02, 0.02), st.floats(-0.3, 0.3), st.sampled_from([0.01, -0.01])
)


def candles_of(
    frame,
    instrument=BITCOIN,
    timeframe=Timeframe.M5,
):
    """Return the frame as exact candles, as an import would make them."""

    def exact(number):
        return Decimal(repr(float(number)))

    return [
        Candle(
            instrument=instrument,
            timeframe=timeframe,
            opened=from_ms(int(frame.time[i])),
            open=exact(frame.open[i]),
            high=exact(frame.high[i]),
            low=exact(frame.low[i]),
            close=exact(frame.close[i]),
            volume=exact(frame.volume[i]),
            is_closed=True,
            ts_event=from_ms(int(frame.time[i])) + timeframe.delta,
            ts_init=from_ms(int(frame.time[i])) + timeframe.delta + timedelta(milliseconds=5),
            provenance=Provenance.IMPORTED,
        )
        for i in range(len(frame))
    ]


def real_frame(name=REAL_YEAR):
    """Return a real file's candles; skip the test where the real files are not at hand."""
    folder = os.environ.get("FKS_TEST_DATA")
    if not folder or not (Path(folder) / name).exists():
        pytest.skip(f"needs FKS_TEST_DATA with {name}")
    with gzip.open(Path(folder) / name, "rt", newline="") as text:
        rows = np.array(list(csv.reader(text))[1:], dtype=np.float64)
    return Frame(
        time=rows[:, 0].astype(np.int64),
        **{
            column: np.ascontiguousarray(rows[:, place])
            for place, column in enumerate(("open", "high", "low", "close", "volume"), start=1)
        },
    )


def year(frame):
    """Return the first 365 days of a frame."""
    end = frame.time[0] + 365 * 24 * 60 * MINUTE_MS
    return frame.slice(0, int(np.searchsorted(frame.time, end)))


class StoredCandles:
    """Keep frames in memory behind the `CandleReader` door."""

    def __init__(self, frames_by_key=None):
        self._frames = dict(frames_by_key or {})

    def put(self, instrument, timeframe, frame):
        self._frames[instrument, timeframe] = frame

    async def latest(self, instrument, timeframe, count, before=None):
        frame = self._frames.get((instrument, timeframe), Frame.empty())
        stop = len(frame) if before is None else int(np.searchsorted(frame.time, to_ms(before)))
        return frame.slice(max(0, stop - count), stop)

    async def range(self, instrument, timeframe, span):
        frame = self._frames.get((instrument, timeframe), Frame.empty())
        start, stop = np.searchsorted(frame.time, [to_ms(span.start), to_ms(span.end)])
        return frame.slice(int(start), int(stop))

    async def extent(self, instrument, timeframe):
        frame = self._frames.get((instrument, timeframe), Frame.empty())
        if not len(frame):
            return None
        end = from_ms(int(frame.time[-1])) + timeframe.delta
        return Span(start=from_ms(int(frame.time[0])), end=end)

    async def stored(self):
        return [(i, t, len(frame)) for (i, t), frame in self._frames.items()]
