"""Read a question: its topics, instruments, span, side and count."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fks_desk.core.model import AccountId, InstrumentId, Side
from fks_desk.intelligence.questions.concept import Concept
from fks_desk.intelligence.questions.concepts import concepts_in, normal
from fks_desk.intelligence.questions.symbols import (
    bases_of,
    candidates,
    named_bases,
    named_currencies,
)
from fks_desk.intelligence.questions.times import NamedSpan, named_span
from fks_desk.intelligence.questions.topics import Hints, Topic, topics_of
from fks_desk.intelligence.writing import pair_of

MOST = 10
_SEVERAL = 3
_MOST_SYMBOLS = 3
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_COUNTED = re.compile(
    r"\b(?:last|latest|newest|recent|first|oldest|top|best|worst|biggest|largest|smallest) "
    rf"(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)}) (?!minute|hour|day|week|month|year|min|hr)"
)
_PLURAL = re.compile(
    r"\b(?:trades|fills|orders|signals|backtests|executions|deals|transactions|runs)\b"
)
_JOINED = re.compile(
    r"\?+\s+|[,;]? and (?=(?:what|how|which|why|when|who|where|is|are|do|did|am|was|were)\b)",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\b(?:this|the) (?:coin|pair|symbol|market|chart|instrument|asset|token)\b|\bhere\b"
)
_ORDER_ID = re.compile(r"\b(?:fks[a-z2-7]{20,30}|[a-z]+-\d+)\b")
_METRICS = {
    "sharpe": "sharpe",
    "sortino": "sortino",
    "calmar": "calmar",
    "draw ?down": "max_drawdown",
    "profit factor": "profit_factor",
    r"win ?rate|hit ?rate|success rate": "win_rate",
    r"cagr|per year|annual\w*|yearly": "cagr",
}
_STRATEGIES = {
    r"sma[ _-]?cross\w*|moving average cross\w*|golden cross": "sma_cross",
    r"rsi[ _-]?reversion|rsi": "rsi_reversion",
    r"macd(?:[ _-]?trend)?": "macd_trend",
    r"bollinger(?:[ _-]?breakout)?": "bollinger_breakout",
}
_STATES = {
    r"cancel\w*|withdrawn|taken back|pulled": "canceled",
    r"reject\w*|refus\w*|bounced|turned down": "rejected",
    r"den(?:y|ied)|blocked|not sent": "denied",
    r"expir\w*": "expired",
    r"in doubt": "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Hold what a question asks, ready to be looked up.

    `instruments` has one tuple per named symbol: the instruments it may mean, the
    likeliest first. `chosen` is the one on the chart, for questions that name none.
    """

    text: str
    account: AccountId
    topics: tuple[Topic, ...]
    now: datetime
    instruments: tuple[tuple[InstrumentId, ...], ...] = ()
    chosen: tuple[InstrumentId, ...] = ()
    currencies: tuple[str, ...] = ()
    span: NamedSpan | None = None
    side: Side | None = None
    limit: int = 1
    metric: str | None = None
    strategy: str | None = None
    state: str | None = None
    order_id: str | None = None
    ideas: frozenset[Concept] = frozenset()

    @property
    def wants_worst(self) -> bool:
        """Tell whether the low end is asked for."""
        return bool(self.ideas & {Concept.WORST, Concept.SMALL})

    @property
    def wants_best(self) -> bool:
        """Tell whether the high end is asked for."""
        return bool(self.ideas & {Concept.BEST, Concept.BIG})


def read_question(
    text: str,
    *,
    account: AccountId,
    instrument: InstrumentId | None,
    known: Sequence[InstrumentId],
    now: datetime,
) -> list[Question]:
    """Return the questions that a text asks, one per part of it that stands alone."""
    whole = _read(text, account, instrument, known, now)
    parts = [part for part in _JOINED.split(text) if part.strip()]
    if len(parts) > 1:
        read = [_read(part, account, instrument, known, now, text) for part in parts]
        if all(one.topics for one in read):
            return _without_doubles(read)
    return [whole]


def _read(
    text: str,
    account: AccountId,
    instrument: InstrumentId | None,
    known: Sequence[InstrumentId],
    now: datetime,
    around: str = "",
) -> Question:
    plain = normal(text)
    ideas = concepts_in(plain)
    venue = instrument.partition(":")[0] if instrument else str(account)
    bases = named_bases(text, bases_of(known)) or named_bases(around, bases_of(known))
    quotes = _quotes_named(text, known)
    span = named_span(plain, now) or (named_span(normal(around), now) if around else None)
    named = tuple(candidates(base, quotes, known, venue) for base in bases[:_MOST_SYMBOLS])
    if not named and instrument is not None and _HERE.search(plain):
        named = ((instrument,),)
    topics = topics_of(ideas, Hints(names_symbol=bool(named), names_span=span is not None))
    return Question(
        text=text,
        account=account,
        topics=topics,
        now=now,
        instruments=named,
        chosen=(instrument,) if instrument is not None else (),
        currencies=tuple(_currencies(text, known)),
        span=span,
        side=_side(ideas),
        limit=_limit(plain),
        metric=_first(_METRICS, plain),
        strategy=_first(_STRATEGIES, plain),
        state=_first(_STATES, plain),
        order_id=_order_id(plain),
        ideas=ideas,
    )


def _side(ideas: frozenset[Concept]) -> Side | None:
    buys, sells = Concept.BUY in ideas, Concept.SELL in ideas
    if buys == sells:
        return None
    return Side.BUY if buys else Side.SELL


def _limit(plain: str) -> int:
    match = _COUNTED.search(plain)
    if match is None:
        return _SEVERAL if _PLURAL.search(plain) else 1
    word = match["count"]
    return max(1, min(MOST, int(word) if word.isdigit() else _NUMBERS[word]))


def _first(words: dict[str, str], plain: str) -> str | None:
    return next(
        (name for pattern, name in words.items() if re.search(rf"\b(?:{pattern})", plain)), None
    )


def _order_id(plain: str) -> str | None:
    match = _ORDER_ID.search(plain)
    return None if match is None else match.group()


def _currencies(text: str, known: Sequence[InstrumentId]) -> list[str]:
    codes = dict.fromkeys(code for one in known for code in pair_of(one) if code)
    return named_currencies(text, list(codes))


def _quotes_named(text: str, known: Sequence[InstrumentId]) -> list[str]:
    quotes = {pair_of(one)[1] for one in known}
    return [code for code in quotes if code and re.search(rf"[/\-]?{re.escape(code)}\b", text)]


def _without_doubles(read: list[Question]) -> list[Question]:
    kept: dict[tuple[object, ...], Question] = {}
    for one in read:
        kept.setdefault((one.topics, one.instruments, one.span), one)
    return list(kept.values())
