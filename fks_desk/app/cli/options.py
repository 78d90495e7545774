"""Declare each option that several commands share, so that it means the same everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fks_desk.core.model import Timeframe, parse_decimal


def read_moment(text: str) -> datetime:
    """Return a date or moment as aware UTC; without a zone it is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date; write 2024-03-01 or 2024-03-01T12:30 (UTC)"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_amount(text: str | Decimal) -> Decimal:
    """Return an exact amount of zero or more."""
    try:
        amount = parse_decimal(str(text), "the amount")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if amount < 0:
        raise typer.BadParameter(f"need zero or more, was {text}")
    return amount


def amount_option(name: str, metavar: str, help_text: str) -> object:
    """Return an option that takes an exact number of zero or more."""
    return typer.Option(name, parser=read_amount, metavar=metavar, help=help_text)


def _moment(name: str, help_text: str) -> object:
    return typer.Option(name, parser=read_moment, metavar="DATE", help=help_text)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Exchange = Annotated[
    str, typer.Option("--exchange", metavar="NAME", help="Exchange that the prices come from.")
]
FileExchange = Annotated[
    str | None,
    typer.Option(
        "--exchange",
        metavar="NAME",
        help="Exchange that the prices come from; from the file's name, else binance.",
    ),
]
Symbol = Annotated[
    str | None, typer.Option("--symbol", metavar="BASE/QUOTE", help="Pair, such as BTC/USDT.")
]
NeededSymbol = Annotated[
    str, typer.Option("--symbol", metavar="BASE/QUOTE", help="Pair, such as BTC/USDT.")
]
FileTimeframe = Annotated[
    Timeframe | None,
    typer.Option("--timeframe", help="Length of one candle; found in the file when left out."),
]
StoredTimeframe = Annotated[Timeframe, typer.Option("--timeframe", help="Length of one candle.")]
From = Annotated[
    datetime | None, _moment("--from", "First moment (UTC); left out: from the oldest candle.")
]
To = Annotated[
    datetime | None, _moment("--to", "End (UTC), itself left out; without it: to the newest.")
]
Replay = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FILE", help="Play this candle file or recording instead."),
]
Cash = Annotated[Decimal, amount_option("--cash", "AMOUNT", "Money to start with.")]
Speed = Annotated[
    float,
    typer.Option(
        "--speed", min=0.01, metavar="TIMES", help="Market seconds per second of a replay."
    ),
]
