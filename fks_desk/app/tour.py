"""Fill every pane on the demo account and take a picture: for a machine without a display."""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import EngineReady, StartTask
from fks_desk.core.model import Mode, OrderKind, Side

if TYPE_CHECKING:
    from fks_desk.app.desktop import Desktop

log = logging.getLogger(__name__)

_STEP_S = 1.0
_GRACE_S = 60.0
_BUDGET = Decimal(2_000)  # quote currency of each order


async def play_tour(desktop: Desktop, picture: Path, seconds: float) -> None:
    """Trade a little, test a strategy, ask a question; write the picture after the seconds.

    A slow machine gets more time, so that the picture shows a desk and not its start.
    Plays on demo accounts alone; with any other the picture is all that happens.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    ready = asyncio.Event()
    desktop.bridge.subscribe(EngineReady, lambda _event: ready.set())
    try:
        async with asyncio.timeout(seconds + _GRACE_S):
            await ready.wait()
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


async def _trade(desktop: Desktop) -> None:
    ticket = desktop.workbench.models.ticket
    await asyncio.sleep(_STEP_S)
    instrument = ticket.instrument
    mark = None if instrument is None else desktop.workbench.models.market.mark(instrument.id)
    if instrument is None or mark is None:
        return
    size = instrument.snap_size(_BUDGET / mark)
    for kind, share in ((OrderKind.MARKET, Decimal(1)), (OrderKind.LIMIT, Decimal("0.997"))):
        ticket.set_kind(kind)
        ticket.set_size(f"{size:f}")
        if kind is OrderKind.LIMIT:
            ticket.set_price(f"{instrument.snap_price(mark * share):f}")
        ticket.stage(Side.BUY)
        ticket.submit()
        await asyncio.sleep(_STEP_S)


async def _study(desktop: Desktop) -> None:
    models = desktop.workbench.models
    models.backtest.run()
    desktop.bridge.send(StartTask(job="update_market_data"))
    await asyncio.sleep(_STEP_S)
    models.chat.ask("Why am I long?")
    await asyncio.sleep(_STEP_S)
