"""Name the ideas that many words express."""

from __future__ import annotations

from enum import StrEnum, auto


class Concept(StrEnum):
    """Name an idea that many words express."""

    WHY = auto()
    HOLD = auto()
    POSITION = auto()
    LONG = auto()
    SHORT = auto()
    FEE = auto()
    RESULT = auto()
    REALISED = auto()
    UNREALISED = auto()
    COUNT = auto()
    TRADE = auto()
    ORDER = auto()
    OPEN = auto()
    RESTING = auto()
    CLOSED = auto()
    LAST = auto()
    FIRST = auto()
    BIG = auto()
    SMALL = auto()
    WORST = auto()
    BEST = auto()
    WIN_RATE = auto()
    BALANCE = auto()
    BACKTEST = auto()
    METRIC = auto()
    SIGNAL = auto()
    STRATEGY = auto()
    PRICE = auto()
    HIGH = auto()
    LOW = auto()
    CHANGE = auto()
    VOLUME = auto()
    AVERAGE = auto()
    ENTRY = auto()
    WHICH_SYMBOL = auto()
    DAY = auto()
    BUY = auto()
    SELL = auto()
    HISTORY = auto()
    FAILED = auto()
    WHO = auto()
    NOW = auto()
    MINE = auto()
    WELL = auto()
