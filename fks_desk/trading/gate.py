"""Put each intent before the risk check, with the account as it stands right now."""

from __future__ import annotations

from collections import deque

from fks_desk.core.clock import Clock
from fks_desk.core.model import Account, OrderIntent
from fks_desk.trading.books.account import Instruments
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.exposure import Surroundings, measure
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.prices import Prices
from fks_desk.trading.risk import Refusal, RiskLimits, refusal

_MINUTE_S = 60.0


class RiskGate:
    """Refuse or pass, and count what passed.

    The minute is counted on the monotonic clock: a corrected wall clock opens no
    window again.
    """

    def __init__(
        self,
        *,
        account: Account,
        limits: RiskLimits,
        blotter: Blotter,
        standing: Standing,
        prices: Prices,
        instruments: Instruments,
        clock: Clock,
    ) -> None:
        self._account = account
        self._limits = limits
        self._blotter = blotter
        self._standing = standing
        self._prices = prices
        self._instruments = instruments
        self._clock = clock
        self._passed: deque[float] = deque()

    def check(self, intent: OrderIntent) -> Refusal | None:
        """Return the first reason to refuse, or None and count the order as sent."""
        if intent.account != self._account.id:
            return Refusal("ACCOUNT", f"this desk trades {self._account.id}, not {intent.account}")
        around = self.surroundings()
        found = refusal(
            intent,
            around.instruments.get(intent.instrument),
            self._limits,
            measure(self._blotter, intent, around),
        )
        if found is None:
            self._passed.append(self._clock.monotonic())
        return found

    def surroundings(self) -> Surroundings:
        """Return what a measurement needs beside the books."""
        return Surroundings(
            state=self._standing.state,
            instruments=self._instruments(),
            last=self._prices.last,
            reporting_currency=self._account.reporting_currency,
            orders_last_minute=self._last_minute(),
            market_buffer=self._limits.market_buffer,
        )

    def _last_minute(self) -> int:
        horizon = self._clock.monotonic() - _MINUTE_S
        while self._passed and self._passed[0] <= horizon:
            self._passed.popleft()
        return len(self._passed)
