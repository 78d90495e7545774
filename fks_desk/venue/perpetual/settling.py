"""Work out what an execution does to a position, to the last digit."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from typing import NamedTuple

from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.perpetual.records import PerpPosition, Terms

_EIGHT_PLACES = Decimal("0.00000001")


class Settled(NamedTuple):
    """Hold the position after an execution, and what the execution realised."""

    position: PerpPosition
    realised: Decimal


def settled(
    before: PerpPosition, signed: Decimal, price: Decimal, terms: Terms, moment_ms: int
) -> Settled:
    """Return what buying (or selling, if negative) so much at a price leaves behind.

    Rounding moves at most the last digit between what is realised now and what is
    realised later: the sum of both is exact.
    """
    if before.size * signed >= 0:
        return Settled(_opened(before, signed, price, terms, moment_ms), ZERO)
    closed = min(abs(signed), abs(before.size))
    is_whole = closed == abs(before.size)
    cost = before.cost if is_whole else _share(before.cost, closed, before.size)
    margin = before.isolated if is_whole else _share(before.isolated, closed, before.size)
    sign = 1 if before.size > 0 else -1
    left = PerpPosition(
        size=before.size - closed * sign,
        cost=before.cost - cost,
        isolated=before.isolated - margin,
        updated_ms=moment_ms,
    )
    rest = signed + closed * sign
    if rest:
        left = _opened(left, rest, price, terms, moment_ms)
    return Settled(left, price * closed * sign - cost)


def margin_for(size: Decimal, price: Decimal, leverage: int) -> Decimal:
    """Return the initial margin of so much at a price."""
    return (abs(size) * price / leverage).quantize(_EIGHT_PLACES, ROUND_UP)


def _opened(
    before: PerpPosition, signed: Decimal, price: Decimal, terms: Terms, moment_ms: int
) -> PerpPosition:
    margin = margin_for(signed, price, terms.leverage) if terms.is_isolated else ZERO
    return PerpPosition(
        size=before.size + signed,
        cost=before.cost + signed * price,
        isolated=before.isolated + margin,
        updated_ms=moment_ms,
    )


def _share(whole: Decimal, closed: Decimal, size: Decimal) -> Decimal:
    return (whole * closed / abs(size)).quantize(_EIGHT_PLACES, ROUND_HALF_EVEN)
