"""Value positions and balances at the newest prices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.desk_messages import (
    AcceptDifference,
    AttachExits,
    LedgerChecked,
    MoveStop,
    PositionLeft,
    ReversePosition,
)
from fks_desk.core.margin import ChooseLeverage, ChooseMarginMode, MarginLine, MarginMoved
from fks_desk.core.messages import (
    BalanceMoved,
    ClosePosition,
    EngineReady,
    OrderDenied,
    OrderMoved,
    PositionMoved,
)
from fks_desk.core.model import (
    ZERO,
    Account,
    Balance,
    Instrument,
    InstrumentId,
    MarginMode,
    OrderState,
    Position,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.core.ports import Send, TradingReader
from fks_desk.core.terms import Exits
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.costs import CostsModel, FifoState
from fks_desk.ui.models.account.cover import NO_COVER, Cover, Covers
from fks_desk.ui.models.batch import Batch
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

_CAME_TO_NOTHING = frozenset({OrderState.REJECTED, OrderState.EXPIRED, OrderState.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRow:
    """Hold a position with its mark."""

    position: Position
    instrument: Instrument | None
    mark: Decimal | None
    fifo: FifoState | None = None
    cover: Cover = NO_COVER
    margin: MarginLine | None = None

    @property
    def key(self) -> tuple[InstrumentId, str]:
        """Return what names the line."""
        return self.position.instrument, self.position.side

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.position.instrument.split(":", 2)[2]

    @property
    def is_open(self) -> bool:
        """Tell whether anything is held or owed."""
        return self.position.size != 0

    @property
    def unrealised(self) -> Decimal | None:
        """Return what closing at the mark would add, or None without a mark."""
        if not self.is_open:
            return ZERO
        return None if self.mark is None else self.position.unrealised(self.mark).amount

    @property
    def value(self) -> Decimal | None:
        """Return the size at the mark, or None without a mark."""
        if not self.is_open:
            return ZERO
        return None if self.mark is None else self.position.size * self.mark

    @property
    def fifo_unrealised(self) -> Decimal | None:
        """Return what closing at the mark would add, first in first out, if that is known."""
        return None if self._whole is None else self._whole.unrealised(self.mark)

    @property
    def fifo_realised(self) -> Decimal | None:
        """Return what was realised first in first out, if every fill was counted."""
        return None if self._whole is None else self._whole.realised

    @property
    def _whole(self) -> FifoState | None:
        """Return the lots if they add up to what is held: without all fills they tell nothing."""
        fifo = self.fifo
        return fifo if fifo is not None and fifo.is_whole else None

    @property
    def gain_pct(self) -> Decimal | None:
        """Return the unrealised gain in percent of the cost."""
        cost = abs(self.position.size * (self.position.average_price or ZERO))
        gain = self.unrealised
        return None if gain is None or cost == 0 else gain / cost * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """Hold a balance with its worth in the account's reporting currency."""

    balance: Balance
    worth: Decimal | None
    reporting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equity:
    """Hold what an account is worth; `unpriced` names currencies that have no price."""

    total: Decimal
    currency: str
    unrealised: Decimal = ZERO
    realised: Decimal = ZERO
    unpriced: tuple[str, ...] = ()
    is_known: bool = False


