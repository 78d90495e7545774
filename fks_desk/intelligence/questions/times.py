"""Read the span of time that a question names; days are UTC days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fks_desk.core.model import Span

_DAY = timedelta(days=1)
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "h": timedelta(hours=1),
    "day": _DAY,
    "d": _DAY,
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "twenty four": 24, "thirty": 30, "sixty": 60,
    "ninety": 90, "couple of": 2, "few": 3, "": 1,
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_COUNT = "|".join(sorted((re.escape(word) for word in _COUNTS if word), key=len, reverse=True))
_LAST = re.compile(
    rf"\b(?:last|past|previous|within|in the|over the|during the)"
    rf"(?: (?:last|past|previous))? ?(?P<count>\d+|{_COUNT})? ?"
    r"(?P<unit>second|minute|min|hour|hr|day|week|month|year|h|d)s?\b"
)
_DATE = re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?\b")
_MONTH = re.compile(
    rf"\b(?:(?P<day>\d\d?)(?:st|nd|rd|th)?(?: of)? )?(?P<month>{'|'.join(_MONTHS)})"
    r"(?: (?P<after>\d\d?)(?:st|nd|rd|th)?\b)?(?:,? (?P<year>20\d\d))?\b"
)
_WEEKDAY = re.compile(rf"\b(?P<since>since )?(?:on |last )?(?P<day>{'|'.join(_DAYS)})\b")
_YEAR = re.compile(r"\b(?:in|during|of|for) (?P<year>20\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSpan:
    """Hold a span with the words that a sentence uses for it."""

    span: Span
    words: str


def named_span(text: str, now: datetime) -> NamedSpan | None:
    """Return the span that a normal text names, or None if it names none."""
    for read in (_date, _fixed, _relative, _month, _weekday, _year):
        found = read(text, now)
        if found is not None:
            return found
    return None


def _date(text: str, _now: datetime) -> NamedSpan | None:
    match = _DATE.search(text)
    if match is None:
        return None
    year, month, day = int(match["year"]), int(match["month"]), match["day"]
    try:
        if day is None:
            return _whole_month(year, month)
        return _whole_day(datetime(year, month, int(day), tzinfo=UTC))
    except ValueError:
        return None


def _fixed(text: str, now: datetime) -> NamedSpan | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - today.weekday() * _DAY
    first = today.replace(day=1)
    before = (first - _DAY).replace(day=1)
    january = first.replace(month=1)
    spans: tuple[tuple[str, datetime, datetime, str], ...] = (
        ("day before yesterday", today - 2 * _DAY, today - _DAY, "the day before yesterday"),
        ("yesterday", today - _DAY, today, "yesterday"),
        (r"today|this day|since midnight|tonight|this morning", today, today + _DAY, "today"),
        (r"this week|week to date|the week so far", monday, monday + 7 * _DAY, "this week"),
        (r"(?:last|previous) week", monday - 7 * _DAY, monday, "last week"),
        (r"this month|month to date", first, _next_month(first), "this month"),
        (r"(?:last|previous) month", before, first, "last month"),
        (
            r"this year|year to date|ytd",
            january,
            january.replace(year=january.year + 1),
            "this year",
        ),
        (r"(?:last|previous) year", january.replace(year=january.year - 1), january, "last year"),
        (r"this hour", now.replace(minute=0, second=0, microsecond=0), now, "this hour"),
    )
    for words, start, end, name in spans:
        if re.search(rf"\b(?:{words})\b", text) and end > start:
            return NamedSpan(span=Span(start=start, end=end), words=name)
    return None


def _relative(text: str, now: datetime) -> NamedSpan | None:
    match = _LAST.search(text)
    if match is None or not (match["count"] or _says_last(match.group())):
        return None
    word = match["count"] or ""
    count = int(word) if word.isdigit() else _COUNTS[word]
    unit = match["unit"]
    if not 0 < count <= 10_000:  # noqa: PLR2004  no desk remembers more
        return None
    noun = {"min": "minute", "hr": "hour", "h": "hour", "d": "day"}.get(unit, unit)
    words = f"the last {noun}" if count == 1 else f"the last {count} {noun}s"
    try:
        # The end lies a moment ahead, so that what happens right now is inside.
        span = Span(start=now - count * _UNITS[unit], end=now + timedelta(seconds=1))
    except (OverflowError, ValueError):
        return None
    return NamedSpan(span=span, words=words)


def _month(text: str, now: datetime) -> NamedSpan | None:
    for match in _MONTH.finditer(text):
        number = _MONTHS.index(match["month"]) + 1
        day = match["day"] or match["after"]
        # The word "may" alone asks for leave, not for a month.
        if match["month"] == "may" and not (day or match["year"] or f"in {match['month']}" in text):
            continue
        year = int(match["year"]) if match["year"] else now.year - (number > now.month)
        try:
            if day:
                return _whole_day(datetime(year, number, int(day), tzinfo=UTC))
            return _whole_month(year, number)
        except ValueError:
            return None
    return None


def _weekday(text: str, now: datetime) -> NamedSpan | None:
    match = _WEEKDAY.search(text)
    if match is None:
        return None
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    back = (today.weekday() - _DAYS.index(match["day"])) % 7
    day = today - back * _DAY
    name = match["day"].capitalize()
    if match["since"]:
        return NamedSpan(span=Span(start=day, end=today + _DAY), words=f"since {name}")
    return NamedSpan(span=Span(start=day, end=day + _DAY), words=f"on {name} ({day:%Y-%m-%d})")


def _year(text: str, _now: datetime) -> NamedSpan | None:
    match = _YEAR.search(text)
    if match is None:
        return None
    start = datetime(int(match["year"]), 1, 1, tzinfo=UTC)
    end = start.replace(year=start.year + 1)
    return NamedSpan(span=Span(start=start, end=end), words=f"in {start.year}")


def _whole_day(day: datetime) -> NamedSpan:
    return NamedSpan(span=Span(start=day, end=day + _DAY), words=f"on {day:%Y-%m-%d}")


def _whole_month(year: int, month: int) -> NamedSpan:
    start = datetime(year, month, 1, tzinfo=UTC)
    return NamedSpan(span=Span(start=start, end=_next_month(start)), words=f"in {start:%Y-%m}")


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)


def _says_last(words: str) -> bool:
    return (
        re.match(r"(?:last|past|previous|in the (?:last|past)|over the (?:last|past))", words)
        is not None
    )
