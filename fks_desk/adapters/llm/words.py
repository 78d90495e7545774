"""Turn texts into vectors without any model: hashed words and pieces of words."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

DIMENSION = 384
MODEL = "fks-words-1"  # a new name for every change of the method: vectors never mix
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_PIECE = 4
_WORD_WEIGHT, _PIECE_WEIGHT, _NUMBER_WEIGHT = 1.0, 0.35, 0.5
# These stand in every sentence and so tell nothing apart.
_EMPTY = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "did", "do", "does", "for", "from"),
        *("had", "has", "have", "how", "i", "in", "is", "it", "its", "me", "much", "my", "of"),
        *("on", "or", "so", "that", "the", "this", "to", "was", "were", "what", "which", "with"),
    }
)
# Several words of a trader for one thing meet in one of them.
_SAME = {
    "bitcoin": "btc", "ethereum": "eth", "ether": "eth", "cardano": "ada", "solana": "sol",
    "purchase": "buy", "purchased": "buy", "bought": "buy", "buying": "buy", "sold": "sell",
    "selling": "sell", "sale": "sell", "execution": "trade", "executions": "trade",
    "fill": "trade", "fills": "trade", "filled": "trade", "trades": "trade", "deal": "trade",
    "transaction": "trade", "commission": "fee", "commissions": "fee", "fees": "fee",
    "charge": "fee", "charges": "fee", "holding": "position", "holdings": "position",
    "exposure": "position", "positions": "position", "cash": "balance", "funds": "balance",
    "wallet": "balance", "balances": "balance", "simulation": "backtest",
    "backtests": "backtest", "orders": "order", "signals": "signal", "signalled": "signal",
    "lost": "loss", "losses": "loss", "profits": "profit", "gain": "profit", "gains": "profit",
    "prices": "price", "dip": "low", "top": "high", "peak": "high", "cancelled": "canceled",
}  # fmt: skip


class WordEmbedder:
    """Embed texts the same way on every machine, at tens of thousands of words a second.

    Each word and each of its pieces of four letters adds to two of the vector's
    places, with a sign, both chosen by a fixed hash (feature hashing, Weinberger
    and others, 2009). Repeated words count by the root of their number.
    """

    model = MODEL
    dimension = DIMENSION

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one unit vector per text."""
        return await asyncio.to_thread(lambda: [vector(text) for text in texts])


def vector(text: str) -> list[float]:
    """Return the unit vector of a text; one without any word points along the first axis."""
    total = np.zeros(DIMENSION, dtype=np.float64)
    for feature, count in Counter(_features(text)).items():
        weight = _weight(feature) * float(np.sqrt(count))
        for place, sign in _places(feature):
            total[place] += sign * weight
    length = float(np.linalg.norm(total))
    if length == 0.0:
        total[0] = length = 1.0
    found: list[float] = (total / length).tolist()
    return found


def _features(text: str) -> Iterator[str]:
    for found in _WORD.findall(text.lower()):
        if found in _EMPTY:
            continue
        word = _SAME.get(found, found)
        yield word
        if word.isalpha() and len(word) > _PIECE:
            padded = f"<{word}>"
            for start in range(len(padded) - _PIECE + 1):
                yield f"#{padded[start : start + _PIECE]}"


def _weight(feature: str) -> float:
    if feature.startswith("#"):
        return _PIECE_WEIGHT
    return _WORD_WEIGHT if feature.isalpha() else _NUMBER_WEIGHT


@lru_cache(maxsize=50_000)
def _places(feature: str) -> tuple[tuple[int, float], ...]:
    mark = feature.encode()
    hashes = (zlib.crc32(mark), zlib.crc32(mark, 0x9E3779B9))
    return tuple((one % DIMENSION, 1.0 if one & 0x80000000 else -1.0) for one in hashes)
