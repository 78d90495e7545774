"""Import files of candles, or say what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import FileExchange, FileTimeframe, Json, Symbol
from fks_desk.app.cli.telling import note, patiently, tell, tell_json, tell_lines, tell_table
from fks_desk.app.cli.workplace import Workplace, opened_database, run, workplace
from fks_desk.core.model import Timeframe

if TYPE_CHECKING:
    from fks_desk.app.candle_import import ImportWish
    from fks_desk.app.import_report import ImportReport
    from fks_desk.core.transfers import FilePreview


@exits_cleanly
def import_candles(
    place: Annotated[
        Path, typer.Argument(metavar="FILE", help="File of candles, or a folder of such files.")
    ],
    exchange: FileExchange = None,
    symbol: Symbol = None,
    timeframe: FileTimeframe = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what is in the file; store nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Store the candles of a file, so that they can be charted and tested on.

    The file may be csv, zip, json, feather or parquet, as freqtrade, Binance's
    archive, TradingView or MetaTrader write it; it is known by its content.
    Exchange, symbol and timeframe are read from its name when they are left out.
    A file is imported whole or not at all; importing it twice changes nothing.

    Exit codes: 0 imported, 1 a file or the database cannot be used, 2 the
    command or the settings are wrong.
    """
    # numpy and pyarrow load slowly; `--help` does without.
    from fks_desk.app.file_transfers import found_files  # noqa: PLC0415

    files = [place] if not place.is_dir() else [Path(one) for one in found_files(place)]
    if preview:
        _show(files, exchange, symbol, timeframe, as_json=as_json)
        return
    reports = _imported(files, exchange, symbol, timeframe)
    if as_json:
        fields = [report.fields() for report in reports]
        tell_json(fields if place.is_dir() else fields[0])
    else:
        for report in reports:
            tell_lines(report.lines())


def _imported(
    files: Sequence[Path], exchange: str | None, symbol: str | None, timeframe: Timeframe | None
) -> list[ImportReport]:
    from fks_desk.app.candle_import import wish_of  # noqa: PLC0415  see above

    wishes = [
        wish_of(file, exchange=exchange, symbol=symbol, timeframe=timeframe) for file in files
    ]
    with workplace() as place:
        reports = run(_import(place, wishes))
    for wish in wishes:
        if wish.doubt is not None:
            note(wish.doubt)
    return reports


async def _import(place: Workplace, wishes: Sequence[ImportWish]) -> list[ImportReport]:
    from fks_desk.app.candle_import import read_file, store_file  # noqa: PLC0415  see above
    from fks_desk.app.import_report import ImportReport  # noqa: PLC0415  see above

    # Read first: for a file that cannot be used no server has to start.
    with patiently(f"reading {wishes[0].path}"):
        first = await read_file(wishes[0], place.clock)
    reports = []
    async with opened_database(place) as database:
        for number, wish in enumerate(wishes):
            file = first if number == 0 else await read_file(wish, place.clock)
            with patiently(f"storing {len(file.frame):,} candles of {wish.path.name}"):
                count = await store_file(database.stores, wish, file)
            reports.append(ImportReport(instrument=wish.instrument, file=file, count=count))
    return reports


def _show(
    files: Sequence[Path],
    exchange: str | None,
    symbol: str | None,
    timeframe: Timeframe | None,
    *,
    as_json: bool,
) -> None:
    from fks_desk.app.import_report import preview_fields, preview_lines  # noqa: PLC0415  see above

    with workplace() as place:
        previews = run(_preview(place, files, exchange, symbol, timeframe))
    if as_json:
        tell_json([preview_fields(one) for one in previews])
        return
    for one in previews:
        tell_lines(preview_lines(one))
        if one.head:
            tell()
            tell_table([one.columns, *(row for row in one.head if len(row) == len(one.columns))])


async def _preview(
    place: Workplace,
    files: Sequence[Path],
    exchange: str | None,
    symbol: str | None,
    timeframe: Timeframe | None,
) -> list[FilePreview]:
    from fks_desk.app.file_transfers import FileTransfers  # noqa: PLC0415  see above
    from fks_desk.core.transfers import ImportRequest  # noqa: PLC0415  see above

    async with opened_database(place) as database:
        desk = FileTransfers(
            stores=database.stores,
            clock=place.clock,
            exports=place.folders.exports,
            publish=lambda _event: None,
        )
        return [
            await desk.preview(
                ImportRequest(
                    path=str(file),
                    exchange=exchange or "",
                    symbol=symbol or "",
                    timeframe=timeframe,
                )
            )
            for file in files
        ]
