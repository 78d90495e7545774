"""Count down on the screen while an exchange wants to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.app.health import limits_health
from fks_desk.core.model import VenueId
from fks_desk.core.ports import Publish
from fks_desk.resilience.breaker import CircuitBreaker

Gates = Mapping[VenueId, tuple[Gate, CircuitBreaker]]

SECOND = 1.0


async def count_down(
    gates: Callable[[], Gates], publish: Publish, *, every_s: float = SECOND
) -> None:
    """Tell every second how long a pause still lasts, and once that it is over."""
    was_held = False
    while True:
        await asyncio.sleep(every_s)
        is_held = any(gate.held_s > 0 for gate, _breaker in gates().values())
        if is_held or was_held:
            publish(limits_health(gates()))
        was_held = is_held
