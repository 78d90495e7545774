"""Decide what a question asks for, from the ideas in its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from fks_desk.intelligence.questions.concept import Concept


class Topic(StrEnum):
    """Name one kind of exact answer."""

    WHY_POSITION = auto()
    POSITION = auto()
    UNREALISED = auto()
    BALANCE = auto()
    OVERVIEW = auto()
    LAST_FILLS = auto()
    FIRST_FILLS = auto()
    LARGEST_FILLS = auto()
    SMALLEST_FILLS = auto()
    BEST_FILLS = auto()
    WORST_FILLS = auto()
    FILL_COUNT = auto()
    WIN_RATE = auto()
    FEES = auto()
    REALISED = auto()
    REALISED_BY_SYMBOL = auto()
    REALISED_BY_DAY = auto()
    VOLUME = auto()
    AVERAGE_PRICE = auto()
    OPEN_ORDERS = auto()
    FAILED_ORDERS = auto()
    LAST_ORDERS = auto()
    ORDER_COUNTS = auto()
    LAST_BACKTEST = auto()
    BEST_BACKTEST = auto()
    WORST_BACKTEST = auto()
    BACKTEST_COUNT = auto()
    LAST_SIGNAL = auto()
    SIGNAL_COUNTS = auto()
    PRICE_NOW = auto()
    PRICE_SPAN = auto()
    MARK_PRICE = auto()
    FUNDING_RATE = auto()
    FUNDING_PAID = auto()
    OPEN_INTEREST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Hold what is known of a question beside its words."""

    names_symbol: bool = False
    names_span: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """Lead to a topic if each group has one of its ideas and none is unwanted."""

    topic: Topic
    groups: tuple[frozenset[Concept], ...]
    unless: frozenset[Concept] = frozenset()
    needs_symbol: bool = False
    needs_span: bool = False

    def holds(self, ideas: frozenset[Concept], hints: Hints) -> bool:
        """Tell whether the rule fits."""
        if (self.needs_symbol and not hints.names_symbol) or (
            self.needs_span and not hints.names_span
        ):
            return False
        return not ideas & self.unless and all(ideas & group for group in self.groups)


def topics_of(ideas: frozenset[Concept], hints: Hints) -> tuple[Topic, ...]:
    """Return the topic that the first fitting rule names, or nothing."""
    for rule in _RULES:
        if rule.holds(ideas, hints):
            return (rule.topic,)
    return ()


def _all(*groups: Concept | tuple[Concept, ...]) -> tuple[frozenset[Concept], ...]:
    return tuple(frozenset(one if isinstance(one, tuple) else (one,)) for one in groups)


def _none(*ideas: Concept) -> frozenset[Concept]:
    return frozenset(ideas)


_HELD = (Concept.HOLD, Concept.POSITION, Concept.LONG, Concept.SHORT)
_MARKET = (Concept.PRICE, Concept.HIGH, Concept.LOW, Concept.CHANGE, Concept.VOLUME)
_TESTED = (Concept.BACKTEST, Concept.METRIC)

