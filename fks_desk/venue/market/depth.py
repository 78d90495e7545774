"""Lay synthetic orders around the last price, the same for the same price and turn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import BookLevel, Instrument

LEVELS = 50
_HALF_SPREAD = 0.000_02  # of the price
_GAP = 0.000_03  # between levels, of the price
_FIRST_NOTIONAL = 2_500.0  # quote currency that the first level holds on average
_GROWTH = 1.18
_MIX = 0x9E37_79B9_7F4A_7C15
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class DepthSide:
    """Hold one side as whole ticks and lots, best first."""

    ticks: tuple[int, ...]
    lots: tuple[int, ...]

    def levels(self, instrument: Instrument) -> list[BookLevel]:
        """Return the side as prices and sizes."""
        return [
            BookLevel(price=Decimal(tick) * instrument.tick, size=Decimal(lot) * instrument.lot)
            for tick, lot in zip(self.ticks, self.lots, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Depth:
    """Hold both sides of a synthetic book."""

    bids: DepthSide
    asks: DepthSide


def depth_around(last: int, instrument: Instrument, turn: int) -> Depth:
    """Return the book around a last price in ticks; each turn an eighth of the sizes changes."""
    half = max(1, round(last * _HALF_SPREAD))
    gap = max(1, round(last * _GAP))
    lot_value = last * float(instrument.tick) * float(instrument.lot)
    return Depth(
        bids=_side(last - half, -gap, lot_value, turn),
        asks=_side(last + half, gap, lot_value, turn),
    )


def _side(best: int, step: int, lot_value: float, turn: int) -> DepthSide:
    ticks = tuple(tick for tick in range(best, best + step * LEVELS, step) if tick > 0)
    lots = []
    for rank, tick in enumerate(ticks):
        chance = _chance(tick, (turn + tick) // 8)
        notional = _FIRST_NOTIONAL * min(_GROWTH**rank, 60.0) * (0.3 + 1.4 * chance)
        lots.append(max(1, int(notional / lot_value)))
    return DepthSide(ticks, tuple(lots))


def _chance(tick: int, turn: int) -> float:
    """Return a fraction from 0 to 1 that looks random and depends on the arguments alone."""
    mixed = (tick * _MIX + turn * 0xBF58_476D_1CE4_E5B9) & _MASK
    mixed ^= mixed >> 31
    mixed = mixed * _MIX & _MASK
    return (mixed >> 11) / (1 << 53)
