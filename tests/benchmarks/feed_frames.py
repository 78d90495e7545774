"""Make the frames that feed readers are compared on: one busy symbol, all kinds mixed.

Six of ten are aggregate trades, a quarter are book changes of 5 to 35 levels a side (one
level in five is removed), the rest are states of the one-minute bar. Bids stay below the
middle and asks above, so that the book is a few thousand levels wide and never crossed.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

START_MS = 1_700_000_000_000
MIDDLE = 60_000.0
FIRST_UPDATE = 1000


@dataclass
class Tape:
    """Draw frames one after the other; the same seed draws the same."""

    seed: int = 7
    price: float = MIDDLE
    moment: int = START_MS
    update: int = FIRST_UPDATE
    count: int = 0
    bar: list[float] = field(default_factory=lambda: [MIDDLE] * 3 + [0.0])
    opened: int = START_MS // 60_000 * 60_000

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def frame(self) -> str:
        dice = self.dice
        self.count += 1
        self.moment += dice.randint(0, 40)
        pull = (MIDDLE - self.price) * 0.002
        self.price = round(self.price + pull + dice.gauss(0, 0.6), 1)
        size = abs(dice.gauss(0, 0.2)) + 1e-5
        self._grow(size)
        kind = dice.random()
        if kind < 0.6:
            return self._wrapped("btcusdt@aggTrade", self._print(size))
        if kind < 0.75:
            return self._wrapped("btcusdt@kline_1m", self._kline())
        return self._wrapped("btcusdt@depth@100ms", self._change())

    def _grow(self, size: float) -> None:
        opened = self.moment // 60_000 * 60_000
        if opened != self.opened:
            self.opened, self.bar = opened, [self.price, self.price, self.price, 0.0]
        start, high, low, volume = self.bar
        self.bar = [start, max(high, self.price), min(low, self.price), volume + size]

    def _wrapped(self, stream: str, data: dict) -> str:
        return json.dumps({"stream": stream, "data": data}, separators=(",", ":"))

    def _print(self, size: float) -> dict:
        number = self.count
        return {
            "e": "aggTrade", "E": self.moment, "s": "BTCUSDT", "a": number,
            "p": _text(self.price), "q": _text(size), "f": number, "l": number,
            "T": self.moment - 1, "m": self.dice.random() < 0.5, "M": True,
        }  # fmt: skip

    def _kline(self) -> dict:
        start, high, low, volume = self.bar
        bar = {
            "t": self.opened, "T": self.opened + 59_999, "s": "BTCUSDT", "i": "1m",
            "f": self.count, "L": self.count + 5, "o": _text(start), "c": _text(self.price),
            "h": _text(high), "l": _text(low), "v": _text(volume), "n": 16,
            "x": self.dice.random() < 0.01, "q": _text(volume * self.price),
            "V": _text(volume / 2), "Q": _text(volume * self.price / 2), "B": "0",
        }  # fmt: skip
        return {"e": "kline", "E": self.moment, "s": "BTCUSDT", "k": bar}

    def _change(self) -> dict:
        first = self.update + 1
        self.update += self.dice.randint(1, 40)
        return {
            "e": "depthUpdate", "E": self.moment, "s": "BTCUSDT", "U": first, "u": self.update,
            "b": self._levels(-1), "a": self._levels(1),
        }  # fmt: skip

    def _levels(self, sign: int) -> list[list[str]]:
        dice, rows = self.dice, []
        for _ in range(dice.randint(5, 35)):
            away = 0.1 + 0.1 * int(dice.expovariate(1 / 300))
            size = 0.0 if dice.random() < 0.2 else abs(dice.gauss(0, 1)) + 1e-5
            rows.append([_text(round(MIDDLE + sign * away, 1)), _text(size)])
        return rows


def mixed_frames(count: int) -> list[str]:
    """Return so many frames; the first change follows update `FIRST_UPDATE`."""
    tape = Tape()
    return [tape.frame() for _ in range(count)]


def _text(number: float) -> str:
    return f"{number:.8f}"
