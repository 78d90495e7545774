"""Guess the topic of a question that no rule knows, from the likeness to known ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fks_desk.core.ports import Embedder
from fks_desk.intelligence.questions.topics import Topic

# Below this the nearest example is no nearer than chance; found on wordings that the
# rules were not written for.
LEAST_LIKENESS = 0.5

EXAMPLES: Mapping[Topic, tuple[str, ...]] = {
    Topic.WHY_POSITION: (
        "Why am I long?",
        "What is the reason for my position?",
        "How did I get into this position?",
    ),
    Topic.POSITION: (
        "What is my position?",
        "How much of the coin do I hold?",
        "Which positions are open?",
    ),
    Topic.UNREALISED: (
        "What is my unrealised profit?",
        "How much would I gain or lose if I closed my position now?",
        "What is my position worth now?",
    ),
    Topic.BALANCE: (
        "What is my balance?",
        "How much cash do I have available?",
        "What funds are in my account?",
    ),
    Topic.OVERVIEW: ("How am I doing overall?", "Summarise my account."),
    Topic.LAST_FILLS: (
        "What was my last trade?",
        "What did I buy or sell most recently?",
        "List my recent trades.",
    ),
    Topic.FIRST_FILLS: ("What was my first trade?",),
    Topic.LARGEST_FILLS: ("What was my biggest trade by value?",),
    Topic.BEST_FILLS: ("Which trade made the most profit?", "What was my best trade?"),
    Topic.WORST_FILLS: ("Which trade lost the most?", "What was my worst trade?"),
    Topic.FILL_COUNT: ("How many trades did I make?",),
    Topic.WIN_RATE: ("What is my win rate?", "What share of my trades won?"),
    Topic.FEES: ("How much did I pay in fees?", "What did the exchange charge me?"),
    Topic.REALISED: ("What is my realised profit and loss?", "How much money did I make?"),
    Topic.REALISED_BY_SYMBOL: ("Which coin made me the most money?", "Profit by symbol."),
    Topic.REALISED_BY_DAY: ("Which day was my best?", "Profit per day."),
    Topic.VOLUME: ("Which coin did I trade the most?", "What is my trading volume?"),
    Topic.AVERAGE_PRICE: ("What is my average entry price?", "What price did I pay on average?"),
    Topic.OPEN_ORDERS: ("Which orders are open?", "What is waiting in the order book?"),
    Topic.FAILED_ORDERS: ("Which orders were canceled or rejected?",),
    Topic.LAST_ORDERS: ("What was my last order?", "Who placed this order?"),
    Topic.ORDER_COUNTS: ("How many orders did I place?",),
    Topic.LAST_BACKTEST: ("How did the last backtest do?", "Sharpe ratio of the backtest."),
    Topic.BEST_BACKTEST: ("Which backtest was the best?",),
    Topic.WORST_BACKTEST: ("Which backtest was the worst?",),
    Topic.LAST_SIGNAL: ("What was the last signal?", "What does the strategy say?"),
    Topic.SIGNAL_COUNTS: ("How many signals were there?",),
    Topic.PRICE_NOW: ("What is the price now?", "What is the coin trading at?"),
    Topic.PRICE_SPAN: (
        "How much did the price move?",
        "What was the high and the low of the day?",
        "How did the coin perform this week?",
    ),
    Topic.MARK_PRICE: ("What is the mark price of the perpetual?",),
    Topic.FUNDING_RATE: ("What is the funding rate?", "Do longs pay shorts?"),
    Topic.FUNDING_PAID: ("How much funding did I pay?",),
    Topic.OPEN_INTEREST: ("How high is the open interest?",),
}


class Examples:
    """Compare a question with every example; their vectors are made once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: list[tuple[Topic, Sequence[float]]] = []

    async def nearest(self, text: str) -> tuple[Topic, float]:
        """Return the topic of the nearest example and their likeness, at most 1."""
        if not self._vectors:
            pairs = [(topic, one) for topic, ones in EXAMPLES.items() for one in ones]
            vectors = await self._embedder.embed([one for _, one in pairs])
            self._vectors = [
                (topic, vector) for (topic, _), vector in zip(pairs, vectors, strict=True)
            ]
        (asked,) = await self._embedder.embed([text])
        return max(
            ((topic, _likeness(asked, vector)) for topic, vector in self._vectors),
            key=lambda pair: pair[1],
        )


def _likeness(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
