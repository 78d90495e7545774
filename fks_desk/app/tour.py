"""Fill every pane on the demo account and take a picture: for a machine without a display."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import EngineReady, StartTask
from fks_desk.core.model import Mode, OrderKind, Side
from fks_desk.ui.text import tr

if TYPE_CHECKING:
    from fks_desk.app.desktop import Desktop
    from fks_desk.ui.models.account.ticket import TicketModel

log = logging.getLogger(__name__)

_LOOK_S = 0.05
_GRACE_S = 60.0
_BUDGET = Decimal(2_000)  # quote currency of each order
_BELOW = Decimal("0.997")


async def play_tour(desktop: Desktop, picture: Path, seconds: float) -> None:
    """Trade a little, test a strategy, ask a question; write the picture after the seconds.

    An engine that cannot start leaves no picture. A slow machine gets more time, so
    that the picture shows a desk and not its start.
    Plays on demo accounts alone; with any other the picture is all that happens.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        async with asyncio.timeout(seconds + _GRACE_S):
            if not await _has_engine(desktop):
                return
            if desktop.workbench.models.ticket.account.mode is Mode.DEMO:
                await _trade(desktop)
                await _study(desktop)
    except TimeoutError:
        log.warning("the tour had too little time; the picture shows what was there")
    await asyncio.sleep(max(0.0, end - loop.time()))
    desktop.window.docks.focus("chart")
    await asyncio.sleep(0.2)
    if not desktop.window.grab().save(str(picture)):
        raise ConfigError(f"the picture {picture} cannot be written; choose another place")


async def _has_engine(desktop: Desktop) -> bool:
    """Wait for the engine and tell whether it could start."""
    ready = asyncio.Event()
    desktop.bridge.subscribe(EngineReady, lambda _event: ready.set())
    await _until(lambda: ready.is_set() or desktop.bridge.failure is not None)
    return desktop.bridge.failure is None


async def _trade(desktop: Desktop) -> None:
    """Buy at the market, then rest an order below it."""
    models, positions = desktop.workbench.models, desktop.workbench.positions.rows
    ticket = models.ticket
    await _until(lambda: ticket.facts.ticker is not None and ticket.equity is not None)
    instrument, ticker = ticket.instrument, ticket.facts.ticker
    if instrument is None or ticker is None:
        return
    size = f"{instrument.snap_size(_BUDGET / ticker.last):f}"
    ticket.set_kind(OrderKind.MARKET)
    _send(ticket, size)
    await _until(lambda: positions.rowCount() > 0)
    ticket.set_kind(OrderKind.LIMIT)
    ticket.set_price(f"{instrument.snap_price(ticker.last * _BELOW):f}")
    _send(ticket, size)
    await _until(lambda: models.orders.open_count > 0)


def _send(ticket: TicketModel, size: str) -> None:
    ticket.set_size(size)
    ticket.stage(Side.BUY)
    ticket.submit()


async def _study(desktop: Desktop) -> None:
    """Test a strategy, mark its trades on the chart, ask a question."""
    models = desktop.workbench.models
    desktop.bridge.send(StartTask(job="update_market_data"))
    await _until(lambda: not models.backtest.problem)
    models.backtest.run()
    await _until(lambda: models.backtest.report is not None)
    models.marks.show_backtest(models.backtest.report)
    models.chat.ask(tr("Why am I long?"))
    await _until(lambda: not models.chat.is_busy)


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  the screen is looked at, as a person would
        await asyncio.sleep(_LOOK_S)