# The first rule that fits wins: the special ones stand before the general ones.
_RULES: tuple[_Rule, ...] = (
    _Rule(Topic.OPEN_INTEREST, _all(Concept.INTEREST)),
    _Rule(Topic.FUNDING_RATE, _all(Concept.FUNDING_RATE)),
    _Rule(Topic.FUNDING_PAID, _all(Concept.FUNDING, Concept.MINE)),
    _Rule(Topic.FUNDING_PAID, _all(Concept.FUNDING, Concept.PAID), _none(Concept.WHO)),
    _Rule(Topic.FUNDING_RATE, _all(Concept.FUNDING)),
    _Rule(Topic.MARK_PRICE, _all(Concept.MARK), _none(Concept.MINE)),
    _Rule(
        Topic.FAILED_ORDERS,
        _all(Concept.FAILED, (Concept.ORDER, Concept.WHY)),
        _none(Concept.COUNT),
    ),
    _Rule(
        Topic.BACKTEST_COUNT,
        _all(Concept.BACKTEST, Concept.COUNT),
        _none(Concept.LAST, Concept.BEST, Concept.WORST),
    ),
    _Rule(Topic.BEST_BACKTEST, _all(_TESTED, Concept.BEST), _none(Concept.LAST, Concept.WORST)),
    _Rule(Topic.WORST_BACKTEST, _all(_TESTED, (Concept.WORST, Concept.SMALL)), _none(Concept.LAST)),
    _Rule(Topic.BEST_BACKTEST, _all(_TESTED, (Concept.BEST, Concept.BIG)), _none(Concept.LAST)),
    _Rule(Topic.LAST_BACKTEST, _all(_TESTED)),
    _Rule(
        Topic.WORST_BACKTEST,
        _all(Concept.STRATEGY, (Concept.WORST, Concept.SMALL)),
        _none(Concept.SIGNAL, Concept.MINE),
    ),
    _Rule(
        Topic.BEST_BACKTEST,
        _all(Concept.STRATEGY, (Concept.BEST, Concept.BIG)),
        _none(Concept.SIGNAL, Concept.MINE),
    ),
    _Rule(Topic.SIGNAL_COUNTS, _all(Concept.SIGNAL, Concept.COUNT), _none(Concept.LAST)),
    _Rule(Topic.LAST_SIGNAL, _all(Concept.SIGNAL)),
    _Rule(
        Topic.WHY_POSITION,
        _all(Concept.WHY, (*_HELD, Concept.BUY, Concept.SELL, Concept.TRADE)),
        _none(Concept.FEE, Concept.RESULT),
    ),
    _Rule(
        Topic.WHY_POSITION,
        _all(Concept.WHY),
        _none(Concept.FEE, Concept.RESULT, Concept.ORDER, *_MARKET),
        needs_symbol=True,
    ),
    _Rule(Topic.WIN_RATE, _all(Concept.WIN_RATE)),
    _Rule(Topic.FEES, _all(Concept.FEE)),
    _Rule(
        Topic.ORDER_COUNTS, _all(Concept.ORDER, Concept.COUNT), _none(Concept.OPEN, Concept.RESTING)
    ),
    _Rule(Topic.OPEN_ORDERS, _all(Concept.ORDER, (Concept.OPEN, Concept.RESTING))),
    _Rule(Topic.OPEN_ORDERS, _all(Concept.RESTING), _none(Concept.RESULT)),
    # "My stop price" asks for the order that waits, not for the market's price.
    _Rule(Topic.OPEN_ORDERS, _all(Concept.EXIT_ORDER), _none(Concept.WHY, Concept.COUNT)),
    _Rule(
        Topic.OPEN_ORDERS,
        _all(Concept.EXIT),
        _none(Concept.WHY, Concept.COUNT, Concept.LAST, Concept.RESULT, Concept.WORST),
    ),
    _Rule(Topic.UNREALISED, _all(Concept.UNREALISED)),
    _Rule(
        Topic.UNREALISED,
        _all(
            Concept.RESULT,
            (Concept.HOLD, Concept.POSITION, Concept.LONG, Concept.SHORT),
            (Concept.NOW, Concept.OPEN),
        ),
    ),
    _Rule(
        Topic.VOLUME,
        _all(Concept.VOLUME, (Concept.MINE, Concept.WHICH_SYMBOL)),
        _none(Concept.BEST, Concept.WORST),
    ),
    _Rule(
        Topic.REALISED_BY_DAY,
        _all(Concept.DAY, (Concept.RESULT, Concept.BEST, Concept.WORST, Concept.REALISED)),
    ),
    _Rule(
        Topic.REALISED_BY_SYMBOL,
        _all(Concept.WHICH_SYMBOL, (Concept.RESULT, Concept.BEST, Concept.WORST, Concept.REALISED)),
    ),
    _Rule(
        Topic.PRICE_SPAN,
        _all(_MARKET),
        _none(Concept.MINE, Concept.ORDER),
        needs_symbol=True,
        needs_span=True,
    ),
    _Rule(
        Topic.PRICE_NOW,
        _all(Concept.PRICE, Concept.NOW),
        _none(Concept.MINE, Concept.ORDER, Concept.CHANGE, Concept.VOLUME),
        needs_symbol=True,
    ),
    _Rule(
        Topic.PRICE_SPAN,
        _all((Concept.HIGH, Concept.LOW, Concept.CHANGE, Concept.VOLUME)),
        _none(Concept.MINE, Concept.ORDER, Concept.TRADE),
        needs_symbol=True,
    ),
    _Rule(
        Topic.PRICE_NOW,
        _all(Concept.PRICE),
        _none(Concept.MINE, Concept.ORDER, Concept.AVERAGE),
        needs_symbol=True,
    ),
    _Rule(
        Topic.UNREALISED,
        _all(
            Concept.PRICE,
            Concept.MINE,
            (Concept.HOLD, Concept.POSITION, Concept.LONG, Concept.SHORT),
        ),
        _none(Concept.ENTRY, Concept.AVERAGE),
    ),
    _Rule(Topic.WORST_FILLS, _all(Concept.WORST), _none(Concept.ORDER)),
    _Rule(Topic.BEST_FILLS, _all(Concept.BEST), _none(Concept.ORDER)),
    _Rule(Topic.LARGEST_FILLS, _all(Concept.BIG, Concept.TRADE)),
    _Rule(Topic.SMALLEST_FILLS, _all(Concept.SMALL, Concept.TRADE)),
    _Rule(
        Topic.FIRST_FILLS,
        _all(Concept.FIRST, (Concept.TRADE, Concept.BUY, Concept.SELL, Concept.MINE)),
    ),
    _Rule(
        Topic.LAST_ORDERS,
        _all(Concept.ORDER, (Concept.LAST, Concept.WHO, Concept.HISTORY, Concept.FIRST)),
    ),
    _Rule(Topic.FILL_COUNT, _all(Concept.COUNT, Concept.TRADE), _none(Concept.BALANCE)),
    _Rule(Topic.LAST_FILLS, _all(Concept.LAST, Concept.TRADE)),
    _Rule(
        Topic.AVERAGE_PRICE,
        _all(
            (Concept.AVERAGE, Concept.ENTRY),
            (Concept.PRICE, Concept.ENTRY, Concept.BUY, Concept.SELL, Concept.TRADE, *_HELD),
        ),
    ),
    _Rule(Topic.UNREALISED, _all(Concept.WELL, Concept.POSITION)),
    _Rule(Topic.OVERVIEW, _all(Concept.WELL), _none(Concept.POSITION)),
    _Rule(
        Topic.UNREALISED,
        _all(Concept.RESULT, Concept.POSITION),
        _none(Concept.REALISED, Concept.CLOSED),
    ),
    _Rule(Topic.REALISED, _all((Concept.RESULT, Concept.REALISED))),
    _Rule(Topic.BALANCE, _all(Concept.BALANCE)),
    _Rule(Topic.LAST_SIGNAL, _all(Concept.STRATEGY)),
    _Rule(Topic.POSITION, _all(_HELD)),
    _Rule(Topic.LAST_ORDERS, _all(Concept.ORDER)),
    _Rule(Topic.LAST_FILLS, _all(Concept.TRADE)),
    _Rule(
        Topic.PRICE_SPAN,
        _all((Concept.HIGH, Concept.LOW, Concept.CHANGE, Concept.VOLUME)),
        _none(Concept.MINE),
    ),
    _Rule(Topic.PRICE_NOW, _all(Concept.PRICE)),
    _Rule(Topic.PRICE_SPAN, _all(), needs_symbol=True, needs_span=True),
)
