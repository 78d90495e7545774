"""Take a trader's commands in, and lead each to the one place that carries it out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError, FKSException
from fks_desk.core.failpoints import reach
from fks_desk.core.messages import (
    CancelAllOrders,
    CancelOrder,
    ClosePosition,
    Command,
    Event,
    HaltTrading,
    NoticeRaised,
    OrderDenied,
    OrderMoved,
    PlaceOrder,
    ResumeTrading,
    Severity,
)
from fks_desk.core.model import (
    Account,
    ClientOrderId,
    Mode,
    Order,
    OrderIntent,
    Origin,
    TradingState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.ports import (
    AccountReader,
    Broker,
    Journal,
    Publish,
    TradingChange,
    TradingReader,
    TradingStore,
)
from fks_desk.trading.books import entries
from fks_desk.trading.books.account import STORAGE_DOWN, Books, Instruments
from fks_desk.trading.closing import closing_intent
from fks_desk.trading.courier import Courier
from fks_desk.trading.exposure import free
from fks_desk.trading.following.halt import HaltLatch
from fks_desk.trading.following.rounds import Rounds
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.following.stream import PrivateStream
from fks_desk.trading.gate import RiskGate
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.trading.reconcile import Reconciler
from fks_desk.trading.risk import Refusal, RiskLimits

log = logging.getLogger(__name__)

_TRADED_MODES = frozenset({Mode.DEMO, Mode.PAPER})


class OrderDesk:
    """Trade for one account.

    `handle` returns once a command is written down; replies of the venue come as
    events. `ready` waits until the account was compared with its venue.
    """

    def __init__(
        self,
        *,
        account: Account,
        store: TradingStore,
        rows: TradingReader,
        journal: Journal,
        broker: Broker,
        reader: AccountReader,
        instruments: Instruments,
        prices: Prices,
        clock: Clock,
        publish: Publish,
        limits: RiskLimits,
        options: TradingOptions,
    ) -> None:
        if account.mode not in _TRADED_MODES:
            raise ConfigError(
                f"only demo and paper accounts are traded, {account.id} is {account.mode}"
            )
        self.account = account
        self._store = store
        self._instruments = instruments
        self._prices = prices
        self._clock = clock
        self._publish = publish
        self._options = options
        self._work = Nursery(self._on_failure)
        self._ears = Nursery(self._on_loss)
        self._standing = Standing(account=account.id, publish=publish)
        self._latch = HaltLatch(account=account.id, journal=journal, clock=clock)
        self._books = Books(
            account=account,
            store=store,
            rows=rows,
            instruments=instruments,
            clock=clock,
            publish=self._tell,
            options=options,
        )
        self._gate = RiskGate(
            account=account,
            limits=limits,
            blotter=self._books.blotter,
            standing=self._standing,
            prices=prices,
            instruments=instruments,
            clock=clock,
        )
        self._rounds = Rounds(
            books=self._books,
            standing=self._standing,
            reconciler=Reconciler(
                books=self._books,
                store=store,
                broker=broker,
                reader=reader,
                instruments=instruments,
                is_flying=self._is_flying,
                clock=clock,
                options=options,
            ),
            publish=publish,
            options=options,
            after=self._after_look,
        )
        self._courier = Courier(
            broker=broker,
            books=self._books,
            nursery=self._work,
            look_soon=self._rounds.ask_soon,
            look_later=self._rounds.ask_later,
            options=options,
        )
        self._stream = PrivateStream(
            broker=broker,
            books=self._books,
            standing=self._standing,
            reconcile=self._rounds.ask,
            reconcile_later=self._rounds.ask_later,
            options=options,
        )
        self._handlers: dict[type[Command], Callable[[Any], Coroutine[Any, Any, None]]] = {
            PlaceOrder: self._place,
            CancelOrder: self._cancel,
            CancelAllOrders: self._cancel_all,
            ClosePosition: self._close_position,
            HaltTrading: self._halt,
            ResumeTrading: self._resume,
        }

    @property
    def commands(self) -> tuple[type[Command], ...]:
        """Return the commands that `handle` takes."""
        return tuple(self._handlers)

    @property
    def state(self) -> TradingState:
        """Return what the desk may send now."""
        return self._standing.state

    async def start(self) -> None:
        """Read the account as stored, then listen to the venue and compare."""
        await self._books.load()
        reason = await self._latch.standing()
        if reason is not None:
            self._standing.stop(reason)
        self._standing.tell()
        self._ears.start(self._stream.run(), name=f"private stream of {self.account.id}")
        self._ears.start(self._rounds.run(), name=f"reconciliation of {self.account.id}")
        self._rounds.ask()

    async def ready(self) -> None:
        """Wait until the account was compared with its venue."""
        await self._standing.is_compared.wait()

    async def close(self) -> None:
        """Wait a moment for replies under way, then stop; open orders stay at the venue."""
        reach("shutdown.mid")
        await self._courier.land(self._options.close_s)
        await self._work.close(self._options.close_s)
        await self._ears.close(self._options.close_s)

    async def handle(self, command: Command) -> None:
        """Carry out a command; a caller that goes away does not stop it half-way."""
        meant = getattr(command, "account", self.account.id)
        if meant != self.account.id:
            text = f"This desk trades {self.account.id}; nothing was done for {meant}."
            self._notice(Severity.WARNING, text)
            return
        handler = self._handlers[type(command)]
        name = f"{type(command).__name__} for {self.account.id}"
        await asyncio.shield(self._work.start(handler(command), name=name))

    async def _place(self, command: PlaceOrder) -> None:
        intent = command.intent
        if self._books.is_storage_down:
            await self._deny(intent, STORAGE_DOWN)
            return
        outcome = await self._books.open(intent, lambda: self._gate.check(intent))
        if isinstance(outcome, Order):
            self._courier.send(outcome)
        elif outcome is not None:
            await self._deny(intent, outcome)
        if outcome is STORAGE_DOWN:
            self._work.start(self._books.withdraw(intent), name=f"withdraw {intent.client_id}")

    async def _deny(self, intent: OrderIntent, refused: Refusal) -> None:
        await self._note_denied(intent, refused)
        self._publish(OrderDenied(intent=intent, code=refused.code, reason=refused.reason))
        if refused.code == "RATE" and intent.origin is Origin.STRATEGY:
            await self._halt(HaltTrading(reason=f"a strategy sends too fast: {refused.reason}"))

    async def _note_denied(self, intent: OrderIntent, refused: Refusal) -> None:
        if self._books.is_storage_down:
            return
        entry = entries.denied_entry(intent, refused.code, refused.reason, self._clock.now())
        try:
            async with asyncio.timeout(self._options.patience_s):
                await self._store.record(TradingChange(account=self.account.id, events=(entry,)))
        except (FKSException, TimeoutError) as error:
            log.warning("the denial of %s is not in the journal: %r", intent.client_id, error)

    async def _cancel(self, command: CancelOrder) -> None:
        order = self._books.blotter.order(command.client_id)
        if order is None or order.state in TERMINAL_STATES:
            state = "is not open" if order is None else f"is {order.state} already"
            self._notice(Severity.INFO, f"Order {command.client_id} {state}.")
            return
        self._courier.cancel(order)

    async def _cancel_all(self, command: CancelAllOrders) -> None:
        for order in self._books.blotter.open_orders(command.instrument):
            self._courier.cancel(order)

    async def _close_position(self, command: ClosePosition) -> None:
        blotter, instrument = self._books.blotter, self._instruments().get(command.instrument)
        if instrument is None:
            self._notice(Severity.WARNING, f"The venue lists no {command.instrument}.")
            return
        last = self._prices.last(command.instrument)
        wish = closing_intent(
            blotter.positions.get(command.instrument),
            instrument,
            open_orders=blotter.open_orders(command.instrument),
            free_base=free(blotter, instrument.base, self._gate.surroundings()),
            last_price=None if last is None else last.price,
            at=self._clock.now(),
        )
        if isinstance(wish, str):
            self._notice(Severity.INFO, wish)
        else:
            await self._place(PlaceOrder(intent=wish))

    async def _halt(self, command: HaltTrading) -> None:
        """Stop at once, write it down, then show it."""
        self._standing.stop(command.reason)
        if await self._written(self._latch.close(command.reason)):
            self._standing.tell()
            return
        self._standing.tell()
        self._notice(
            Severity.ERROR,
            "Trading is halted, but the halt could not be written down: a restart would lift it. "
            "Halt again when the database answers.",
        )

    async def _resume(self, _command: ResumeTrading) -> None:
        if await self._written(self._latch.open()):
            self._standing.lift()
            return
        text = "The database does not answer, so the halt stays; resume when it answers."
        self._notice(Severity.ERROR, text)

    async def _written(self, write: Awaitable[None]) -> bool:
        try:
            async with asyncio.timeout(self._options.patience_s):
                await write
        except (FKSException, TimeoutError) as error:
            log.warning("the trading state could not be written: %r", error)
            return False
        return True

    def _is_flying(self, client_id: ClientOrderId) -> bool:
        return self._courier.is_flying(client_id)

    def _after_look(self) -> None:
        self._courier.repeat_cancels()

    def _tell(self, event: Event) -> None:
        self._publish(event)
        if isinstance(event, OrderMoved):
            self._courier.on_moved(event.order)

    def _notice(self, severity: Severity, text: str) -> None:
        self._publish(NoticeRaised(severity=severity, text=text, topic="trading"))

    def _on_loss(self, name: str, _error: BaseException) -> None:
        """Trust nothing any more once the stream or the reconciliation has ended."""
        self._standing.disconnect(f"the {name} has failed; restart the desk")
        self._on_failure(name, _error)

    def _on_failure(self, name: str, error: BaseException) -> None:
        text = f"Something went wrong in {name}: {error}. The log has the details."
        self._notice(Severity.ERROR, text)
