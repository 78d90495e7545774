"""Decide what the order table shows and which orders can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.desk_messages import AmendOrder, DecideOrder, Verdict
from fks_desk.core.messages import (
    CancelAllOrders,
    CancelOrder,
    EngineReady,
    OrderDenied,
    OrderFilled,
    OrderMoved,
)
from fks_desk.core.model import (
    Account,
    ClientOrderId,
    Instrument,
    Order,
    OrderState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import Send, TradingReader
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """Hold an order with its instrument's steps."""

    order: Order
    instrument: Instrument | None

    @property
    def key(self) -> ClientOrderId:
        """Return what names the line."""
        return self.order.client_id

    @property
    def created(self) -> datetime:
        """Return when the order was wished for: the table's order."""
        return self.order.intent.created

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.order.intent.instrument.split(":", 2)[2]

    @property
    def is_open(self) -> bool:
        """Tell whether the order may still fill."""
        return self.order.state in OPEN_STATES


class OrdersModel(QObject):
    """Keep one account's orders and take them back on demand."""

    rows_changed = Signal(object)  # list[OrderRow]
    open_count_changed = Signal(object)  # int
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._trading = trading
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self._orders: dict[ClientOrderId, Order] = {}
        self._canceling: set[ClientOrderId] = set()  # what the notice tells of
        market.instruments_changed.connect(self._tell_all)

    def listen(self, bridge: Bridge) -> None:
        """Hear what becomes of orders."""
        bridge.subscribe(OrderMoved, lambda event: self.on_order(event.order))
        bridge.subscribe(OrderFilled, lambda event: self.on_order(event.order))
        bridge.subscribe(OrderDenied, self.on_order_denied)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest orders."""
        self._loader.start(self._load, name="read orders")

    @property
    def open_count(self) -> int:
        """Return how many orders may still fill."""
        return sum(order.state in OPEN_STATES for order in self._orders.values())

    def cancel(self, row: OrderRow | None) -> None:
        """Take an order back, or say why it cannot be."""
        if row is None:
            self.notice_changed.emit(tr("Choose an order to cancel with the arrow keys."))
        elif not row.is_open:
            state = row.order.state.value.replace("_", " ")
            self.notice_changed.emit(tr("That order is {state} already.", state=state))
        elif row.order.state is OrderState.CANCEL_PENDING:
            self.notice_changed.emit(tr("That order is being canceled."))
        else:
            self.notice_changed.emit(tr("Canceling {symbol} …", symbol=row.symbol))
            self._canceling = {row.key}
            self._send(CancelOrder(account=self._account.id, client_id=row.key))

    def cancel_all(self) -> None:
        """Take every open order of the account back."""
        count = self.open_count
        if count == 0:
            self.notice_changed.emit(tr("There is no open order to cancel."))
            return
        self.notice_changed.emit(tr("Canceling {count} open orders …", count=count))
        self._canceling = {key for key, order in self._orders.items() if order.state in OPEN_STATES}
        # Sent even where this list might lag behind: the desk knows every open order.
        self._send(CancelAllOrders(account=self._account.id))

    def amend_text(self, row: OrderRow) -> str:
        """Return an order's numbers as a person would change them: size @ price."""
        intent = row.order.intent
        price = intent.limit_price or intent.terms.trigger_price
        size = fmt.editable(intent.size)
        return size if price is None else f"{size} @ {fmt.editable(price)}"

    def amend(self, row: OrderRow, text: str) -> None:
        """Change an order to the typed numbers, or say what is wrong with them."""
        size_text, at, price_text = text.partition("@")
        numbers: list[Decimal | None] = []
        for typed, title in ((size_text, tr("The size")), (price_text, tr("The price"))):
            number = read_number(typed, "amend", title) if typed.strip() else None
            if isinstance(number, Refusal):
                self.notice_changed.emit(number.text)
                return
            numbers.append(number)
        size, price = numbers
        is_limit = row.order.intent.kind.has_limit
        if at and row.instrument is not None and price is not None:
            price = max(row.instrument.tick, row.instrument.snap_price(price))
        self.notice_changed.emit(tr("Changing {symbol} …", symbol=row.symbol))
        self._send(
            AmendOrder(
                account=self._account.id,
                client_id=row.key,
                size=size,
                limit_price=price if is_limit else None,
                trigger_price=None if is_limit else price,
            )
        )

    def decide(self, row: OrderRow | None, verdict: Verdict, note: str) -> None:
        """Record what a person found out about an order in doubt."""
        if row is None or row.order.state is not OrderState.UNKNOWN:
            self.notice_changed.emit(tr("Choose an order whose state is unknown."))
            return
        self._send(
            DecideOrder(
                account=self._account.id, client_id=row.key, verdict=verdict, note=note.strip()
            )
        )

    def on_order(self, order: Order) -> None:
        """Take an order's new state."""
        if order.intent.account != self._account.id or not self._keep(order):
            return
        self.rows_changed.emit([self._row(order)])
        self._tell_count()
        if order.client_id in self._canceling and order.state not in OPEN_STATES:
            self._canceling.remove(order.client_id)
            if not self._canceling:
                self.notice_changed.emit("")

    def on_order_denied(self, event: OrderDenied) -> None:
        """List an order that the desk kept at home, with the reason."""
        denied = Order(
            intent=event.intent,
            state=OrderState.DENIED,
            reason=event.reason,
            updated=event.intent.created,
        )
        self.on_order(denied)
        if event.intent.replaces is not None:
            # Asked for on a chart, perhaps, where nobody looks at this list.
            text = tr("The order stays as it is: {reason}", reason=event.reason)
            self.failed.emit(text)

    async def _load(self) -> None:
        for order in await self._trading.orders(self._account.id):
            self._keep(order)
        self._tell_all()

    def _keep(self, order: Order) -> bool:
        known = self._orders.get(order.client_id)
        if known is not None and known.updated > order.updated:
            return False
        self._orders[order.client_id] = order
        return True

    def _tell_all(self) -> None:
        self.rows_changed.emit([self._row(order) for order in self._orders.values()])
        self._tell_count()

    def _tell_count(self) -> None:
        self.open_count_changed.emit(self.open_count)

    def _row(self, order: Order) -> OrderRow:
        return OrderRow(order=order, instrument=self._market.instrument(order.intent.instrument))
