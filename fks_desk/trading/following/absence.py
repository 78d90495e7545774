"""Decide when the venue's silence on an order may count as its absence.

"Order not found" alone proves nothing: a venue answers queries from a database
that lags behind the engine that took the order. So the question has to be asked
several times over a whole minute, and every list must agree each time.
"""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.core.clock import Clock
from fks_desk.core.model import ClientOrderId
from fks_desk.trading.options import TradingOptions


@dataclass(slots=True, kw_only=True)
class _Case:
    opened: float
    last: float
    agreements: int = 0


class AbsenceCases:
    """Count full looks at an account that agree on not knowing an order."""

    def __init__(self, *, clock: Clock, options: TradingOptions) -> None:
        self._clock = clock
        self._options = options
        self._cases: dict[ClientOrderId, _Case] = {}

    def agree(self, client_id: ClientOrderId) -> str | None:
        """Count one more look; return the reason once there is enough evidence.

        Looks in quick succession count as one: they would see the same lag.
        """
        now = self._clock.monotonic()
        case = self._cases.get(client_id)
        if case is None:
            self._cases[client_id] = _Case(opened=now, last=now, agreements=1)
            return None
        if now - case.last >= self._options.absence_s / self._options.absence_agreements:
            case.agreements += 1
            case.last = now
        waited = now - case.opened
        if waited < self._options.absence_s or case.agreements < self._options.absence_agreements:
            return None
        return (
            f"the venue knows nothing of it: open orders, all orders and executions agreed "
            f"{case.agreements} times over {waited:.0f} s"
        )

    def close(self, client_id: ClientOrderId) -> None:
        """Forget a case, because the order showed up or is settled."""
        self._cases.pop(client_id, None)
