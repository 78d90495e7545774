"""Know what a trader has at stake on the chart's instrument: orders, fills, position, tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import to_ms
from fks_desk.core.messages import (
    BacktestReport,
    BacktestTrade,
    EngineReady,
    OrderFilled,
    OrderMoved,
    PositionMoved,
    SignalRaised,
)
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    Position,
    Side,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import SignalStore, TradingReader
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.chart_signals import ChartSignals
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.points import Marks


class ChartMarks(QObject):
    """Follow one instrument: an account's orders, fills and position, signals, a backtest."""

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self,
        *,
        trading: TradingReader,
        nursery: Nursery,
        signals: SignalStore | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._trading = trading
        self._loader = Loader(nursery, self.failed.emit)
        # A loader serves its newest wish alone, so each kind has its own.
        self.signals = ChartSignals(
            store=signals,
            loader=Loader(nursery, self.failed.emit),
            changed=self.changed.emit,
        )
        self._account: AccountId | None = None
        self._instrument: InstrumentId | None = None
        self._report: BacktestReport | None = None
        self._orders: dict[ClientOrderId, Order] = {}
        self._told: set[ClientOrderId] = set()
        self._fills: dict[tuple[object, ...], Fill] = {}
        self._position: Position | None = None
        self._position_told = False
        self._fill_marks = Marks.of([])
        self.entries = self.exits = Marks.of([])
        self.won = np.empty(0, dtype=bool)

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the orders that may still fill."""
        return tuple(self._orders.values())

    @property
    def fills(self) -> Marks:
        """Return our fills."""
        return self._fill_marks

    @property
    def position(self) -> Position | None:
        """Return what is held, or None when flat."""
        return self._position

    @property
    def trades(self) -> tuple[BacktestTrade, ...]:
        """Return the trades of the backtest on show, if it is of this instrument."""
        report = self._report
        if report is None or report.spec.instrument != self._instrument:
            return ()
        return report.trades

    def fill(self, key: object) -> Fill | None:
        """Return the fill behind a mark."""
        return self._fills.get(key)  # type: ignore[call-overload,no-any-return]  # others are not found

    def trade(self, key: object) -> BacktestTrade | None:
        """Return the trade of a backtest behind a mark, counted from 1."""
        trades = self.trades
        return trades[key - 1] if isinstance(key, int) and 0 < key <= len(trades) else None

    def listen(self, bridge: Bridge) -> tuple[Callable[[], None], ...]:
        """Hear what moves orders and positions; call what is returned to hear no more."""
        return (
            bridge.subscribe(OrderMoved, self.on_order_moved),
            bridge.subscribe(OrderFilled, self.on_order_filled),
            bridge.subscribe(PositionMoved, self.on_position_moved),
            bridge.subscribe(SignalRaised, self.signals.on_signal_raised),
            # What reconciliation found at the venue is stored by then.
            bridge.subscribe(EngineReady, lambda _event: self.load()),
        )

    def follow(self, account: AccountId | None, instrument: InstrumentId | None) -> None:
        """Show the marks of this account on this instrument."""
        if (account, instrument) == (self._account, self._instrument):
            return
        self._account, self._instrument = account, instrument
        self._mark_trades()
        self.load()

    def load(self) -> None:
        """Read what is stored, anew."""
        account, instrument = self._account, self._instrument
        self._forget()
        self.signals.load(instrument)
        self.changed.emit()
        if account is not None and instrument is not None:
            self._loader.start(lambda: self._read(account, instrument), name="read chart marks")

    def show_backtest(self, report: BacktestReport | None) -> None:
        """Mark the trades of a backtest, or none."""
        self._report = report
        self._mark_trades()
        self.changed.emit()

    def on_order_moved(self, event: OrderMoved) -> None:
        """Draw, move or take away an order's line."""
        if self._is_ours(event.order.intent.account, event.order.intent.instrument):
            self._put_order(event.order)
            self.changed.emit()

    def on_order_filled(self, event: OrderFilled) -> None:
        """Mark a fill, once."""
        if self._is_ours(event.fill.account, event.fill.instrument):
            self._put_order(event.order)
            self._fills[event.fill.key] = event.fill
            self._mark_fills()
            self.changed.emit()

    def on_position_moved(self, event: PositionMoved) -> None:
        """Move the line of the average price."""
        if self._is_ours(event.position.account, event.position.instrument):
            self._put_position(event.position)
            self.changed.emit()

    async def _read(self, account: AccountId, instrument: InstrumentId) -> None:
        orders = await self._trading.orders(account)
        fills = await self._trading.fills(account, instrument)
        positions = await self._trading.positions(account)
        if not self._is_ours(account, instrument):
            return
        for order in orders:
            # An event may have come while we read, and it knows better.
            if order.intent.instrument == instrument and order.client_id not in self._told:
                self._put_order(order)
        for fill in fills:
            self._fills.setdefault(fill.key, fill)
        self._mark_fills()
        for position in positions:
            if position.instrument == instrument and not self._position_told:
                self._put_position(position)
        self.changed.emit()

    def _forget(self) -> None:
        self._orders.clear()
        self._told.clear()
        self._fills.clear()
        self._position, self._position_told = None, False
        self._mark_fills()

    def _is_ours(self, account: AccountId, instrument: InstrumentId) -> bool:
        return account == self._account and instrument == self._instrument

    def _put_order(self, order: Order) -> None:
        self._told.add(order.client_id)
        if order.state in OPEN_STATES and _has_a_place(order):
            self._orders[order.client_id] = order
        else:
            self._orders.pop(order.client_id, None)

    def _put_position(self, position: Position) -> None:
        self._position_told = True
        self._position = position if position.size != 0 else None

    def _mark_fills(self) -> None:
        self._fill_marks = Marks.of(
            [
                (to_ms(fill.ts_event), float(fill.price), 1 if fill.side is Side.BUY else -1)
                for fill in self._fills.values()
            ],
            list(self._fills),
        )

    def _mark_trades(self) -> None:
        numbered = sorted(enumerate(self.trades, start=1), key=lambda pair: pair[1].entry_time)
        keys = [number for number, _ in numbered]
        pairs = [(one, 1 if one.side in {"buy", "long"} else -1) for _, one in numbered]
        self.entries = Marks.in_order([(t.entry_time, t.entry_price, s) for t, s in pairs], keys)
        self.exits = Marks.in_order([(t.exit_time, t.exit_price, -s) for t, s in pairs], keys)
        self.won = np.array([one.pnl >= 0 for _, one in numbered], dtype=bool)


def _has_a_place(order: Order) -> bool:
    """Tell whether an order waits at a price of its own."""
    intent = order.intent
    return intent.limit_price is not None or intent.terms.trigger_price is not None
