"""Say what goes in from files and out to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Protocol

from fks_desk.core.model import InstrumentId, Span, Timeframe

IMPORT_JOB = "import_files"
EXPORT_JOB = "export_candles"


class FileLayout(StrEnum):
    """Name a layout that candles can be written in."""

    CSV = "csv"
    FEATHER = "feather"
    PARQUET = "parquet"
    FREQTRADE = "freqtrade"
    BINANCE = "binance"
    TRADINGVIEW = "tradingview"
    METATRADER = "metatrader"


def layout_of(path: PurePath) -> FileLayout:
    """Return the layout that a file's ending stands for; a folder gets feather files."""
    ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    return {
        "csv": FileLayout.CSV, "parquet": FileLayout.PARQUET, "zip": FileLayout.BINANCE,
    }.get(ending, FileLayout.FEATHER)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Say which file to import and as what; what is empty is read from the file."""

    path: str
    exchange: str = ""
    symbol: str = ""
    timeframe: Timeframe | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the request as JSON values."""
        frame = self.timeframe.value if self.timeframe is not None else ""
        return {
            "path": self.path,
            "exchange": self.exchange,
            "symbol": self.symbol,
            "timeframe": frame,
        }

    @classmethod
    def read(cls, arguments: Mapping[str, Any]) -> ImportRequest:
        """Return the request written in JSON values."""
        frame = arguments.get("timeframe")
        return cls(
            path=str(arguments["path"]),
            exchange=str(arguments.get("exchange") or ""),
            symbol=str(arguments.get("symbol") or ""),
            timeframe=Timeframe(frame) if frame else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """Hold what a file has and what importing it would do; nothing is stored yet.

    `problem` says why it cannot be imported as it is, and is empty if it can.
    `head` has the file's first rows as texts under the titles of `columns`.
    """

    request: ImportRequest
    format: str = ""
    instrument: InstrumentId | None = None
    timeframe: Timeframe | None = None
    columns: tuple[str, ...] = ()
    head: tuple[tuple[str, ...], ...] = ()
    span: Span | None = None
    rows: int = 0
    candles: int = 0
    duplicates: int = 0
    gaps: int = 0
    missing: int = 0
    left_out: int = 0
    fresh: int = 0
    revised: int = 0
    unchanged: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Say which candles to write, in which layout and where; open ends mean everything."""

    instrument: InstrumentId
    timeframe: Timeframe
    layout: FileLayout
    target: str
    start: datetime | None = None
    end: datetime | None = None

    def arguments(self) -> dict[str, Any]:
        """Return the request as JSON values."""
        return {
            "instrument": self.instrument,
            "timeframe": self.timeframe.value,
            "layout": self.layout.value,
            "target": self.target,
            "start": self.start.isoformat() if self.start else "",
            "end": self.end.isoformat() if self.end else "",
        }

    @classmethod
    def read(cls, arguments: Mapping[str, Any]) -> ExportRequest:
        """Return the request written in JSON values."""

        def moment(name: str) -> datetime | None:
            text = arguments.get(name)
            return datetime.fromisoformat(text) if text else None

        return cls(
            instrument=InstrumentId(str(arguments["instrument"])),
            timeframe=Timeframe(arguments["timeframe"]),
            layout=FileLayout(arguments["layout"]),
            target=str(arguments["target"]),
            start=moment("start"),
            end=moment("end"),
        )


class FileDesk(Protocol):
    """Look into files and write tables, away from the window's loop."""

    async def found(self, place: str) -> Sequence[str]:
        """Return the candle files of a folder, or the file itself."""
        ...

    async def preview(self, request: ImportRequest) -> FilePreview:
        """Return what a file has and what importing it would do."""
        ...

    async def write_table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> str:
        """Write rows to a file of that name among the exports and return its path."""
        ...

    async def write_bytes(self, name: str, content: bytes) -> str:
        """Write a whole file of that name among the exports and return its path."""
        ...
