"""Write down what a scratch desk tells, and remember of it what its traders need."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.messages import (
    EngineReady,
    Event,
    HealthMoved,
    InstrumentsListed,
    MarketTraded,
    NoticeRaised,
    OrderDenied,
    OrderFilled,
    OrderMoved,
    Reconciled,
    TickerMoved,
    TradingStateMoved,
)
from fks_desk.core.model import ClientOrderId, Instrument, InstrumentId, OrderState

_RESTING = frozenset({OrderState.OPEN, OrderState.PARTIAL})


class History:
    """Write what happened, line by line, past every buffer of this process.

    What a line says was committed before it was written, so a kill takes back nothing
    of it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._clock = clock

    def note(self, what: str, **fields: Any) -> None:
        """Write one line."""
        line = {"ms": to_ms(self._clock.now()), "pid": os.getpid(), "what": what, **fields}
        os.write(self._file, json.dumps(line, default=str).encode() + b"\n")


class Listener:
    """Hear every event of the engine."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.prices: dict[InstrumentId, Decimal] = {}
        self.instruments: dict[InstrumentId, Instrument] = {}
        self.working: set[ClientOrderId] = set()
        self.state = ""
        self._handlers: dict[type[Event], Callable[[Any], None]] = {
            EngineReady: self._on_engine_ready,
            InstrumentsListed: self._on_instruments_listed,
            TickerMoved: self._on_ticker_moved,
            MarketTraded: self._on_market_traded,
            TradingStateMoved: self._on_trading_state_moved,
            OrderMoved: self._on_order_moved,
            OrderFilled: self._on_order_filled,
            OrderDenied: self._on_order_denied,
            HealthMoved: self._on_health_moved,
            NoticeRaised: self._on_notice_raised,
            Reconciled: self._on_reconciled,
        }

    def hear(self, event: Event) -> None:
        """Take an event, if it is of use."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    def _on_engine_ready(self, event: EngineReady) -> None:
        self.history.note("ready", seconds=event.seconds)

    def _on_instruments_listed(self, event: InstrumentsListed) -> None:
        self.instruments |= {one.id: one for one in event.instruments}

    def _on_ticker_moved(self, event: TickerMoved) -> None:
        self.prices[event.ticker.instrument] = event.ticker.last

    def _on_market_traded(self, event: MarketTraded) -> None:
        self.prices[event.trade.instrument] = event.trade.price

    def _on_trading_state_moved(self, event: TradingStateMoved) -> None:
        self.state = event.state.value
        self.history.note("state", state=event.state, reason=event.reason)

    def _on_order_moved(self, event: OrderMoved) -> None:
        order = event.order
        self.history.note(
            "order", id=order.client_id, state=order.state, filled=order.filled,
            venue_id=order.venue_order_id,
        )  # fmt: skip
        if order.state in _RESTING:
            self.working.add(order.client_id)
        else:
            self.working.discard(order.client_id)

    def _on_order_filled(self, event: OrderFilled) -> None:
        fill = event.fill
        self.history.note(
            "fill", id=fill.client_id, instrument=fill.instrument, trade=fill.trade_id,
            price=fill.price, size=fill.size, fee=fill.fee.amount,
        )  # fmt: skip

    def _on_order_denied(self, event: OrderDenied) -> None:
        self.history.note("denied", id=event.intent.client_id, code=event.code)

    def _on_health_moved(self, event: HealthMoved) -> None:
        self.history.note("health", part=event.part, state=event.state, detail=event.detail)

    def _on_notice_raised(self, event: NoticeRaised) -> None:
        self.history.note("notice", severity=event.severity, text=event.text)

    def _on_reconciled(self, event: Reconciled) -> None:
        if event.repairs:
            self.history.note("repaired", count=len(event.repairs), first=event.repairs[0])
