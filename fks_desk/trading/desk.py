"""Take a trader's commands in, and lead each to the one place that carries it out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import AcceptDifference, KillTrading
from fks_desk.core.failpoints import reach
from fks_desk.core.ledger import LedgerStore
from fks_desk.core.margin import ChooseLeverage, ChooseMarginMode, MarginReader
from fks_desk.core.messages import (
    BalanceMoved,
    CancelAllOrders,
    CancelOrder,
    Command,
    Event,
    HaltTrading,
    NoticeRaised,
    OrderMoved,
    PlaceOrder,
    PositionMoved,
    ResumeTrading,
    Severity,
)
from fks_desk.core.model import Account, ClientOrderId, TradingState
from fks_desk.core.native import PLAIN_ABILITIES, Abilities, NativeOrders
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.parents import ParentStore
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.core.ports import (
    AccountReader,
    Broker,
    Journal,
    Publish,
    TradingReader,
    TradingStore,
)
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.courier import Courier
from fks_desk.trading.following.audit import Audit
from fks_desk.trading.following.halting import Halting
from fks_desk.trading.following.locks import LockLatch
from fks_desk.trading.following.margins import Margins
from fks_desk.trading.following.repairs import Repairs
from fks_desk.trading.following.rounds import Rounds
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.following.stream import PrivateStream
from fks_desk.trading.following.worth import Worth
from fks_desk.trading.gate import RiskGate
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.lockout import Lockout
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.trading.reconcile import Reconciler
from fks_desk.trading.working.counter import Counter
from fks_desk.trading.working.workshop import Bench, Workshop

log = logging.getLogger(__name__)


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
        ledger: LedgerStore,
        parents: ParentStore,
        native: NativeOrders | None = None,
        abilities: Abilities = PLAIN_ABILITIES,
        beat: Callable[[], None] = lambda: None,
        margin: MarginReader | None = None,
    ) -> None:
        self.account = account
        self._clock = clock
        self._publish = publish
        self._options = options
        self._prices = prices
        self._listening: asyncio.Task[None] | None = None
        self._turning = asyncio.Lock()
        self._work = Nursery(self._on_failure)
        self._ears = Nursery(self._on_loss)
        self._standing = Standing(account=account.id, publish=publish)
        self._books = Books(
            account=account,
            store=store,
            rows=rows,
            instruments=instruments,
            clock=clock,
            publish=self._tell,
            options=options,
            ledger=ledger,
        )
        self._gate = RiskGate(
            account=account,
            limits=limits,
            blotter=self._books.blotter,
            standing=self._standing,
            prices=prices,
            instruments=instruments,
            clock=clock,
            beat=beat,
        )
        self._worth = Worth(
            account=account,
            store=ledger,
            value=self._gate.value,
            price=self._gate.price,
            is_explained=lambda: self._books.is_explained,
            lockout=Lockout(limits),
            latch=LockLatch(account=account.id, journal=journal, clock=clock),
            standing=self._standing,
            clock=clock,
            publish=publish,
            options=options,
        )
        self._halting = Halting(
            account=account,
            journal=journal,
            clock=clock,
            standing=self._standing,
            nursery=self._work,
            publish=publish,
            options=options,
            forgive=self._worth.forgive,
            compare_anew=self._compare_anew,
        )
        self._margins = Margins(
            reader=margin,
            books=self._books,
            store=ledger,
            publish=publish,
            options=options,
            failed=self._halting.keys.hear,
        )
        self._audit = Audit(
            books=self._books,
            standing=self._standing,
            instruments=instruments,
            publish=publish,
            clock=clock,
            options=options,
            on_transfers=self._worth.on_transfers,
        )
        self._rounds = Rounds(
            books=self._books,
            standing=self._standing,
            note=Repairs(account=account.id, journal=journal, clock=clock).note,
            is_puzzled=lambda: self._audit.is_puzzled,
            reconciler=Reconciler(
                books=self._books,
                store=store,
                broker=broker,
                reader=reader,
                instruments=instruments,
                is_flying=self._is_flying,
                clock=clock,
                options=options,
                audit=self._audit,
                margins=self._margins,
            ),
            publish=publish,
            options=options,
            after=self._after_look,
            failed=self._halting.keys.hear,
        )
        self._courier = Courier(
            broker=broker,
            books=self._books,
            nursery=self._work,
            stop=self._gate.stop,
            look_soon=self._rounds.ask_soon,
            look_later=self._rounds.ask_later,
            refused=self._halting.keys.hear,
            options=options,
            native=native,
        )
        self._shop = Workshop(
            Bench(
                account=account,
                books=self._books,
                gate=self._gate,
                courier=self._courier,
                standing=self._standing,
                store=store,
                rows=rows,
                parents=parents,
                journal=journal,
                instruments=instruments,
                prices=prices,
                nursery=self._work,
                clock=clock,
                publish=publish,
                options=options,
            ),
            abilities=abilities if native is None else native.abilities,
            halt=lambda reason: self._halting.halt(HaltTrading(reason=reason)),
        )
        self._stream = PrivateStream(
            broker=broker,
            books=self._books,
            standing=self._standing,
            reconcile=self._rounds.ask,
            reconcile_later=self._rounds.ask_later,
            options=options,
            failed=self._halting.keys.hear,
        )
        self._handlers: dict[type[Command], Callable[[Any], Coroutine[Any, Any, None]]] = {
            PlaceOrder: self._place,
            CancelOrder: self._cancel,
            CancelAllOrders: self._cancel_all,
            HaltTrading: self._halting.halt,
            KillTrading: self._kill,
            ResumeTrading: self._halting.resume,
            AcceptDifference: self._accept_difference,
            ChooseLeverage: self._margins.choose_leverage,
            ChooseMarginMode: self._margins.choose_mode,
            **Counter(books=self._books, shop=self._shop, publish=publish).handlers,
        }

    @property
    def commands(self) -> tuple[type[Command], ...]:
        """Return the commands that `handle` takes."""
        return tuple(self._handlers)

    def on_mark(self, event: PerpetualMoved) -> None:
        """Value positions in perpetuals at the newest mark price."""
        self._margins.on_mark(event)

    @property
    def state(self) -> TradingState:
        """Return what the desk may send now."""
        return self._standing.state

    async def start(self) -> None:
        """Read the account as stored, then listen to the venue and compare."""
        await self._books.load()
        await self._worth.load()
        await self._margins.load()
        await self._shop.load()
        await self._halting.load()
        self._standing.tell()
        self._listen()
        self._ears.start(self._rounds.run(), name=f"reconciliation of {self.account.id}")
        self._ears.start(self._worth.run(), name=f"worth of {self.account.id}")
        self._ears.start(self._margins.run(), name=f"margin of {self.account.id}")
        self._ears.start(self._shop.run(), name=f"order work of {self.account.id}")
        # No look is asked for: the stream asks once it is connected, and one from before
        # would count for nothing. Without a stream the rounds look by themselves.

    async def ready(self) -> None:
        """Wait until the account was compared with its venue."""
        await self._standing.is_compared.wait()

    def distrust(self, reason: str) -> None:
        """Trust neither prices nor the private stream until both have come anew."""
        self._prices.forget()
        self._standing.disconnect(reason)
        self._ears.start(self._listen_anew(), name=f"listen anew to {self.account.id}")

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

    def _listen(self) -> None:
        name = f"private stream of {self.account.id}"
        self._listening = self._ears.start(self._stream.run(), name=name)

    async def _listen_anew(self) -> None:
        async with self._turning:
            if self._listening is not None:
                # In the account's turn: no write of its is cut off between the rows and
                # what is remembered of them.
                async with self._books.turn():
                    self._listening.cancel()
                # Its end counts as a loss, and must not be taken for the next one's.
                await asyncio.wait({self._listening})
            self._listen()

    async def _place(self, command: PlaceOrder) -> None:
        await self._shop.sender.place(command.intent)

    async def _cancel(self, command: CancelOrder) -> None:
        order = self._books.blotter.order(command.client_id)
        if order is None or order.state in TERMINAL_STATES:
            state = "is not open" if order is None else f"is {order.state} already"
            self._notice(Severity.INFO, f"Order {command.client_id} {state}.")
            return
        self._shop.cancel(order)

    async def _cancel_all(self, command: CancelAllOrders) -> None:
        if command.instrument is None:
            await self._shop.parents.stop_all("every order was taken back")
        self._shop.cancel_all(command.instrument)

    async def _kill(self, command: KillTrading) -> None:
        await self._halting.halt(HaltTrading(reason=command.reason))
        await self._shop.killing.run(command.reason)

    async def _accept_difference(self, command: AcceptDifference) -> None:
        """Take a difference over on a person's word, once the venue has told it again."""
        if (sentence := self._audit.accept(command)) is not None:
            self._notice(Severity.INFO, sentence)
            return
        self._rounds.ask()

    def _compare_anew(self) -> None:
        """Trust the account only once the key has read it from end to end."""
        self._standing.disconnect("the key is tried again and the account is compared")
        self._ears.start(self._listen_anew(), name=f"listen anew to {self.account.id}")

    def _is_flying(self, client_id: ClientOrderId) -> bool:
        return self._courier.is_flying(client_id)

    def _after_look(self) -> None:
        if not self._halting.keys.is_refused:
            self._courier.repeat_cancels()

    def _tell(self, event: Event) -> None:
        self._publish(event)
        if isinstance(event, OrderMoved):
            self._shop.on_moved(event.order)
        elif isinstance(event, BalanceMoved):
            self._shop.on_money()
        elif isinstance(event, PositionMoved):
            lock = self._worth.on_position(event.position)
            if lock is not None:
                self._work.start(self._worth.shut(lock), name=f"lock out {lock.code}")

    def _notice(self, severity: Severity, text: str) -> None:
        self._publish(NoticeRaised(severity=severity, text=text, topic="trading"))

    def _on_loss(self, name: str, _error: BaseException) -> None:
        """Trust nothing any more once the stream or the reconciliation has ended."""
        self._standing.disconnect(f"the {name} has failed; restart the desk")
        self._on_failure(name, _error)

    def _on_failure(self, name: str, error: BaseException) -> None:
        text = f"Something went wrong in {name}: {error}. The log has the details."
        self._notice(Severity.ERROR, text)
