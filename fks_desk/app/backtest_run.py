"""Run one backtest without a window, and tell of it to a person or to a script."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.app.instruments import read_instrument
from fks_desk.app.stored_candles import stored_frame, stored_span
from fks_desk.backtest.runner import run_backtest
from fks_desk.core.clock import from_ms
from fks_desk.core.errors import ConfigError
from fks_desk.core.ids import new_run_id
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import InstrumentId, StrategyName, Timeframe, parse_decimal
from fks_desk.core.ports import BacktestStore, CandleReader
from fks_desk.strategy import catalog

_SHOWN_TRADES = 10
# What a person looks at first, and how each number is written.
_SHOWN: Mapping[str, tuple[str, str]] = {
    "total_return": ("total return", "{:+.2%}"),
    "buy_and_hold_return": ("buy and hold", "{:+.2%}"),
    "net_profit": ("net profit", "{:+,.2f}"),
    "final_equity": ("final equity", "{:,.2f}"),
    "max_drawdown": ("max drawdown", "{:.2%}"),
    "cagr": ("yearly growth", "{:+.2%}"),
    "volatility": ("volatility", "{:.2%}"),
    "sharpe": ("Sharpe", "{:.2f}"),
    "sortino": ("Sortino", "{:.2f}"),
    "calmar": ("Calmar", "{:.2f}"),
    "trades": ("trades", "{:,.0f}"),
    "win_rate": ("win rate", "{:.1%}"),
    "profit_factor": ("profit factor", "{:.2f}"),
    "average_trade": ("average trade", "{:+,.2f}"),
    "fees": ("fees", "{:,.2f}"),
    "exposure": ("time in market", "{:.1%}"),
    "missing_bars": ("missing bars", "{:,.0f}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestWish:
    """Say what to test; an open end of the range means as far as candles are stored."""

    strategy: StrategyName
    params: Mapping[str, float]
    instrument: InstrumentId
    timeframe: Timeframe
    start: datetime | None
    end: datetime | None
    cash: Decimal
    fee_bps: Decimal
    slippage_bps: Decimal


def wish_of(
    strategy: str, settings: Sequence[str], symbol: str, exchange: str, **rest: Any
) -> BacktestWish:
    """Return the wish with every part checked, or raise `ConfigError`.

    `rest` are the other fields, which the command line has checked already.
    """
    chosen = catalog.strategy(strategy)
    return BacktestWish(
        strategy=chosen.name,
        params=chosen.check(read_params(settings)),
        instrument=read_instrument(symbol, exchange),
        **rest,
    )


def read_params(settings: Sequence[str]) -> dict[str, float]:
    """Return parameters written as name=value, or raise `ConfigError` naming the wrong one."""
    params: dict[str, float] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise ConfigError(f"--set is written NAME=VALUE, such as fast=10, was {text!r}")
        if name in params:
            raise ConfigError(f"--set {name} is given twice; give it once")
        try:
            params[name] = float(parse_decimal(value, name))
        except ValueError as error:
            raise ConfigError(f"--set: {error}") from error
    return params


async def run_wish(
    wish: BacktestWish, *, candles: CandleReader, store: BacktestStore
) -> BacktestReport:
    """Read the candles, test on them in a thread, keep the report and return it."""
    span = await stored_span(candles, wish.instrument, wish.timeframe, wish.start, wish.end)
    frame = await stored_frame(candles, wish.instrument, wish.timeframe, span)
    spec = BacktestSpec(
        strategy=wish.strategy,
        params=wish.params,
        instrument=wish.instrument,
        timeframe=wish.timeframe,
        span=span,
        cash=wish.cash,
        fee_bps=wish.fee_bps,
        slippage_bps=wish.slippage_bps,
    )
    report = await asyncio.to_thread(run_backtest, spec, frame, run=new_run_id())
    await store.record_backtest(report)
    return report


def fields(report: BacktestReport) -> dict[str, Any]:
    """Return the run under names that scripts may rely on; times are milliseconds since 1970."""
    spec = report.spec
    return {
        "run": report.run,
        "strategy": spec.strategy,
        "params": dict(spec.params),
        "instrument": spec.instrument,
        "timeframe": spec.timeframe,
        "from": spec.span.start,
        "to": spec.span.end,
        "cash": spec.cash,
        "fee_bps": spec.fee_bps,
        "slippage_bps": spec.slippage_bps,
        # What could not be computed is null, so that every name is always there.
        "metrics": {**dict.fromkeys(_SHOWN), **report.metrics},
        "trades": [asdict(trade) for trade in report.trades],
        "digest": report.digest,
        "seconds": round(report.seconds, 3),
    }


def lines(report: BacktestReport) -> Sequence[str]:
    """Return the metrics and the last trades for a person."""
    spec = report.spec
    params = ", ".join(f"{name} {value:g}" for name, value in spec.params.items())
    quote = spec.instrument.rpartition("/")[2]
    metrics = [
        f"  {title:<15}{form.format(report.metrics[name]) if name in report.metrics else '–':>14}"
        for name, (title, form) in _SHOWN.items()
    ]
    newest = report.trades[-_SHOWN_TRADES:]
    costs = f"fee {spec.fee_bps:f} and slippage {spec.slippage_bps:f} bps"
    heading = f"the last {len(newest)} of {len(report.trades):,} trades (UTC, {quote})"
    return [
        f"{spec.strategy} ({params}) on {spec.instrument} {spec.timeframe.value}",
        f"{spec.span.start:%Y-%m-%d %H:%M} to {spec.span.end:%Y-%m-%d %H:%M} UTC",
        f"{spec.cash:f} {quote}, {costs}",
        *metrics,
        *([heading, *map(_trade_words, newest)] if newest else ["no trades"]),
        f"stored as {report.run}",
    ]


def strategy_fields() -> Sequence[Mapping[str, Any]]:
    """Return every strategy with its parameters, under names that scripts may rely on."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "about": one.about,
            "parameters": [
                {
                    "name": parameter.name,
                    "title": parameter.title,
                    "default": parameter.default,
                    "low": parameter.low,
                    "high": parameter.high,
                }
                for parameter in one.parameters
            ],
        }
        for one in catalog.strategies()
    ]


def strategy_lines() -> Sequence[str]:
    """Return every strategy with its parameters for a person."""
    told: list[str] = []
    for one in catalog.strategies():
        told.append(f"{one.name:<20}{one.about.splitlines()[0]}")
        told.extend(
            f"  --set {parameter.name}={parameter.default:g}".ljust(28)
            + f"{parameter.title}, {parameter.low:g} to {parameter.high:g}"
            for parameter in one.parameters
        )
    return told


def _trade_words(trade: BacktestTrade) -> str:
    return (
        f"  {from_ms(trade.entry_time):%Y-%m-%d %H:%M} {trade.side:<5} {trade.size:.6g} at "
        f"{trade.entry_price:,.8g}, out {from_ms(trade.exit_time):%Y-%m-%d %H:%M} at "
        f"{trade.exit_price:,.8g}: {trade.pnl:+,.2f}"
    )
