"""Put each intent before the risk check, with the account as it stands right now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.model import Account, Order, OrderIntent, TradingState
from fks_desk.trading.books.account import Instruments
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.case import Refusal
from fks_desk.trading.exposure import Surroundings, equity, measure, rate
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.prices import Prices
from fks_desk.trading.risk import is_reducing, refusal

_MINUTE_S = 60.0


class RiskGate:
    """Refuse or pass, and count what passed.

    `beat` is called first of all: it notices a sleep from before which everything is.

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
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._account = account
        self._limits = limits
        self._blotter = blotter
        self._standing = standing
        self._prices = prices
        self._instruments = instruments
        self._clock = clock
        self._beat = beat
        self._passed: deque[float] = deque()
        self._equity: Decimal | None = None

    def check(self, intent: OrderIntent) -> Refusal | None:
        """Return the first reason to refuse, or None and count the order as sent."""
        self._beat()
        if intent.account != self._account.id:
            return Refusal("ACCOUNT", f"this desk trades {self._account.id}, not {intent.account}")
        if intent.terms.exits is not None:
            # Only a share of today's worth may be lost; the last count may be seconds old.
            self.value()
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

    def is_reducing(self, intent: OrderIntent) -> bool:
        """Tell whether an intent can only bring its position nearer to zero."""
        around = self.surroundings()
        instrument = around.instruments.get(intent.instrument)
        if instrument is None:
            return False
        exposure = measure(self._blotter, intent, around)
        return is_reducing(intent, instrument, self._limits, exposure)

    def stop(self, orders: Sequence[Order], instead_of: Order | None = None) -> Refusal | None:
        """Return why committed orders must stay at home after all, or None.

        Writing them down took a while, in which somebody may have halted the desk or
        the private stream may have gone.
        """
        self._beat()
        state = self._standing.state
        if state is TradingState.ACTIVE:
            return None
        leaving = (*orders, *(() if instead_of is None else (instead_of,)))
        with self._blotter.as_if_ended(leaving):
            if all(self.is_reducing(order.intent) for order in orders):
                return None
        why = f" because {self._standing.reason}" if self._standing.reason else ""
        return Refusal(state.name, f"never sent: trading became {state}{why} meanwhile")

    def surroundings(self) -> Surroundings:
        """Return what a measurement needs beside the books."""
        return Surroundings(
            state=self._standing.state,
            instruments=self._instruments(),
            last=self._prices.last,
            reporting_currency=self._account.reporting_currency,
            orders_last_minute=self._last_minute(),
            market_buffer=self._limits.market_buffer,
            equity=self._equity,
            lock=self._lock(),
            why=self._standing.reason,
        )

    def value(self) -> Decimal | None:
        """Return what the account is worth now, and count with it from here on."""
        self._equity = equity(self._blotter, self.surroundings())
        return self._equity

    def price(self, currency: str) -> Decimal | None:
        """Return the price of one unit of a currency in the reporting currency, if known."""
        return rate(currency, self.surroundings())

    def _lock(self) -> Refusal | None:
        lock = self._standing.lock
        return None if lock is None else Refusal(lock.code, lock.reason)

    def _last_minute(self) -> int:
        horizon = self._clock.monotonic() - _MINUTE_S
        while self._passed and self._passed[0] <= horizon:
            self._passed.popleft()
        return len(self._passed)
