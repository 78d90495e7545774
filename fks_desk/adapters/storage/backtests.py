"""Keep finished backtests with their equity curves and trades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fks_desk.adapters.storage.arrays import (
    FloatColumn,
    IntegerColumn,
    decode_floats,
    decode_integers,
)
from fks_desk.adapters.storage.codec import as_jsonb, numbers_of, numbers_to_json
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Row
from fks_desk.core.clock import Clock, from_ms, to_ms
from fks_desk.core.frame import Floats, Times
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import InstrumentId, RunId, Span, StrategyName, Timeframe

_RUN = """
INSERT INTO backtest_runs (
    run, strategy, params, instrument, timeframe, span_start, span_end, cash, fee_bps,
    slippage_bps, metrics, digest, seconds, equity_time, equity, created
) VALUES (
    %(run)s, %(strategy)s, %(params)s, %(instrument)s, %(timeframe)s, %(span_start)s,
    %(span_end)s, %(cash)s, %(fee_bps)s, %(slippage_bps)s, %(metrics)s, %(digest)s, %(seconds)s,
    %(equity_time)s, %(equity)s, %(created)s
)
ON CONFLICT (run) DO NOTHING
RETURNING run
"""
_TRADES = """
COPY backtest_trades (
    run, number, entry_ts, exit_ts, side, entry_price, exit_price, size, pnl, fees
) FROM STDIN
"""
_FIELDS = """
run, strategy, params, instrument, timeframe, span_start, span_end, cash, fee_bps,
slippage_bps, metrics, digest, seconds
"""
_NEWEST = f"SELECT {_FIELDS} FROM backtest_runs ORDER BY created DESC, run LIMIT %s"  # noqa: S608  only constants of this file are joined
_ONE = f"SELECT {_FIELDS} FROM backtest_runs WHERE run = %s"  # noqa: S608  only constants of this file are joined
_EQUITY = "SELECT equity_time, equity FROM backtest_runs WHERE run = %s"
_ONE_TRADES = "SELECT * FROM backtest_trades WHERE run = %s ORDER BY number"


class BacktestTable:
    """Store and read finished runs."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record_backtest(self, report: BacktestReport) -> None:
        """Store a finished run; one that is stored already stays as it is."""
        async with self._database.writing() as connection:
            values = {**_row(report), "created": self._clock.now()}
            stored = await (await connection.execute(_RUN, values)).fetchone()
            if stored is None:
                return
            async with connection.cursor().copy(_TRADES) as copy:
                for number, trade in enumerate(report.trades, start=1):
                    await copy.write_row(_trade_row(report.run, number, trade))

    async def backtests(self, limit: int = 100) -> Sequence[BacktestReport]:
        """Return the newest runs, without equity and trades."""
        rows = await self._database.rows(_NEWEST, [limit])
        return [_report(row, np.empty(0, dtype=np.int64), np.empty(0), ()) for row in rows]

    async def backtest(self, run: str) -> BacktestReport | None:
        """Return one run, whole."""
        found = await self._database.rows(_ONE, [run])
        if not found:
            return None
        trades = await self._database.rows(_ONE_TRADES, [run])
        async with self._database.reading() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(_EQUITY, [run])
            result = cursor.pgresult
            times, equity = (
                (result.get_value(0, 0), result.get_value(0, 1)) if result else (None, None)
            )
        return _report(
            found[0], decode_integers(times), decode_floats(equity), tuple(map(_trade, trades))
        )


def _row(report: BacktestReport) -> Row:
    spec = report.spec
    return {
        "run": report.run,
        "strategy": spec.strategy,
        "params": as_jsonb(numbers_to_json(spec.params)),
        "instrument": spec.instrument,
        "timeframe": spec.timeframe.value,
        "span_start": spec.span.start,
        "span_end": spec.span.end,
        "cash": spec.cash,
        "fee_bps": spec.fee_bps,
        "slippage_bps": spec.slippage_bps,
        "metrics": as_jsonb(numbers_to_json(report.metrics)),
        "digest": report.digest,
        "seconds": report.seconds,
        "equity_time": IntegerColumn(report.equity_time),
        "equity": FloatColumn(report.equity),
    }


def _report(
    row: Row, times: Times, equity: Floats, trades: tuple[BacktestTrade, ...]
) -> BacktestReport:
    return BacktestReport(
        run=RunId(row["run"]),
        spec=BacktestSpec(
            strategy=StrategyName(row["strategy"]),
            params=numbers_of(row["params"]),
            instrument=InstrumentId(row["instrument"]),
            timeframe=Timeframe(row["timeframe"]),
            span=Span(start=row["span_start"], end=row["span_end"]),
            cash=row["cash"],
            fee_bps=row["fee_bps"],
            slippage_bps=row["slippage_bps"],
        ),
        equity_time=times,
        equity=equity,
        trades=trades,
        metrics=numbers_of(row["metrics"]),
        digest=row["digest"],
        seconds=row["seconds"],
    )


def _trade_row(run: RunId, number: int, trade: BacktestTrade) -> tuple[object, ...]:
    entered, left = from_ms(trade.entry_time), from_ms(trade.exit_time)
    prices = (trade.entry_price, trade.exit_price, trade.size, trade.pnl, trade.fees)
    return run, number, entered, left, trade.side, *(float(price) for price in prices)


def _trade(row: Row) -> BacktestTrade:
    names = ("side", "entry_price", "exit_price", "size", "pnl", "fees")
    return BacktestTrade(
        entry_time=to_ms(row["entry_ts"]),
        exit_time=to_ms(row["exit_ts"]),
        **{name: row[name] for name in names},
    )
