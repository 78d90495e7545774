"""Run the simulated exchange alone, for the desk or for any Binance client."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.folders import Folders, default_root
from fks_desk.app.venue_child import write_state
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import Timeframe
from fks_desk.venue.faults import Faults, read_faults
from fks_desk.venue.market.replay import ReplayOptions
from fks_desk.venue.server import VenueOptions, VenueReady, serve

ORPHAN_LIVES_S = 600.0
_LOOK_S = 1.0


@exits_cleanly
def venue(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 lets the system choose.")] = 0,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the ledger; it survives restarts.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the made-up prices.")] = 7,
    rate: Annotated[
        float | None, typer.Option(help="Public trades a second, all pairs together.")
    ] = None,
    cash: Annotated[str, typer.Option(help="USDT in a new account.")] = "10000",
    replay: Annotated[Path | None, typer.Option(help="Candle file to play as live trades.")] = None,
    symbol: Annotated[str, typer.Option(help="Symbol of the file.")] = "BTC/USDT",
    timeframe: Annotated[
        Timeframe | None, typer.Option(help="Timeframe of the file, if it cannot be told.")
    ] = None,
    speed: Annotated[float, typer.Option(help="Market seconds per second of a replay.")] = 60.0,
    faults: Annotated[Path | None, typer.Option(help="Script of an outage to rehearse.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print nothing; for the desk's own child.")] = False,
) -> None:
    """Serve a Binance-shaped spot exchange on loopback until Ctrl+C."""
    options = VenueOptions(
        data_folder=data or Folders(root=default_root()).venues / "alone",
        port=port,
        seed=seed,
        message_rate=rate,
        initial_balances={"USDT": Decimal(cash)},
        replay=_replay(replay, symbol, timeframe, speed),
        faults=read_faults(faults) if faults else Faults(),
    )
    asyncio.run(_serve(options, quiet=quiet))


def _replay(
    file: Path | None, symbol: str, timeframe: Timeframe | None, speed: float
) -> ReplayOptions | None:
    if file is None:
        return None
    # pandas loads slowly; a venue of made-up prices does without.
    from fks_desk.adapters.files.reading import read_candles  # noqa: PLC0415

    read = read_candles(file, timeframe=timeframe, clock=SystemClock())
    return ReplayOptions(symbol=symbol, timeframe=read.timeframe, frame=read.frame, speed=speed)


async def _serve(options: VenueOptions, *, quiet: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for kind in (signal.SIGTERM, signal.SIGINT):
        if sys.platform != "win32":
            loop.add_signal_handler(kind, stop.set)

    def on_ready(ready: VenueReady) -> None:
        write_state(
            options.data_folder, port=ready.port, api_key=ready.api_key, secret=ready.secret
        )
        if not quiet:
            typer.echo(f"listening on http://127.0.0.1:{ready.port} (streams on /ws and /stream)")
            typer.echo(f"api key  {ready.api_key}")
            typer.echo(f"secret   {ready.secret}")

    if quiet:
        # A desk that was killed and never came back must not leave a venue for ever.
        loop.call_later(_LOOK_S, _look_for_parent, loop, os.getppid(), stop)
    await serve(options, SystemClock(), on_ready, stop)


def _look_for_parent(loop: asyncio.AbstractEventLoop, parent: int, stop: asyncio.Event) -> None:
    if os.getppid() == parent:
        loop.call_later(_LOOK_S, _look_for_parent, loop, parent, stop)
    else:
        loop.call_later(ORPHAN_LIVES_S, stop.set)
