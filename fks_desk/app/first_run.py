"""Give a new desk something to look at: an hour's candles and one finished backtest."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal

from fks_desk.backtest.service import Backtests
from fks_desk.core.errors import FKSException
from fks_desk.core.ids import new_run_id
from fks_desk.core.messages import BacktestSpec, RunBacktest
from fks_desk.core.model import Instrument, Timeframe
from fks_desk.core.ports import BacktestStore, CandleReader
from fks_desk.market.backfill import Backfill
from fks_desk.strategy import catalog

log = logging.getLogger(__name__)

_TIMEFRAME = Timeframe.H1


async def prepare_first_run(
    *,
    instrument: Instrument,
    now: datetime,
    backfill: Backfill,
    candles: CandleReader,
    store: BacktestStore,
    backtests: Backtests,
) -> None:
    """Fetch hourly candles and test the first strategy on them, unless a run is stored."""
    try:
        if await store.backtests(limit=1):
            return
        await backfill.repair(instrument, _TIMEFRAME, now)
        span = await candles.extent(instrument.id, _TIMEFRAME)
        if span is None:
            return
        first, *_ = catalog.strategies()
        spec = BacktestSpec(
            strategy=first.name,
            params=first.defaults(),
            instrument=instrument.id,
            timeframe=_TIMEFRAME,
            span=span,
            cash=Decimal(10_000),
        )
        await backtests.run(RunBacktest(run=new_run_id(), spec=spec))
    except FKSException as error:
        # A desk without an example is a desk all the same.
        log.warning("no example backtest was made: %s", error)
