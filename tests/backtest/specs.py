"""Make specifications of backtests for the tests of this folder."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.backtest.costs import Costs
from fks_desk.core.clock import from_ms
from fks_desk.core.messages import BacktestSpec
from fks_desk.core.model import InstrumentId, Span, StrategyName, Timeframe

SPOT = InstrumentId("binance:spot:BTC/USDT")
LINEAR = InstrumentId("binance:linear:BTC/USDT")
COSTS = Costs(cash=Decimal(10_000), fee=Decimal("0.001"), slippage=Decimal("0.0002"))
FREE = Costs(cash=Decimal(10_000), fee=Decimal(0), slippage=Decimal(0))


def spec_of(frame, strategy="sma_cross", params=None, *, instrument=SPOT, **changes):
    """Return a specification over the whole frame."""
    start = int(frame.time[0]) if len(frame) else 0
    end = int(frame.time[-1]) if len(frame) else 0
    return BacktestSpec(
        strategy=StrategyName(strategy),
        params=params or {},
        instrument=instrument,
        timeframe=Timeframe.M5,
        span=Span(start=from_ms(start), end=from_ms(end + Timeframe.M5.milliseconds)),
        **changes,
    )
