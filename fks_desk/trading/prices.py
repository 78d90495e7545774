"""Remember the last price of each instrument and when we learned of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import CandleMoved, MarketTraded, TickerMoved
from fks_desk.core.model import InstrumentId
from fks_desk.trading.case import LastPrice

Listener = Callable[[InstrumentId, Decimal], None]


class Prices:
    """Listen to the market; the age of a price counts on the monotonic clock.

    A venue's stamp says when it happened in the market's own time, which in a
    replay is years ago; how fresh our view is depends on when it came.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[InstrumentId, tuple[Decimal, float]] = {}
        self._listeners: list[Listener] = []

    def on_ticker(self, event: TickerMoved) -> None:
        """Take a quote's last price."""
        self._take(event.ticker.instrument, event.ticker.last)

    def on_trade(self, event: MarketTraded) -> None:
        """Take a public print's price."""
        self._take(event.trade.instrument, event.trade.price)

    def on_candle(self, event: CandleMoved) -> None:
        """Take the newest close of the candle in progress."""
        self._take(event.candle.instrument, event.candle.close)

    def forget(self) -> None:
        """Know no price any more: nobody can tell how old the last ones are."""
        self._last.clear()

    def listen(self, listener: Listener) -> None:
        """Tell of every price from now on."""
        self._listeners.append(listener)

    def last(self, instrument: InstrumentId) -> LastPrice | None:
        """Return the newest price, or None if none has come."""
        found = self._last.get(instrument)
        if found is None:
            return None
        price, at = found
        return LastPrice(price=price, age_s=Decimal(str(max(0.0, self._clock.monotonic() - at))))

    def _take(self, instrument: InstrumentId, price: Decimal) -> None:
        # A price that cannot be is no news; the age of the last good one tells on.
        if price.is_finite() and price > 0:
            self._last[instrument] = (price, self._clock.monotonic())
            for listener in self._listeners:
                listener(instrument, price)
