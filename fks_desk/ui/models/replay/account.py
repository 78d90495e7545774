"""Fill paper orders on replayed bars; nothing of it is ever sent or stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import Event, OrderFilled, OrderMoved, PositionMoved
from fks_desk.core.model import (
    ZERO,
    Account,
    AccountId,
    Candle,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    Side,
    TradeId,
    VenueId,
    VenueOrderId,
)
from fks_desk.ui.models.staging import StagedOrder
from fks_desk.ui.text import tr

CASH = Decimal(10_000)
FEE_BPS = Decimal(10)
_BPS = Decimal(10_000)


def replay_account(venue: VenueId) -> Account:
    """Return the account that replayed orders belong to; no desk knows it."""
    return Account(id=AccountId("bar-replay"), venue=venue, mode=Mode.PAPER, title=tr("Replay"))


class ReplayAccount:
    """Hold the orders, the position and the money of one replay.

    A market order fills at the last close; a limit order when a later bar reaches
    its price, at the bar's open if that is better; a stop at its price or, behind a
    gap, at the open.
    """

    def __init__(self, account: Account, tell: Callable[[Event], None]) -> None:
        self.account = account
        self.cash = CASH
        self.size = ZERO
        self.average: Decimal | None = None
        self.realised = ZERO
        self.stop: Decimal | None = None
        self.orders: list[Order] = []
        self._tell = tell
        self._trades = 0
        self._instrument: InstrumentId | None = None
        self._quote = ""

    def equity(self, last: Decimal) -> Decimal:
        """Return cash and what is held at a price."""
        return self.cash + self.size * last

    def place(self, staged: StagedOrder, last: Decimal, now: datetime) -> None:
        """Take an order: fill it at once, or let it wait for its price."""
        instrument = staged.instrument
        if instrument.id != self._instrument:
            self._instrument, self._quote = instrument.id, instrument.quote
        is_limit = staged.kind is OrderKind.LIMIT
        intent = OrderIntent(
            client_id=new_client_id(),
            account=self.account.id,
            instrument=instrument.id,
            side=staged.side,
            kind=staged.kind if is_limit else OrderKind.MARKET,
            size=staged.size,
            limit_price=staged.price if is_limit else None,
            reference_price=staged.price if is_limit else last,
            created=now,
        )
        order = Order(intent=intent, state=OrderState.OPEN, updated=now)
        self.stop = staged.stop if staged.stop is not None else self.stop
        price = intent.worst_price
        reaches = (last - price) * staged.side.sign <= 0
        if not is_limit or reaches:
            self._fill(order, last, now)
        else:
            self.orders.append(order)
            self._tell(OrderMoved(order=order))

    def amend(self, client_id: ClientOrderId, price: Decimal, now: datetime) -> None:
        """Let a waiting order wait for another price."""
        for place, order in enumerate(self.orders):
            if order.client_id == client_id:
                intent = replace(order.intent, limit_price=price, reference_price=price)
                self.orders[place] = replace(order, intent=intent, updated=now)
                self._tell(OrderMoved(order=self.orders[place]))

    def cancel(self, client_id: ClientOrderId, now: datetime) -> None:
        """Take one waiting order back."""
        for order in [one for one in self.orders if one.client_id == client_id]:
            self.orders.remove(order)
            gone = replace(order, state=OrderState.CANCELED, updated=now)
            self._tell(OrderMoved(order=gone))

    def cancel_all(self, now: datetime) -> None:
        """Take every waiting order back."""
        orders, self.orders = self.orders, []
        for order in orders:
            self._tell(OrderMoved(order=replace(order, state=OrderState.CANCELED, updated=now)))

    def on_bar(self, candle: Candle) -> None:
        """Fill what this bar reaches, waiting orders first, then the stop."""
        for order in list(self.orders):
            price = order.intent.worst_price
            buys = order.intent.side is Side.BUY
            if (candle.low <= price) if buys else (candle.high >= price):
                best = min(price, candle.open) if buys else max(price, candle.open)
                self.orders.remove(order)
                self._fill(order, best, candle.closes)
        stop = self.stop
        if stop is None or not self.size:
            return
        is_long = self.size > 0
        if (candle.low <= stop) if is_long else (candle.high >= stop):
            price = min(stop, candle.open) if is_long else max(stop, candle.open)
            self.close(price, candle.closes)

    def close(self, price: Decimal, now: datetime) -> None:
        """Sell what is held, or buy back what is owed."""
        if not self.size or self._instrument is None:
            return
        side = Side.SELL if self.size > 0 else Side.BUY
        intent = OrderIntent(
            client_id=new_client_id(),
            account=self.account.id,
            instrument=self._instrument,
            side=side,
            kind=OrderKind.MARKET,
            size=abs(self.size),
            reference_price=price,
            created=now,
        )
        self._fill(Order(intent=intent, state=OrderState.OPEN, updated=now), price, now)

    def _fill(self, order: Order, price: Decimal, now: datetime) -> None:
        intent = order.intent
        fee = intent.size * price * FEE_BPS / _BPS
        self._trades += 1
        done = replace(
            order,
            state=OrderState.FILLED,
            filled=intent.size,
            average_price=price,
            updated=now,
        )
        fill = Fill(
            account=self.account.id,
            instrument=intent.instrument,
            trade_id=TradeId(f"replay-{self._trades}"),
            client_id=intent.client_id,
            venue_order_id=VenueOrderId(f"replay-{self._trades}"),
            side=intent.side,
            price=price,
            size=intent.size,
            fee=Money(amount=fee, currency=self._quote or "USDT"),
            liquidity=Liquidity.TAKER,
            ts_event=now,
            ts_init=now,
        )
        self._book(intent.side.sign * intent.size, price)
        self.cash -= fee
        self.realised -= fee
        self._tell(OrderFilled(fill=fill, order=done))
        self._tell(PositionMoved(position=self._position(intent.instrument, now)))

    def _book(self, signed: Decimal, price: Decimal) -> None:
        self.cash -= signed * price
        before, after = self.size, self.size + signed
        if before * signed >= 0:
            cost = abs(before) * (self.average or ZERO) + abs(signed) * price
            self.average = cost / abs(after) if after else None
        else:
            closed = min(abs(before), abs(signed))
            sign = 1 if before > 0 else -1
            self.realised += (price - (self.average or price)) * closed * sign
            if before * after < 0:
                self.average = price
        if not after:
            self.average = self.stop = None
        self.size = after

    def _position(self, instrument: InstrumentId, now: datetime) -> Position:
        return Position(
            account=self.account.id,
            instrument=instrument,
            size=self.size,
            average_price=self.average,
            realised=Money(amount=self.realised, currency=self._quote or "USDT"),
            fees=Money(amount=ZERO, currency=self._quote or "USDT"),
            updated=now,
        )
