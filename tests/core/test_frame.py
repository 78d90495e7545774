from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.clock import to_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle, Timeframe
from tests.fakes.trading import BTC, START


def candle(minute: int, close: str = "100.5") -> Candle:
    price = Decimal(close)
    opened = START + timedelta(minutes=minute)
    return Candle(
        instrument=BTC.id,
        timeframe=Timeframe.M1,
        opened=opened,
        open=price,
        high=price + 1,
        low=price / 2,
        close=price,
        volume=Decimal("2.25"),
        is_closed=True,
        ts_event=opened,
        ts_init=opened,
    )


def test_candles_become_columns_in_their_order() -> None:
    frame = Frame.of([candle(0), candle(1, "101")])

    assert len(frame) == 2
    assert frame.time.tolist() == [to_ms(START), to_ms(START) + 60_000]
    assert frame.close.tolist() == [100.5, 101.0]
    assert frame.high.tolist() == [101.5, 102.0]
    assert frame.low.tolist() == [50.25, 50.5]
    assert frame.volume.tolist() == [2.25, 2.25]
    assert {frame.open.dtype, frame.close.dtype} == {np.dtype(np.float64)}


def test_an_empty_frame_has_no_candles() -> None:
    assert len(Frame.empty()) == 0
    assert len(Frame.of([])) == 0
    assert len(Frame.empty().tail(5)) == 0


def test_a_slice_shares_its_parents_memory() -> None:
    frame = Frame.of([candle(minute) for minute in range(10)])

    assert np.shares_memory(frame.slice(2, 5).close, frame.close)
    assert len(frame.slice(2, 5)) == 3
    assert frame.tail(3).time.tolist() == frame.time[-3:].tolist()
    assert len(frame.tail(99)) == 10


def test_columns_of_different_length_are_refused() -> None:
    frame = Frame.of([candle(0), candle(1)])

    with pytest.raises(ValueError, match="one-dimensional columns of one length"):
        replace(frame, close=frame.close[:1])
    flat = np.zeros((1, 2))
    with pytest.raises(ValueError, match="one-dimensional"):
        Frame(time=flat.astype(np.int64), open=flat, high=flat, low=flat, close=flat, volume=flat)


@given(st.integers(1, 10**15))
def test_a_price_of_fifteen_digits_survives_the_way_to_float(digits: int) -> None:
    price = Decimal(digits) / 10**6
    frame = Frame.of([candle(0, str(price))])

    assert Decimal(repr(float(frame.close[0]))) == price


def test_what_follows_the_last_hole_is_unbroken() -> None:
    frame = Frame.of([candle(minute) for minute in (0, 1, 5, 6, 9, 10, 11)])

    assert (frame.since_hole(60_000).time - to_ms(START)).tolist() == [540_000, 600_000, 660_000]
    assert frame.slice(4, 7).since_hole(60_000) is not None
    assert len(frame.since_hole(240_000)) == 7
    assert len(Frame.empty().since_hole(60_000)) == 0
