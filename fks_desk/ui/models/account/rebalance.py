"""Bring an account to typed weights: propose, repeat the amounts, and send once it is confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import ProposeRebalance, RebalanceProposed
from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import EngineReady, OrderDenied, OrderMoved, PlaceOrder
from fks_desk.core.model import (
    ZERO,
    Account,
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
    Side,
    parse_decimal,
)
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.ports import Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.portfolio import PortfolioModel
from fks_desk.ui.models.account.weights import read_weights, write_weights
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

# A proposal is made of prices, and prices move.
GOOD_FOR = timedelta(seconds=30)
CONFIRMED = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """Hold one instrument's weight, wanted and as it is, with the order proposed for it."""

    instrument: Instrument
    wanted: Decimal
    now: Decimal | None
    order: OrderIntent | None = None

    @property
    def key(self) -> InstrumentId:
        """Return what names the line."""
        return self.instrument.id


class RebalanceModel(QObject):
    """Keep weights and the newest proposal; nothing is sent before a person has said yes.

    Sales go first. What is to be bought goes once every sale has filled, with the money
    that they brought.
    """

    rows_changed = Signal(object)  # list[WeightRow]
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        portfolio: PortfolioModel,
        send: Send,
        clock: Clock,
        path: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._portfolio = portfolio
        self._send = send
        self._clock = clock
        self._path = path
        self._weights: dict[InstrumentId, Decimal] = {}
        self._proposal: tuple[OrderIntent, ...] = ()
        self._made = clock.now() - GOOD_FOR
        self._selling: set[ClientOrderId] = set()
        self._buys: tuple[OrderIntent, ...] = ()
        market.instruments_changed.connect(self._tell)
        portfolio.equity_changed.connect(lambda _equity: self._tell())

    def listen(self, bridge: Bridge) -> None:
        """Hear of proposals and of what becomes of the orders."""
        bridge.subscribe(RebalanceProposed, self.on_proposed)
        bridge.subscribe(OrderMoved, lambda event: self.on_order(event.order))
        bridge.subscribe(OrderDenied, self.on_denied)
        bridge.subscribe(EngineReady, lambda _event: self._tell())

    def load(self) -> None:
        """Read the weights."""
        try:
            self._weights = read_weights(self._path)
        except ConfigError as error:
            self.notice_changed.emit(error.message)
        self._tell()

    def set_weight(self, text: str) -> None:
        """Take a symbol and its weight in percent, such as `BTC/USDT 40`; 0 takes it out."""
        symbol, _, share = text.strip().partition(" ")
        instrument = self._named(symbol)
        if instrument is None:
            self.notice_changed.emit(tr("No symbol {symbol} is listed here.", symbol=symbol))
            return
        try:
            percent = parse_decimal(share.replace("%", ""), tr("the weight"))
        except ValueError as error:
            self.notice_changed.emit(str(error))
            return
        weights = {**self._weights, instrument.id: percent / 100}
        total = sum(weights.values(), ZERO)
        if percent < 0 or total > 1:
            text = tr(
                "The weights must add up to 100 % at most, were {total} %.", total=total * 100
            )
            self.notice_changed.emit(text)
            return
        if percent == 0:
            del weights[instrument.id]
        self._keep(weights)

    def remove(self, row: WeightRow | None) -> None:
        """Aim at nothing in particular for an instrument."""
        if row is not None:
            self._keep({k: v for k, v in self._weights.items() if k != row.key})

    def propose(self) -> None:
        """Ask for the orders that reach the weights; none of them is sent."""
        if not self._weights:
            self.notice_changed.emit(tr("Press Ins and type a symbol and its weight: BTC/USDT 40."))
            return
        self.notice_changed.emit(tr("Working out the orders …"))
        self._send(ProposeRebalance(account=self._account.id, weights=dict(self._weights)))

    def question(self) -> str | None:
        """Return what to confirm, every amount repeated, or None if there is nothing to send."""
        if self._selling or self._buys:
            self.notice_changed.emit(tr("The orders confirmed before are still being worked."))
            return None
        if not self._proposal or self._clock.now() - self._made > GOOD_FOR:
            self._drop()
            self.notice_changed.emit(tr("Press F5 for orders at the present prices first."))
            return None
        parts = ", ".join(self._said(one) for one in self._proposal)
        return tr("Type {word} and Enter to send: {parts}", word=CONFIRMED, parts=parts)

    def confirm(self, text: str) -> None:
        """Send the proposal if that was confirmed, the sales first."""
        if text.strip().lower() != CONFIRMED:
            self.notice_changed.emit(tr("Nothing was sent."))
            return
        if not self._proposal or self._clock.now() - self._made > GOOD_FOR:
            self._drop()
            self.notice_changed.emit(
                tr("Nothing was sent: the proposal is older than {s} s.", s=GOOD_FOR.seconds)
            )
            return
        proposal, self._proposal = self._proposal, ()
        sales = [one for one in proposal if one.side is Side.SELL]
        self._buys = tuple(one for one in proposal if one.side is Side.BUY)
        self._selling = {one.client_id for one in sales}
        for one in sales:
            self._place(one)
        if not sales:
            self._buy()
        self._tell()

    def on_proposed(self, event: RebalanceProposed) -> None:
        """Show the orders proposed, and why others are not."""
        if event.account != self._account.id:
            return
        self._proposal, self._made = event.orders, self._clock.now()
        reasons = " ".join(event.notes)
        if event.orders:
            text = tr(
                "{count} orders; Ctrl+Enter sends them after a question.", count=len(event.orders)
            )
        else:
            text = tr("Nothing is to be done.")
        self.notice_changed.emit(f"{text} {reasons}".strip())
        self._tell()

    def on_order(self, order: Order) -> None:
        """Go on to buy once every sale has filled."""
        if order.client_id not in self._selling or order.state not in TERMINAL_STATES:
            return
        self._selling.discard(order.client_id)
        if order.state is not OrderState.FILLED:
            self._stop(tr("a sale was {state}", state=order.state.replace("_", " ")))
        elif not self._selling:
            self._buy()

    def on_denied(self, event: OrderDenied) -> None:
        """Stop where risk refused one of the orders."""
        if event.intent.client_id in self._selling:
            self._selling.discard(event.intent.client_id)
            self._stop(event.reason)

    def _buy(self) -> None:
        buys, self._buys = self._buys, ()
        for one in buys:
            self._place(one)
        self.notice_changed.emit(tr("Every order of the rebalancing was sent."))

    def _stop(self, why: str) -> None:
        count, self._buys = len(self._buys), ()
        if count:
            self.notice_changed.emit(
                tr("{count} purchases were not sent: {why}.", count=count, why=why)
            )

    def _place(self, intent: OrderIntent) -> None:
        self._send(PlaceOrder(intent=replace(intent, created=self._clock.now())))

    def _keep(self, weights: dict[InstrumentId, Decimal]) -> None:
        try:
            write_weights(self._path, weights)
        except ConfigError as error:
            self.notice_changed.emit(error.message)
            return
        self._weights = weights
        self._drop()
        self.notice_changed.emit("")

    def _drop(self) -> None:
        self._proposal = ()
        self._tell()

    def _tell(self) -> None:
        orders = {one.instrument: one for one in self._proposal}
        rows = [
            WeightRow(
                instrument=instrument,
                wanted=wanted,
                now=self._now(instrument),
                order=orders.get(key),
            )
            for key, wanted in self._weights.items()
            if (instrument := self._market.instrument(key)) is not None
        ]
        self.rows_changed.emit(rows)
        total = sum(self._weights.values(), ZERO)
        self.summary_changed.emit(
            tr("{total} % in {count} symbols, {cash} % stays cash",
               total=fmt.editable(total * 100), count=len(rows),
               cash=fmt.editable((1 - total) * 100))
        )  # fmt: skip

    def _now(self, instrument: Instrument) -> Decimal | None:
        equity, mark = self._portfolio.equity, self._market.mark(instrument.id)
        balance = self._portfolio.balances.get(instrument.base)
        if balance is None:
            return ZERO if equity.is_known else None
        rate = self._market.rate(instrument.quote, equity.currency, self._account.venue)
        if mark is None or rate is None or equity.total <= 0:
            return None
        return balance.total * mark * rate / equity.total

    def _said(self, intent: OrderIntent) -> str:
        instrument = self._market.instrument(intent.instrument)
        base, quote = ("", "") if instrument is None else (instrument.base, instrument.quote)
        verb = tr("buy") if intent.side is Side.BUY else tr("sell")
        worth = fmt.money(intent.notional, quote)
        return f"{verb} {fmt.exact(intent.size)} {base} ({worth})"

    def _named(self, symbol: str) -> Instrument | None:
        wanted = symbol.upper().replace("-", "/")
        listed = [one for one in self._market.instruments() if one.venue == self._account.venue]
        for one in listed:
            if wanted in {one.symbol, one.symbol.replace("/", ""), one.id.upper()}:
                return one
        # The base alone is enough where one symbol has it in the account's currency.
        reporting = self._account.reporting_currency
        return next((o for o in listed if (o.base, o.quote) == (wanted, reporting)), None)
