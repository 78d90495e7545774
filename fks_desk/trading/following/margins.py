"""Follow what backs an account's perpetuals: terms, marks, liquidation prices and funding."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from fks_desk.core.errors import FKSException
from fks_desk.core.ledger import LedgerStore, Transfer, TransferKind
from fks_desk.core.margin import (
    ChooseLeverage,
    ChooseMarginMode,
    MarginLine,
    MarginMoved,
    MarginPayment,
    MarginReader,
)
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import ZERO, PositionSide
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.core.ports import Publish
from fks_desk.trading.books.account import Books
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

_APART = (
    "the account holds long and short apart (hedge mode), which this desk does not trade: it can "
    "close neither side, with the kill switch neither. Close both on the venue's own page and "
    "choose one-way mode there"
)
_PAID = frozenset({TransferKind.FUNDING, TransferKind.INSURANCE})
_NO_MARGIN = "This account trades no perpetuals; it has no leverage to choose."


class Margins:
    """Read the venue's margin lines again and again; without a reader there is nothing to read.

    Funding and insurance are written down as they were paid, once: a payment is known by
    its kind, moment and instrument. What was paid before the books were opened is part of
    their opening.
    """

    def __init__(
        self,
        *,
        reader: MarginReader | None,
        books: Books,
        store: LedgerStore,
        publish: Publish,
        options: TradingOptions,
        failed: Callable[[Exception], None] = lambda _error: None,
    ) -> None:
        self._reader = reader
        self._books = books
        self._store = store
        self._publish = publish
        self._options = options
        self._on_failed = failed
        self._since: dict[TransferKind, datetime] = {}
        self._known: set[tuple[TransferKind, datetime, str]] = set()
        self._paid: defaultdict[str, Decimal] = defaultdict(Decimal)

    async def load(self) -> None:
        """Take up which payments are written down already."""
        if self._reader is None:
            return
        for one in await self._store.transfers(self._books.account.id):
            self._remember(one)

    async def run(self) -> None:
        """Read until cancelled."""
        while self._reader is not None:
            try:
                await self.read_lines()
            except (FKSException, TimeoutError) as error:
                self._on_failed(error)
                log.info("the margin of %s is not known: %s", self._books.account.id, error)
            await asyncio.sleep(self._options.value_s)

    async def read_lines(self) -> tuple[MarginLine, ...]:
        """Read terms and marks once, and tell of them."""
        if self._reader is None:
            return ()
        async with asyncio.timeout(self._options.read_timeout_s):
            lines = tuple(await self._reader.margins())
        lines = tuple(
            replace(line, funding=self._paid.get(line.instrument, ZERO)) for line in lines
        )
        blotter = self._books.blotter
        blotter.leverages.update((line.instrument, line.leverage) for line in lines)
        blotter.marks.update((line.instrument, line.mark) for line in lines)
        self._publish(MarginMoved(account=self._books.account.id, lines=lines))
        return lines

    async def count_payments(self) -> list[str]:
        """Write down what was paid since without an execution; return one sentence for each."""
        if self._reader is None or not self._books.ledger.is_opened:
            return []
        if not self._since:
            for one in await self._store.transfers(self._books.account.id):
                self._remember(one)
        payments: list[MarginPayment] = []
        async with asyncio.timeout(self._options.read_timeout_s):
            for kind, since in self._since.items():
                payments += await self._reader.payments(kind, since)
        fresh = [self._transfer(one) for one in payments if self._is_fresh(one)]
        if fresh:
            await self._books.transfer(fresh)
        for one in fresh:
            self._remember(one)
        return [_sentence(one) for one in fresh]

    def differences(self, lines: tuple[MarginLine, ...]) -> list[str]:
        """Return where the venue holds another position than executions add up to."""
        if any(line.side is not PositionSide.NET for line in lines):
            return [_APART]
        found = []
        for line in lines:
            position = self._books.blotter.positions.get(line.instrument)
            ours = 0 if position is None else position.size
            if ours != line.size:
                found.append(
                    f"the venue holds {line.size} of {line.instrument}, executions add up to {ours}"
                )
        return found

    def on_mark(self, event: PerpetualMoved) -> None:
        """Value positions at the newest mark price."""
        if event.state.instrument in self._books.blotter.marks:
            self._books.blotter.marks[event.state.instrument] = event.state.mark

    async def choose_leverage(self, command: ChooseLeverage) -> None:
        """Trade a perpetual with another leverage."""
        if self._reader is not None:
            await self._try(self._reader.set_leverage(command.instrument, command.leverage))
        else:
            self._say(_NO_MARGIN)

    async def choose_mode(self, command: ChooseMarginMode) -> None:
        """Back a perpetual's position alone or with the whole wallet."""
        if self._reader is not None:
            await self._try(self._reader.set_margin_mode(command.instrument, command.mode))
        else:
            self._say(_NO_MARGIN)

    async def _try(self, change: Awaitable[None]) -> None:
        try:
            await change
            await self.read_lines()
        except (FKSException, TimeoutError) as error:
            self._on_failed(error)
            self._say(error.message if isinstance(error, FKSException) else "No answer came.")

    def _say(self, text: str) -> None:
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="trading"))

    def _is_fresh(self, payment: MarginPayment) -> bool:
        is_known = (payment.kind, payment.at, payment.instrument) in self._known
        return not is_known and payment.at >= self._since[payment.kind]

    def _transfer(self, payment: MarginPayment) -> Transfer:
        return Transfer(
            account=self._books.account.id,
            currency=payment.currency,
            amount=payment.amount,
            kind=payment.kind,
            at=payment.at,
            reference=payment.instrument,
        )

    def _remember(self, transfer: Transfer) -> None:
        at, kind = transfer.at, transfer.kind
        if (kind, at, transfer.reference) in self._known:
            return
        if kind in _PAID:
            self._known.add((kind, at, transfer.reference))
        if kind is TransferKind.FUNDING:
            self._paid[transfer.reference] += transfer.amount
        for one in _PAID if kind is TransferKind.OPENING else _PAID & {kind}:
            self._since[one] = max(self._since.get(one, at), at)


def _sentence(transfer: Transfer) -> str:
    if transfer.kind is TransferKind.INSURANCE:
        return _insurance_sentence(transfer)
    way = "brought" if transfer.amount > 0 else "cost"
    return (
        f"funding of {transfer.reference} {way} {abs(transfer.amount)} {transfer.currency} "
        f"at {transfer.at:%H:%M:%S}"
    )


def _insurance_sentence(transfer: Transfer) -> str:
    money, when = f"{abs(transfer.amount)} {transfer.currency}", f"{transfer.at:%H:%M:%S}"
    if transfer.amount < 0:
        return (
            f"the venue's insurance fund took {money} for the liquidation of "
            f"{transfer.reference} at {when}"
        )
    return (
        f"the venue's insurance fund paid {money}, by which the liquidation of "
        f"{transfer.reference} at {when} cost more than its margin: no deposit"
    )
