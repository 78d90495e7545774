"""Take numbers over from ccxt, whose own are floats.

The shortest text that reads back as the same float is what the exchange wrote, up to
fifteen digits; no price or size in use has more.
"""

from __future__ import annotations

from decimal import Decimal

from fks_desk.adapters.exchange.wire import exact


def exact_of(value: object, name: str) -> Decimal:
    """Return ccxt's number as it was written; raise ValueError if there is none."""
    return exact(repr(value) if isinstance(value, float) else value, name)


def exact_or_none(value: object, name: str) -> Decimal | None:
    """Return ccxt's number, or None where it has none."""
    return None if value is None else exact_of(value, name)
