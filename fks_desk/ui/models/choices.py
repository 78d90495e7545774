"""Offer symbols, intervals, indicators and dates for what was typed over the chart."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.strategy.indicators import Indicator, featured, indicator, names
from fks_desk.strategy.parameters import complete, typed
from fks_desk.ui.models.interval import known_intervals, parse_interval
from fks_desk.ui.models.studies import Study
from fks_desk.ui.text import tr

_MOST = 40
_PARTS = 3
_SHORT = {"BB": "BBANDS", "VOL": "VOLUME_SMA", "WPR": "WILLR", "MA": "SMA", "STOCHASTIC": "STOCH"}
_NUMBER = re.compile(r"\d+(\.\d+)?")
_DATE_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m", "%d.%m.%Y %H:%M", "%d.%m.%Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Hold one line of a list: what it says and what Enter takes."""

    title: str
    detail: str = ""
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Name an indicator to be added, with the parameters that were typed."""

    name: str
    params: Mapping[str, float] = field(default_factory=dict)


def symbol_choices(
    text: str,
    known: Iterable[InstrumentId],
    stored: Mapping[InstrumentId, int],
    venue: str = "",
) -> list[Choice]:
    """Return instruments whose symbol matches, the best first and of two those of the venue.

    `BTCUSDT`, `btc/usdt`, `BTC-USDT`, `BINANCE:BTCUSDT` and `BTCUSDT.BINANCE` all
    mean the same pair.
    """
    wanted, wanted_venue = _wanted(text)
    ranked = []
    for instrument in dict.fromkeys([*known, *stored]):
        parts = instrument.split(":", _PARTS - 1)
        if len(parts) != _PARTS or not parts[0].casefold().startswith(wanted_venue):
            continue
        rank = _rank(wanted, parts[2])
        if rank is not None:
            count = stored.get(instrument, 0)
            detail = f"{parts[0]} · {parts[1]}"
            if count:
                detail = tr("{where} · {count} candles stored", where=detail, count=f"{count:,}")
            choice = Choice(title=parts[2], detail=detail, value=instrument)
            key = (rank, parts[0] != venue, count == 0, len(parts[2]), instrument)
            ranked.append((key, choice))
    return [choice for _, choice in sorted(ranked, key=lambda row: row[0])][:_MOST]


def interval_choices(text: str) -> list[Choice]:
    """Return the interval that the text means, or every one there is while it means none."""
    meant = parse_interval(text)
    if meant is not None:
        return [Choice(title=meant.value, detail=tr("Enter shows it"), value=meant)]
    if text.strip(" ,"):
        hint = tr("There are {intervals}", intervals=known_intervals())
        return [Choice(title=tr("No such interval"), detail=hint)]
    return [Choice(title=frame.value, value=frame) for frame in Timeframe]


def indicator_choices(
    text: str, studies: Sequence[Study], own: Sequence[Indicator] = ()
) -> list[Choice]:
    """Return indicators that match, those on the chart first, to be taken off.

    What follows a name is its parameters: numbers in their order, and the words of a
    choice, such as the price it reads: `sma 50`, `bb 20 2.5`, `ema 20 hl2`.
    """
    words = text.upper().split()
    names_first = next((n for n, word in enumerate(words) if _NUMBER.fullmatch(word)), len(words))
    found = [
        Choice(title=study.title, detail=tr("on the chart · Enter removes it"), value=study)
        for study in studies
        if names_first == len(words) and " ".join(words) in study.title.upper()
    ]
    # A word such as `volume` may belong to a title or name a price: the title is tried first.
    for stop in range(names_first, 0 if words else -1, -1):
        wanted = _SHORT.get(" ".join(words[:stop]), " ".join(words[:stop]))
        mine = [one for one in own if wanted in f"{one.name} {one.title}".upper()]
        added = [_addition(known, words[stop:]) for known in [*mine, *_indicators(wanted)]]
        if any(added):
            found += [choice for choice in added if choice is not None]
            break
    return found[:_MOST]


def _addition(known: Indicator, words: Sequence[str]) -> Choice | None:
    """Return an indicator with what was typed behind its name, None if it takes no such word."""
    try:
        params = typed(known.parameters, " ".join(words))
    except ValueError:
        return None
    shown = " ".join(word.lower() for word in words)
    value = Addition(name=known.name, params=params)
    return Choice(title=f"{known.name} {shown}".strip(), detail=known.title, value=value)


def date_choices(text: str) -> list[Choice]:
    """Return the moment that was typed, as UTC."""
    for form in _DATE_FORMS:
        try:
            moment = datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        title = tr("{moment} UTC", moment=f"{moment:%Y-%m-%d %H:%M}")
        return [Choice(title=title, value=moment)]
    return [Choice(title=tr("Write a date such as 2026-03-09 14:30"))]


def parameter_choices(text: str, study: Study) -> list[Choice]:
    """Return the parameters that were typed, in their order, and below where each may go.

    What was left out keeps its value. The first choice holds nothing while it is wrong.
    """
    parameters = study.indicator.parameters
    rows = [
        Choice(title=f"{one.title}: {one.text(study.params[one.name])}", detail=one.range_text)
        for one in parameters
    ]
    try:
        params = complete(parameters, {**study.params, **typed(parameters, text)})
    except ValueError as error:
        return [Choice(title=str(error)), *rows]
    shown = " ".join(one.text(params[one.name]) for one in parameters)
    detail = tr("Enter keeps it, Esc goes back")
    return [Choice(title=f"{study.indicator.name} {shown}", detail=detail, value=params), *rows]


def size_choices(text: str, size: float) -> list[Choice]:
    """Return the size that was typed, for bars that have one."""
    if not math.isfinite(size):
        return [Choice(title=tr("Bars of time have no size; draw Renko, range or volume bars"))]
    now = Choice(title=f"{size:,.10g}", detail=tr("the size now"), value=size)
    if not text.strip():
        return [now]
    try:
        typed = float(text.replace(",", ""))
    except ValueError:
        typed = 0.0
    if not (math.isfinite(typed) and typed > 0):
        return [Choice(title=tr("Write a number above zero, such as {size}", size=f"{size:g}"))]
    return [Choice(title=f"{typed:,.10g}", detail=tr("Enter takes it"), value=typed)]


def _wanted(text: str) -> tuple[str, str]:
    typed = text.strip().casefold()
    venue, colon, symbol = typed.rpartition(":")
    if not colon:
        symbol, dot, behind = typed.partition(".")
        venue = behind if dot else ""
    return _letters(symbol), venue


def _rank(wanted: str, symbol: str) -> int | None:
    letters = _letters(symbol)
    if letters.startswith(wanted):
        return 0
    return 1 if wanted in letters else None


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _indicators(wanted: str) -> list[Indicator]:
    if not wanted:
        return list(featured())
    every = [indicator(name) for name in names()]
    matching = [one for one in every if wanted in one.name or wanted in one.title.upper()]
    featured_names = {one.name for one in featured()}

    def rank(one: Indicator) -> tuple[bool, bool, bool, str]:
        is_start = one.name.startswith(wanted)
        return one.name != wanted, not is_start, one.name not in featured_names, one.name

    return sorted(matching, key=rank)
