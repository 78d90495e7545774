"""Read symbols, intervals and dates as people type them into the data panes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from fks_desk.core.model import Instrument, InstrumentId, Timeframe, VenueId
from fks_desk.ui.models.interval import known_intervals, parse_interval
from fks_desk.ui.text import tr

_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m", "%Y", "%d.%m.%Y")
_AGO = re.compile(r"(\d{1,4})\s*([dwmy])[a-z]*")
_UNIT_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
ALL = "*"


class Unreadable(ValueError):
    """Carry the sentence that says what to type instead."""


def read_moment(text: str, now: datetime, title: str) -> datetime:
    """Return a day, a minute, or so long before now (90d, 2w, 6m, 1y), as UTC."""
    typed = text.strip()
    if match := _AGO.fullmatch(typed):
        return now - timedelta(days=int(match[1]) * _UNIT_DAYS[match[2]])
    for form in _FORMS:
        try:
            return datetime.strptime(typed, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Unreadable(
        tr(
            "{title} is a day such as 2025-01-31, or an age such as 90d or 1y; was {text}.",
            title=title,
            text=repr(text),
        )
    )


def read_timeframes(text: str) -> tuple[Timeframe, ...]:
    """Return the intervals written one after another: `1m 5m 1h`, `M5`, `240`."""
    found: dict[Timeframe, None] = {}
    for word in _words(text):
        meant = parse_interval(word)
        if meant is None:
            raise Unreadable(
                tr("{word} is no interval; there are {known}.", word=word, known=known_intervals())
            )
        found[meant] = None
    if not found:
        raise Unreadable(tr("Name an interval, such as 1m 1h."))
    return tuple(found)


def read_symbols(
    text: str, known: Iterable[Instrument], venue: VenueId
) -> tuple[InstrumentId, ...]:
    """Return the instruments written one after another; `*` means all of the venue's."""
    listed = [one for one in known if one.venue == venue]
    if text.strip() == ALL:
        return tuple(one.id for one in listed)
    found: dict[InstrumentId, None] = {}
    for word in _words(text):
        wanted = _letters(word.rpartition(":")[2])
        match = next((one for one in listed if _letters(one.symbol) == wanted), None)
        if match is None:
            shown = ", ".join(sorted(one.symbol for one in listed)[:6])
            raise Unreadable(
                tr(
                    "{word} is not listed at {venue}; there are {known} …",
                    word=word,
                    venue=venue,
                    known=shown or "–",
                )
            )
        found[match.id] = None
    if not found:
        raise Unreadable(tr("Name a symbol, such as BTC/USDT, or * for all."))
    return tuple(found)


def _words(text: str) -> Sequence[str]:
    return [word for word in re.split(r"[\s,;]+", text) if word]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
