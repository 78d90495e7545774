"""Run the simulated exchange alone, for the desk or for any Binance client."""

from __future__ import annotations

import asyncio
import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Cash, FileTimeframe, NeededSymbol, Replay, Speed
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import Timeframe

if TYPE_CHECKING:
    from fks_desk.venue.market.replay import ReplayOptions
    from fks_desk.venue.server import VenueOptions, VenueReady

ORPHAN_LIVES_S = 600.0
_LOOK_S = 1.0


@exits_cleanly
def venue(
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65_535,
            metavar="PORT",
            help="Port on 127.0.0.1, up to 65535; 0 lets the system choose.",
        ),
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the ledger is kept; it survives restarts."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Seed of the made-up prices.")] = 7,
    rate: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="TRADES", help="Public trades a second, all pairs together."),
    ] = None,
    cash: Cash = Decimal(10_000),
    replay: Replay = None,
    symbol: NeededSymbol = "BTC/USDT",
    timeframe: FileTimeframe = None,
    speed: Speed = 60.0,
    funding: Annotated[
        float,
        typer.Option(min=1.0, metavar="SECONDS", help="How often perpetuals pay their funding."),
    ] = 28_800.0,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Script of an outage to rehearse.")
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing; for the desk's own child.")
    ] = False,
) -> None:
    """Run the simulated exchange alone, for any Binance client, until Ctrl+C.

    It speaks Binance's spot and USD-M futures language, REST and WebSocket, on
    loopback. Keys for it are printed at the start.

    Exit codes: 0 stopped, 1 the file or the port cannot be used, 2 the command
    or the settings are wrong.
    """
    # aiohttp loads slowly; `--help` does without.
    from fks_desk.app.folders import Folders, default_root  # noqa: PLC0415
    from fks_desk.venue.faults import Faults, read_faults  # noqa: PLC0415
    from fks_desk.venue.server import VenueOptions  # noqa: PLC0415

    options = VenueOptions(
        data_folder=data or Folders(root=default_root()).venues / "alone",
        port=port,
        seed=seed,
        message_rate=rate,
        initial_balances={"USDT": cash},
        funding_s=funding,
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
    from fks_desk.adapters.files.recordings import is_recording  # noqa: PLC0415
    from fks_desk.venue.market.replay import ReplayOptions  # noqa: PLC0415

    if is_recording(file):
        return _recorded(file, speed)
    read = read_candles(file, timeframe=timeframe, clock=SystemClock())
    return ReplayOptions(symbol=symbol, timeframe=read.timeframe, frame=read.frame, speed=speed)


def _recorded(place: Path, speed: float) -> ReplayOptions:
    from fks_desk.adapters.files.recordings import read_recording  # noqa: PLC0415  see above
    from fks_desk.venue.market.recorded import BASE, frame_of  # noqa: PLC0415  see above
    from fks_desk.venue.market.replay import ReplayOptions  # noqa: PLC0415  see above

    tape = read_recording(place)
    frame = frame_of(tape)
    return ReplayOptions(
        symbol=tape.instrument.rpartition(":")[2],
        timeframe=BASE,
        frame=frame,
        speed=speed,
        live_candles=len(frame),
        recorded=tape,
    )


async def _serve(options: VenueOptions, *, quiet: bool) -> None:
    from fks_desk.app.venue_child import write_state  # noqa: PLC0415  see above
    from fks_desk.venue.server import serve  # noqa: PLC0415  see above

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
        _look_for_desk(loop, options.data_folder, stop, 0.0)
    await serve(options, SystemClock(), on_ready, stop)


def _look_for_desk(
    loop: asyncio.AbstractEventLoop, folder: Path, stop: asyncio.Event, alone_s: float
) -> None:
    """Stop some time after the last desk has died: a venue must not stay for ever."""
    from fks_desk.app.caretaker import is_cared_for  # noqa: PLC0415  see above

    alone_s = 0.0 if is_cared_for(folder) else alone_s + _LOOK_S
    if alone_s > ORPHAN_LIVES_S:
        stop.set()
    else:
        loop.call_later(_LOOK_S, _look_for_desk, loop, folder, stop, alone_s)
