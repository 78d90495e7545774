from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle, Stance, StrategyName, Timeframe
from fks_desk.trading.signals import StrategyRun, has_turned, signals
from tests.fakes.trading import BTC, START

CROSS = StrategyRun(
    strategy=StrategyName("sma_cross"),
    instrument=BTC.id,
    timeframe=Timeframe.M1,
    params={"fast": 2, "slow": 4},
)
CALM = StrategyRun(
    strategy=StrategyName("rsi_reversion"), instrument=BTC.id, timeframe=Timeframe.M1
)


def candles(*closes: float) -> list[Candle]:
    made = []
    for minute, close in enumerate(closes):
        price, opened = Decimal(str(close)), START + timedelta(minutes=minute)
        made.append(
            Candle(
                instrument=BTC.id,
                timeframe=Timeframe.M1,
                opened=opened,
                open=price,
                high=price,
                low=price,
                close=price,
                volume=Decimal(1),
                is_closed=True,
                ts_event=opened + timedelta(minutes=1),
                ts_init=opened + timedelta(minutes=1),
            )
        )
    return made


def test_confidence_is_the_share_of_runs_that_lean_the_same_way() -> None:
    frame = Frame.of(candles(*range(100, 80, -1), 300))

    cross, calm = signals([CROSS, CALM], frame, ts_init=START)

    assert (cross.stance, cross.confidence) == (Stance.LONG, 0.5)
    assert calm.stance is Stance.FLAT
    assert cross.id == "sma_cross:demo:spot:BTC/USDT:1m:20260301T0020"
    assert has_turned(CROSS, frame)


def test_no_candles_give_no_signals() -> None:
    assert signals([CROSS], Frame.empty(), ts_init=START) == ()


def test_inputs_of_a_signal_are_finite_numbers() -> None:
    (signal,) = signals([CROSS], Frame.of(candles(200, 199)), ts_init=START)

    assert all(math.isfinite(value) for value in signal.inputs.values())
    assert signal.stance is Stance.FLAT
    assert not has_turned(CROSS, Frame.of(candles(200, 199)))
