"""Import a file of candles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Exchange, FileTimeframe, Json, Symbol
from fks_desk.app.cli.telling import note, patiently, tell_json, tell_lines
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace

if TYPE_CHECKING:
    from fks_desk.app.candle_import import ImportWish
    from fks_desk.app.import_report import ImportReport


@exits_cleanly
def import_candles(
    file: Annotated[Path, typer.Argument(help="Candles as csv, csv.gz, zip, feather or parquet.")],
    exchange: Exchange = "binance",
    symbol: Symbol = None,
    timeframe: FileTimeframe = None,
    as_json: Json = False,
) -> None:
    """Store the candles of a file, so that they can be charted and tested on.

    Symbol and timeframe are read from names such as BTCUSDT-5m-2024-03.zip or
    BTC_USDT-5m.feather when they are left out. A file is imported whole or not
    at all; importing it twice changes nothing.

    Exit codes: 0 imported, 1 the file or the database cannot be used, 2 the
    command or the settings are wrong.
    """
    # numpy and pyarrow load slowly; `--help` does without.
    from fks_desk.app.candle_import import wish_of  # noqa: PLC0415

    wish = wish_of(file, exchange=exchange, symbol=symbol, timeframe=timeframe)
    with workplace() as place:
        report = run(_import(place, wish))
    if wish.doubt is not None:
        note(wish.doubt)
    if as_json:
        tell_json(report.fields())
    else:
        tell_lines(report.lines())


async def _import(place: Workplace, wish: ImportWish) -> ImportReport:
    from fks_desk.app.candle_import import read_file, store_file  # noqa: PLC0415  see above
    from fks_desk.app.import_report import ImportReport  # noqa: PLC0415  see above

    # Read first: for a file that cannot be used no server has to start.
    with patiently(f"reading {wish.path}"):
        file = await read_file(wish, place.clock)
    async with opened_database(place) as database:
        with patiently(f"storing {len(file.frame):,} candles"):
            count = await store_file(database.stores, wish, file)
    return ImportReport(instrument=wish.instrument, file=file, count=count)
