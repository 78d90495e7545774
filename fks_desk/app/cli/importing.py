"""Import a file of candles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Exchange, FileTimeframe, Json, Symbol
from fks_desk.app.cli.telling import note, patiently, tell, tell_json
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace
from fks_desk.core.model import Span, Timeframe

if TYPE_CHECKING:
    from fks_desk.adapters.files.reading import CandleFile
    from fks_desk.app.candle_import import ImportWish
    from fks_desk.core.ports import WriteCount

_LISTED = 3


@exits_cleanly
def import_candles(
    file: Annotated[
        Path, typer.Argument(help="Candles as csv, csv.gz, zip, feather or parquet.")
    ],
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
        read, count = run(_import(place, wish))
    if wish.doubt is not None:
        note(wish.doubt)
    if as_json:
        tell_json(_fields(wish, read, count))
    else:
        _tell(wish, read, count)


async def _import(place: Workplace, wish: ImportWish) -> tuple[CandleFile, WriteCount]:
    from fks_desk.app.candle_import import read_file, store_file  # noqa: PLC0415  see above

    async with patiently(f"reading {wish.path}"):
        file = await read_file(wish, place.clock)
    async with (
        opened_database(place) as database,
        patiently(f"storing {len(file.frame):,} candles"),
    ):
        return file, await store_file(database.stores, wish, file)


def _fields(wish: ImportWish, file: CandleFile, count: WriteCount) -> dict[str, Any]:
    from fks_desk.app.candle_import import longest  # noqa: PLC0415  see above

    widest = longest(file)
    return {
        "file": wish.path,
        "instrument": wish.instrument,
        "timeframe": file.timeframe,
        **_extent(file),
        "rows": file.rows,
        "inserted": count.inserted,
        "revised": count.revised,
        "unchanged": count.unchanged,
        "duplicates": file.duplicates,
        "gaps": len(file.gaps),
        "missing": file.missing,
        "longest_gap": None if widest is None else _gap(widest, file.timeframe),
        "gap_list": [_gap(gap, file.timeframe) for gap in file.gaps],
        "rejected": [{"place": one.place, "reason": one.reason} for one in file.rejected],
    }


def _extent(file: CandleFile) -> dict[str, Any]:
    from fks_desk.core.clock import from_ms  # noqa: PLC0415  beside its only use

    if not len(file.frame):
        return {"from": None, "to": None}
    last = from_ms(int(file.frame.time[-1])) + file.timeframe.delta
    return {"from": from_ms(int(file.frame.time[0])), "to": last}


def _gap(gap: Span, timeframe: Timeframe) -> dict[str, Any]:
    from fks_desk.app.candle_import import missing_in  # noqa: PLC0415  see above

    return {"from": gap.start, "to": gap.end, "missing": missing_in(gap, timeframe)}


def _tell(wish: ImportWish, file: CandleFile, count: WriteCount) -> None:
    extent = _extent(file)
    tell(f"{wish.instrument} {file.timeframe.value} from {wish.path.name}")
    if extent["from"] is not None:
        tell(f"  range       {extent['from']:%Y-%m-%d %H:%M} to {extent['to']:%Y-%m-%d %H:%M} UTC")
    tell(f"  rows        {file.rows:,}")
    tell(f"  inserted    {count.inserted:,}")
    tell(f"  revised     {count.revised:,}")
    tell(f"  unchanged   {count.unchanged:,}")
    tell(f"  duplicates  {file.duplicates:,}")
    tell(f"  gaps        {_gap_words(file)}")
    for one in file.rejected[:_LISTED]:
        tell(f"  left out    {one.place}: {one.reason}")
    if len(file.rejected) > _LISTED:
        tell(f"  left out    {len(file.rejected) - _LISTED:,} more")


def _gap_words(file: CandleFile) -> str:
    from fks_desk.app.candle_import import longest, missing_in  # noqa: PLC0415  see above

    widest = longest(file)
    if widest is None:
        return "none"
    candles = missing_in(widest, file.timeframe)
    return (
        f"{len(file.gaps):,}, {file.missing:,} candles missing; the longest is {candles:,} from "
        f"{widest.start:%Y-%m-%d %H:%M} to {widest.end:%Y-%m-%d %H:%M} UTC"
    )
