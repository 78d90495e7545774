"""Tell which column is which, and by that which program wrote the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fks_desk.core.errors import DataError

NUMBERS = ("open", "high", "low", "close", "volume")
SYMBOLS = frozenset({"symbol", "ticker", "pair", "instrument"})
HEADLESS_COLUMNS = 6
# Written without spaces, signs and case; the first that a file has is taken.
_TIMES = (
    *("opentime", "unix", "timestamp", "ts", "time", "datetime", "date", "opentimeutc"),
    *("dateutc", "timeutc", "timestampms", "unixtimestamp", "starttime"),
)
_SHORT = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
_DAY = re.compile(r"\d{4}\.\d{2}\.\d{2}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_VISION_COLUMNS = 12
_FREQTRADE = ("date", *NUMBERS)
_TRADINGVIEW = ("time", *NUMBERS[:4])


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Name the columns to read; `clock` is the time of day where it stands apart.

    `numbers` lacks `volume` if the file has none; `ticks` counts price changes and
    stands in for a volume that is zero throughout. `notes` are what a person should
    know of how the columns are read.
    """

    format: str
    time: str
    clock: str | None = None
    numbers: dict[str, str]
    ticks: str | None = None
    notes: tuple[str, ...] = field(default=())


def by_name(names: Sequence[str], path: Path) -> Columns:
    """Return the columns that a header names, or raise `DataError` naming what is missing."""
    if "<DATE>" in names:
        return _metatrader(names, path)
    plain = {plain_name(name): name for name in reversed(names)}
    found = {name: plain[name] for name in NUMBERS if name in plain}
    found |= {long: plain[short] for short, long in _SHORT.items() if short in plain} | found
    # Files that have the volume in two currencies write the base currency's first.
    volumes = [name for name in names if plain_name(name).startswith("vol")]
    if volumes:
        found["volume"] = volumes[0]
    time = next((plain[name] for name in _TIMES if name in plain), None)
    if time is None and names and not names[0].strip():
        time = names[0]  # an index without a name, as pandas writes it
    is_tradingview = tuple(names[:5]) == _TRADINGVIEW
    needed = NUMBERS[:4] if is_tradingview else NUMBERS
    missing = [name for name in needed if name not in found]
    if time is None:
        missing = ["time", *missing]
    if missing or time is None:
        raise _incomplete(names, missing, path)
    notes = () if "volume" in found else ("the file has no volume, which is stored as zero",)
    return Columns(
        format="TradingView" if is_tradingview else _format_of(names),
        time=time,
        numbers=found,
        notes=notes,
    )


def by_place(first: Sequence[str], names: Sequence[str], line: int, path: Path) -> Columns:
    """Return the columns of a table without a header, by how its first row looks."""
    is_split = len(first) > HEADLESS_COLUMNS and _DAY.fullmatch(first[0])
    if is_split and _CLOCK.fullmatch(first[1]):
        return Columns(
            format="MetaTrader 4",
            time=names[0],
            clock=names[1],
            numbers=dict(zip(NUMBERS, names[2:], strict=False)),
            notes=_METATRADER_NOTES,
        )
    if len(names) < HEADLESS_COLUMNS:
        raise DataError(
            f"{path}: line {line} has {len(names)} columns; candles need "
            "time, open, high, low, close and volume"
        )
    return Columns(
        format="Binance Vision" if len(names) == _VISION_COLUMNS else "text",
        time=names[0],
        numbers=dict(zip(NUMBERS, names[1:], strict=False)),
    )


def plain_name(name: str) -> str:
    """Return a title without spaces, signs and case."""
    return re.sub(r"[^a-z]", "", name.lower())


_METATRADER_NOTES = (
    "MetaTrader writes its server's time, which is taken as UTC; check the first bar",
)


def _metatrader(names: Sequence[str], path: Path) -> Columns:
    plain = {plain_name(name): name for name in names}
    missing = [name for name in ("date", *NUMBERS[:4]) if name not in plain]
    # A traded amount is told for what an exchange trades; ticks are counted for all others.
    volumes = [plain[name] for name in ("vol", "volume", "tickvol") if name in plain]
    if missing or not volumes:
        raise _incomplete(names, missing or ["volume"], path)
    return Columns(
        format="MetaTrader 5",
        time=plain["date"],
        clock=plain.get("time"),
        numbers={**{name: plain[name] for name in NUMBERS[:4]}, "volume": volumes[0]},
        ticks=plain.get("tickvol"),
        notes=_METATRADER_NOTES,
    )


def _format_of(names: Sequence[str]) -> str:
    plain = tuple(plain_name(name) for name in names)
    if plain[:1] == ("opentime",) and len(plain) >= _VISION_COLUMNS - 1:
        return "Binance Vision"
    return "freqtrade" if plain == _FREQTRADE else "text"


def _incomplete(names: Sequence[str], missing: Sequence[str], path: Path) -> DataError:
    shown = ", ".join(names[:12])
    return DataError(
        f"{path} has no column for {', '.join(missing)} (it has {shown}); "
        "is this a file of candles?"
    )