class PortfolioModel(QObject):
    """Keep one account's positions and balances, exact to the last digit."""

    positions_changed = Signal(object)  # list[PositionRow]
    balances_changed = Signal(object)  # list[BalanceRow]
    equity_changed = Signal(object)  # Equity
    ledger_changed = Signal(object)  # LedgerChecked
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
        is_margin: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.account = account
        self.is_margin = is_margin
        self.margins: dict[InstrumentId, MarginLine] = {}
        self._marks: dict[InstrumentId, Decimal] = {}
        self._looked_at: InstrumentId | None = None
        self._asked: InstrumentId | None = None
        self.ledger: LedgerChecked | None = None
        self._market = market
        self._trading = trading
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self._positions: dict[tuple[InstrumentId, str], Position] = {}
        self._balances: dict[str, Balance] = {}
        self._closing: set[InstrumentId] = set()
        self._covers = Covers(account.id)
        self._fifo: Callable[[InstrumentId], FifoState | None] = lambda _instrument: None
        self._batch = Batch(self._on_marks, parent=self)
        market.quote_moved.connect(self._batch.add)
        market.instruments_changed.connect(self._tell_all)

    def listen(self, bridge: Bridge) -> None:
        """Hear the events that move money."""
        bridge.subscribe(PositionMoved, self.on_position_moved)
        bridge.subscribe(BalanceMoved, self.on_balance_moved)
        bridge.subscribe(OrderDenied, self.on_order_denied)
        bridge.subscribe(PositionLeft, self.on_position_left)
        bridge.subscribe(OrderMoved, self.on_order_moved)
        bridge.subscribe(LedgerChecked, self.on_ledger_checked)
        bridge.subscribe(MarginMoved, self.on_margin_moved)
        bridge.subscribe(PerpetualMoved, self.on_perpetual_moved)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def follow_costs(self, costs: CostsModel) -> None:
        """Show beside the average what first in first out says."""
        self._fifo = costs.state
        costs.changed.connect(self._tell_positions)

    def load(self) -> None:
        """Read what is stored."""
        self._loader.start(self._load, name="read positions and balances")

    @property
    def balances(self) -> Mapping[str, Balance]:
        """Return the balances by currency."""
        return self._balances

    @property
    def equity(self) -> Equity:
        """Return what the account is worth now."""
        currency = self.account.reporting_currency
        worths = {name: self._worth(balance) for name, balance in self._balances.items()}
        rows = [self._position_row(position) for position in self._positions.values()]
        gain = sum(((row.unrealised or ZERO) * row.position.rate for row in rows), ZERO)
        # Coins are worth their price already; a perpetual's gain is in no balance yet.
        beside = gain if self.is_margin else ZERO
        return Equity(
            total=sum((worth for worth in worths.values() if worth is not None), beside),
            currency=currency,
            unrealised=gain,
            realised=sum((row.position.realised.amount * row.position.rate for row in rows), ZERO),
            unpriced=tuple(name for name, worth in worths.items() if worth is None),
            is_known=bool(worths),
        )

    @property
    def free_margin(self) -> Decimal:
        """Return what of the wallet no position ties up, gains at the mark counted in."""
        tied = sum((line.margin for line in self.margins.values() if line.size), ZERO)
        return self.equity.total - tied if self.is_margin else ZERO

    def held(self, currency: str) -> Decimal:
        """Return what is free of a currency."""
        balance = self._balances.get(currency)
        return ZERO if balance is None else balance.free

    def close(self, row: PositionRow | None, share: Decimal = Decimal(1)) -> None:
        """Close a position, or a share, at the market, once, or say why that cannot be."""
        if row is None:
            self.notice_changed.emit(tr("Choose a position to close with the arrow keys."))
        elif not row.is_open:
            self.notice_changed.emit(tr("{symbol} is closed already.", symbol=row.symbol))
        elif row.position.instrument in self._closing:
            self.notice_changed.emit(tr("{symbol} is being closed.", symbol=row.symbol))
        else:
            self._closing.add(row.position.instrument)
            self.notice_changed.emit(tr("Closing {symbol} at the market …", symbol=row.symbol))
            self._send(
                ClosePosition(
                    account=self.account.id, instrument=row.position.instrument, share=share
                )
            )

    @property
    def question(self) -> str:
        """Return what the ledger asks a person about, or an empty text."""
        if self.ledger is None or not self.ledger.is_asked:
            return ""
        lines = ", ".join(
            f"{'+' if one.difference > 0 else ''}{fmt.exact(one.difference)} {one.currency}"
            for one in self.ledger.differences
        )
        return tr("Accept {lines} that no trade explains? Your note:", lines=lines)

    def accept_difference(self, note: str) -> None:
        """Record that a person looked at the venue and takes its balances over."""
        if self.ledger is None or not self.ledger.is_asked:
            self.notice_changed.emit(tr("The ledger asks nothing: there is nothing to accept."))
            return
        self._send(
            AcceptDifference(
                account=self.account.id,
                differences={one.currency: one.difference for one in self.ledger.differences},
                note=note.strip(),
            )
        )
        self.notice_changed.emit(tr("The venue is asked once more, then it is taken over."))

    def break_even(self, row: PositionRow | None) -> None:
        """Move a position's stop to its entry, or say why it cannot stand there."""
        average = None if row is None else row.position.average_price
        if row is None or average is None or not row.is_open:
            self.notice_changed.emit(tr("Choose an open position whose stop is to move."))
            return
        price, sign = average, 1 if row.position.size > 0 else -1
        if row.instrument is not None:
            steps = average / row.instrument.tick
            rounding = ROUND_CEILING if sign > 0 else ROUND_FLOOR
            price = steps.to_integral_value(rounding) * row.instrument.tick
        if row.mark is None or (row.mark - price) * sign <= 0:
            self.notice_changed.emit(
                tr(
                    "A stop at the entry {price} would act at once: the price is {mark}.",
                    price=fmt.exact(price),
                    mark=fmt.exact(row.mark),
                )
            )
            return
        self.notice_changed.emit(
            tr(
                "The stop of {symbol} moves to the entry {price}; the fee of the exit comes off.",
                symbol=row.symbol,
                price=fmt.exact(price),
            )
        )
        self._send(
            MoveStop(account=self.account.id, instrument=row.position.instrument, price=price)
        )

    def set_instrument(self, instrument: InstrumentId) -> None:
        """Follow the chart: leverage is chosen for what is looked at."""
        self._looked_at = instrument

    def instrument_for_margin(self, row: PositionRow | None) -> str | None:
        """Return the perpetual whose terms may be changed now, or None if there is none."""
        wanted = row.position.instrument if row is not None else self._looked_at
        self._asked = wanted if wanted in self.margins else None
        return None if self._asked is None else self._asked.split(":", 2)[2]

    def choose_margin(self, text: str) -> None:
        """Send the typed leverage and margin mode, or say what is wrong with them."""
        number, *words = text.casefold().replace("×", " ").replace("x", " ").split() or [""]
        modes = {"cross": MarginMode.CROSS, "isolated": MarginMode.ISOLATED}
        if self._asked is None or not number.isdecimal() or len(words) > 1:
            self.notice_changed.emit(tr("Type a whole number, and cross or isolated: 5 isolated."))
            return
        if words and words[0] not in modes:
            self.notice_changed.emit(tr("Margin is cross or isolated, was {word}.", word=words[0]))
            return
        account, instrument = self.account.id, self._asked
        if words:
            mode = modes[words[0]]
            self._send(ChooseMarginMode(account=account, instrument=instrument, mode=mode))
        self._send(ChooseLeverage(account=account, instrument=instrument, leverage=int(number)))

    def reverse(self, row: PositionRow | None) -> None:
        """Turn a position round, or say why there is nothing to turn."""
        if row is None or not row.is_open:
            self.notice_changed.emit(tr("Choose an open position to turn round."))
            return
        self._send(ReversePosition(account=self.account.id, instrument=row.position.instrument))

    def guard(self, row: PositionRow, text: str) -> None:
        """Guard a position by the typed stop and target, or say what is wrong with them."""
        stop_text, _, target_text = text.partition("/")
        prices: list[Decimal | None] = []
        for typed, title in ((stop_text, tr("The stop")), (target_text, tr("The target"))):
            number = read_number(typed, "exits", title) if typed.strip() else None
            if isinstance(number, Refusal):
                self.notice_changed.emit(number.text)
                return
            snap = row.instrument.snap_price if row.instrument is not None else None
            prices.append(number if number is None or snap is None else snap(number))
        stop, target = prices
        if stop is None and target is None:
            self.notice_changed.emit(tr("Type a stop, a target, or both: 95 / 110."))
            return
        exits = Exits(stop=stop, target=target)
        self.notice_changed.emit(tr("Guarding {symbol} …", symbol=row.symbol))
        self._send(
            AttachExits(account=self.account.id, instrument=row.position.instrument, exits=exits)
        )

    def on_ledger_checked(self, event: LedgerChecked) -> None:
        """Tell whether transfers and executions add up to the balances."""
        if event.account == self.account.id:
            self.ledger = event
            self.ledger_changed.emit(event)

    def on_position_moved(self, event: PositionMoved) -> None:
        """Take a position's new state."""
        position = event.position
        if position.account != self.account.id:
            return
        self._keep(position)
        self._end_closing(position.instrument, "")
        self.positions_changed.emit([self._position_row(position)])
        self.equity_changed.emit(self.equity)

    def on_balance_moved(self, event: BalanceMoved) -> None:
        """Take a balance's new state."""
        if event.balance.account != self.account.id:
            return
        self._balances[event.balance.currency] = event.balance
        self.balances_changed.emit([self._balance_row(event.balance)])
        self.equity_changed.emit(self.equity)

    def on_margin_moved(self, event: MarginMoved) -> None:
        """Take what backs the positions."""
        if event.account == self.account.id:
            self.margins = {line.instrument: line for line in event.lines}
            self._marks.update((line.instrument, line.mark) for line in event.lines)
            self._tell_positions(self.margins.keys())
            self.equity_changed.emit(self.equity)

    def on_perpetual_moved(self, event: PerpetualMoved) -> None:
        """Value positions in perpetuals at the mark, by which they are liquidated."""
        instrument = event.state.instrument
        if instrument in self.margins:
            self._marks[instrument] = event.state.mark
            self._batch.add(instrument)

    def on_order_denied(self, event: OrderDenied) -> None:
        """Let a position whose closing was denied be closed again, and say why it was."""
        self._end_closing(event.intent.instrument, event.reason)

    def on_position_left(self, event: PositionLeft) -> None:
        """Let a position be closed again once the desk is done with it, closed or not."""
        if event.account == self.account.id:
            self._end_closing(event.instrument, event.reason)

    def on_order_moved(self, event: OrderMoved) -> None:
        """Count what guards a position; let one whose closing came to nothing be closed again."""
        if self._covers.take(event.order):
            self._tell_positions({event.order.intent.instrument})
        if event.order.state in _CAME_TO_NOTHING:
            self._end_closing(event.order.intent.instrument, event.order.reason)

    def flush(self) -> None:
        """Value everything at the newest prices now."""
        self._batch.flush()

    async def _load(self) -> None:
        for order in await self._trading.orders(self.account.id):
            self._covers.take(order)
        for position in await self._trading.positions(self.account.id):
            self._keep(position)
        for balance in await self._trading.balances(self.account.id):
            known = self._balances.get(balance.currency)
            if known is None or known.updated <= balance.updated:
                self._balances[balance.currency] = balance
        self._tell_all()

    def _keep(self, position: Position) -> None:
        """Keep a position unless a newer state of it came while it was being read."""
        key = position.instrument, position.side
        known = self._positions.get(key)
        if known is None or known.updated <= position.updated:
            self._positions[key] = position

    def _end_closing(self, instrument: InstrumentId, notice: str) -> None:
        if instrument in self._closing:
            self._closing.discard(instrument)
            self.notice_changed.emit(notice)

    def _tell_all(self) -> None:
        self.positions_changed.emit([self._position_row(one) for one in self._positions.values()])
        self.balances_changed.emit([self._balance_row(one) for one in self._balances.values()])
        self.equity_changed.emit(self.equity)

    def _tell_positions(self, moved: Collection[InstrumentId]) -> None:
        rows = [
            self._position_row(one) for one in self._positions.values() if one.instrument in moved
        ]
        if rows:
            self.positions_changed.emit(rows)

    def _on_marks(self, keys: list[Hashable]) -> None:
        moved = [one for one in self._positions.values() if one.instrument in keys]
        if moved:
            self.positions_changed.emit([self._position_row(position) for position in moved])
        instruments = [self._market.instrument(InstrumentId(str(key))) for key in keys]
        bases = {instrument.base for instrument in instruments if instrument is not None}
        worth = [one for name, one in self._balances.items() if name in bases]
        if worth:
            self.balances_changed.emit([self._balance_row(balance) for balance in worth])
        if moved or worth:
            self.equity_changed.emit(self.equity)

    def _position_row(self, position: Position) -> PositionRow:
        return PositionRow(
            position=position,
            instrument=self._market.instrument(position.instrument),
            mark=self._marks.get(position.instrument) or self._market.mark(position.instrument),
            fifo=self._fifo(position.instrument),
            cover=self._covers.of(position),
            margin=self.margins.get(position.instrument),
        )

    def _balance_row(self, balance: Balance) -> BalanceRow:
        return BalanceRow(
            balance=balance,
            worth=self._worth(balance),
            reporting=self.account.reporting_currency,
        )

    def _worth(self, balance: Balance) -> Decimal | None:
        rate = self._market.rate(
            balance.currency, self.account.reporting_currency, self.account.venue
        )
        return None if rate is None else balance.total * rate
