"""Test a strategy on stored candles."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import (
    Cash,
    Exchange,
    From,
    Json,
    NeededSymbol,
    StoredTimeframe,
    To,
    amount_option,
)
from fks_desk.app.cli.telling import patiently, tell_json, tell_lines
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace
from fks_desk.core.model import Timeframe

if TYPE_CHECKING:
    from fks_desk.app.backtest_run import BacktestWish
    from fks_desk.core.messages import BacktestReport


@exits_cleanly
def backtest(
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="NAME", help="One of the names of --list.")
    ] = "sma_cross",
    symbol: NeededSymbol = "BTC/USDT",
    exchange: Exchange = "binance",
    timeframe: StoredTimeframe = Timeframe.M5,
    start: From = None,
    end: To = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Parameter of the strategy; repeatable."),
    ] = None,
    cash: Cash = Decimal(10_000),
    fee_bps: Annotated[
        Decimal, amount_option("--fee-bps", "BPS", "Fee of each fill; 100 BPS are 1 %.")
    ] = Decimal(10),
    slippage_bps: Annotated[
        Decimal, amount_option("--slippage-bps", "BPS", "How much worse than the open it fills.")
    ] = Decimal(2),
    show_list: Annotated[
        bool, typer.Option("--list", help="List the strategies and their parameters, then end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Test a strategy on stored candles and keep the run for the backtest pane.

    Decisions use closed candles only and are filled at the next open.

    Exit codes: 0 tested, 1 the candles or the database cannot be used, 2 the
    command or the settings are wrong.
    """
    # numpy, numba and TA-Lib load slowly; `--help` does without.
    from fks_desk.app import backtest_run  # noqa: PLC0415

    if show_list:
        if as_json:
            tell_json(backtest_run.strategy_fields())
        else:
            tell_lines(backtest_run.strategy_lines())
        return
    wish = backtest_run.wish_of(
        strategy,
        settings or (),
        symbol,
        exchange,
        timeframe=timeframe,
        start=start,
        end=end,
        cash=cash,
        fee_bps=fee_bps,
        slippage_bps=slippage_bps,
    )
    with workplace() as place:
        report = run(_test(place, wish))
    if as_json:
        tell_json(backtest_run.fields(report))
    else:
        tell_lines(backtest_run.lines(report))


async def _test(place: Workplace, wish: BacktestWish) -> BacktestReport:
    from fks_desk.app.backtest_run import run_wish  # noqa: PLC0415  see above

    async with opened_database(place) as database:
        stores = database.stores
        with patiently("testing"):
            return await run_wish(wish, candles=stores.candles, store=stores.backtests)
