"""Export stored candles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Exchange, From, Json, StoredTimeframe, To
from fks_desk.app.cli.telling import patiently, tell, tell_json
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace
from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.transfers import FileLayout, layout_of

if TYPE_CHECKING:
    from fks_desk.core.frame import Frame


@exits_cleanly
def export_candles(
    symbol: Annotated[
        str, typer.Argument(help="Pair such as BTC/USDT, or an id such as demo:spot:BTC/USDT.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Where to: a file such as btc.csv.gz, or a folder that gets a file of the "
            "name that the format asks for.",
        ),
    ],
    timeframe: StoredTimeframe,
    exchange: Exchange = "binance",
    layout: Annotated[
        FileLayout | None,
        typer.Option("--format", help="Layout; without it the file's ending chooses."),
    ] = None,
    start: From = None,
    end: To = None,
    as_json: Json = False,
) -> None:
    """Write stored candles to a file; an older file of that name is replaced.

    Plain text has the open time in milliseconds since 1970 (UTC). Other formats
    are written as freqtrade, Binance's archive (one zip a month), TradingView or
    MetaTrader have them. The file can be imported again and gives the same
    candles, digit for digit.

    Exit codes: 0 written, 1 nothing to write or no place for it, 2 the command
    or the settings are wrong.
    """
    # pyarrow is slow
    from fks_desk.adapters.files.layouts import Series, write_series  # noqa: PLC0415
    from fks_desk.app.instruments import read_instrument  # noqa: PLC0415  numpy is slow

    instrument = read_instrument(symbol, exchange)
    with workplace() as place:
        frame = run(_read(place, instrument, timeframe, start, end))
        files = write_series(
            Series(instrument=instrument, timeframe=timeframe, frame=frame),
            layout or layout_of(out),
            out,
        )
    fields = _fields(files, instrument, timeframe, frame)
    if as_json:
        tell_json(fields)
    else:
        tell(
            f"wrote {len(frame):,} candles of {instrument} {timeframe.value} to "
            f"{files[0]}{f' and {len(files) - 1} more' if len(files) > 1 else ''} "
            f"({fields['from']:%Y-%m-%d %H:%M} to {fields['to']:%Y-%m-%d %H:%M} UTC)"
        )


async def _read(
    place: Workplace,
    instrument: InstrumentId,
    timeframe: Timeframe,
    start: datetime | None,
    end: datetime | None,
) -> Frame:
    from fks_desk.app.stored_candles import stored_frame, stored_span  # noqa: PLC0415  numpy

    async with opened_database(place) as database:
        reader = database.stores.candles
        with patiently("reading candles"):
            span = await stored_span(reader, instrument, timeframe, start, end)
            return await stored_frame(reader, instrument, timeframe, span)


def _fields(
    files: Sequence[Path], instrument: InstrumentId, timeframe: Timeframe, frame: Frame
) -> dict[str, Any]:
    return {
        "file": files[0].absolute(),
        "files": [file.absolute() for file in files],
        "instrument": instrument,
        "timeframe": timeframe,
        "rows": len(frame),
        "from": from_ms(int(frame.time[0])),
        "to": from_ms(int(frame.time[-1])) + timeframe.delta,
    }
