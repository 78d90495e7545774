"""Describe the tables of a backtest: its round trips, and the runs before it."""

from __future__ import annotations

from collections.abc import Callable

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import BacktestTrade
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.research.backtest import RunRow
from fks_desk.ui.models.research.metrics_text import known
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

NumberedTrade = tuple[int, BacktestTrade]


def trade_columns() -> list[Column[NumberedTrade]]:
    """Return the columns of the round trips."""
    return [
        Column(
            title=tr("No."),
            text=lambda row: str(row[0]),
            sample="10000",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Side"),
            text=lambda row: tr("▲ long") if _is_long(row) else tr("▼ short"),
            sample="▼ short",
            tone=lambda row: Tone.UP if _is_long(row) else Tone.DOWN,
            is_centered=True,
        ),
        Column(title=tr("In"), text=lambda row: _time(row[1].entry_time), sample="00-00-00 00:00"),
        Column(title=tr("Out"), text=lambda row: _time(row[1].exit_time), sample="00-00-00 00:00"),
        Column(
            title=tr("PnL"),
            text=lambda row: fmt.signed_real(row[1].pnl, 2),
            sample="−12,345.00",
            tone=lambda row: fmt.tone_of(row[1].pnl),
            is_number=True,
        ),
        Column(
            title=tr("Entry"),
            text=lambda row: _price(row[1].entry_price),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Exit"),
            text=lambda row: _price(row[1].exit_price),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Size"),
            text=lambda row: f"{row[1].size:.6g}",
            sample="0.123456",
            is_number=True,
        ),
        Column(
            title=tr("Fees"),
            text=lambda row: fmt.real(row[1].fees, 2),
            sample="1,234.00",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
    ]


def run_columns() -> list[Column[RunRow]]:
    """Return the columns of the earlier runs."""
    return [
        Column(title=tr("Strategy"), text=lambda row: row.title, sample="Bollinger breakout"),
        Column(
            title=tr("Return"),
            text=lambda row: _percent(row, "total_return"),
            sample="+1,234.00 %",
            tone=lambda row: fmt.tone_of(row.report.metrics.get("total_return")),
            is_number=True,
        ),
        Column(
            title=tr("Drawdown"),
            text=lambda row: _percent(row, "max_drawdown"),
            sample="−12.00 %",
            tone=lambda row: fmt.tone_of(row.report.metrics.get("max_drawdown")),
            is_number=True,
        ),
        Column(
            title=tr("Sharpe"),
            text=lambda row: _number(row, "sharpe", lambda value: fmt.signed_real(value, 2)),
            sample="+12.00",
            is_number=True,
        ),
        Column(
            title=tr("Trades"),
            text=lambda row: _number(row, "trades", lambda value: fmt.real(value, 0)),
            sample="12,345",
            is_number=True,
        ),
        Column(
            title=tr("Symbol"),
            text=lambda row: row.report.spec.instrument.split(":", 2)[2],
            sample="WWWW/USDT",
            is_centered=True,
        ),
        Column(
            title=tr("Bars"),
            text=lambda row: row.report.spec.timeframe.value,
            sample="15m",
            is_centered=True,
        ),
        Column(
            title=tr("From"),
            text=lambda row: f"{row.report.spec.span.start:%Y-%m-%d}",
            sample="2026-00-00",
        ),
        Column(
            title=tr("To"),
            text=lambda row: f"{row.report.spec.span.end:%Y-%m-%d}",
            sample="2026-00-00",
        ),
        Column(
            title=tr("Parameters"),
            text=_params,
            sample="fast 20, slow 50, short 0",
            tone=lambda _row: Tone.MUTED,
        ),
    ]


def _is_long(row: NumberedTrade) -> bool:
    return row[1].side in {"long", "buy"}


def _time(milliseconds: int) -> str:
    return f"{from_ms(milliseconds):%y-%m-%d %H:%M}"


def _price(price: float) -> str:
    return fmt.real(price, 2 if abs(price) >= 1 else 6)


def _percent(row: RunRow, name: str) -> str:
    return _number(row, name, lambda value: f"{fmt.signed_real(value * 100, 2)} %")


def _number(row: RunRow, name: str, write: Callable[[float], str]) -> str:
    value = known(row.report.metrics, name)
    return fmt.UNKNOWN if value is None else write(value)


def _params(row: RunRow) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in row.report.spec.params.items())
