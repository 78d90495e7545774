"""Keep what an account's holdings cost, first in first out beside average, and write it out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import LedgerChecked
from fks_desk.core.errors import FKSException
from fks_desk.core.fifo import FifoBook, Leg, OpenLot, in_order
from fks_desk.core.ledger import Transfer, TransferKind, TransferReader
from fks_desk.core.messages import EngineReady, OrderFilled
from fks_desk.core.model import ZERO, Account, Fill, Instrument, InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import TradingReader
from fks_desk.core.transfers import FileDesk
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.batch import Batch
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

MOST_FILLS = 100_000
MOST_LOTS = 500
LEG_COLUMNS = (
    "symbol", "acquired", "disposed", "side", "size", "cost_fifo", "cost_average", "proceeds",
    "fee", "gain_fifo", "gain_average", "currency", "acquired_by", "disposed_by",
)  # fmt: skip
FUNDING_COLUMNS = ("time", "symbol", "funding", "currency", "total")
FEE_COLUMNS = ("time", "symbol", "trade", "order", "side", "fee", "currency", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class FifoState:
    """Hold an instrument's cost, first in first out; `is_whole` tells that nothing is missing."""

    size: Decimal
    cost: Decimal
    realised: Decimal
    lots: int
    is_whole: bool = True

    @property
    def price(self) -> Decimal | None:
        """Return the cost of one unit, or None while nothing is held."""
        return self.cost / self.size if self.size else None

    def unrealised(self, mark: Decimal | None) -> Decimal | None:
        """Return what leaving at the mark would add, before fees."""
        return None if mark is None else self.size * mark - self.cost


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """Hold one open lot with its mark."""

    lot: OpenLot
    instrument: Instrument
    mark: Decimal | None

    @property
    def key(self) -> tuple[InstrumentId, str]:
        """Return what names the line."""
        return self.instrument.id, self.lot.trade

    @property
    def gain(self) -> Decimal | None:
        """Return what leaving at the mark would add, or None without a mark."""
        return None if self.mark is None else self.lot.gain(self.mark)


class CostsModel(QObject):
    """Own one book per instrument, built once from the stored fills and fed with each new one."""

    changed = Signal(object)  # set[InstrumentId]
    rows_changed = Signal(object)  # list[LotRow], all of them
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        transfers: TransferReader,
        files: FileDesk,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._trading = trading
        self._transfers = transfers
        self._files = files
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._books: dict[InstrumentId, FifoBook] = {}
        self._is_whole = True
        self._funding: dict[str, Decimal] = {}
        self._strange_fees: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._batch = Batch(
            lambda keys: self._tell({InstrumentId(str(k)) for k in keys}), parent=self
        )

    def listen(self, bridge: Bridge) -> None:
        """Hear of executions."""
        bridge.subscribe(OrderFilled, self.on_order_filled)
        bridge.subscribe(LedgerChecked, self.on_ledger_checked)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read every fill and count anew."""
        self._loader.start(self._load, name="count costs")

    def state(self, instrument: InstrumentId) -> FifoState | None:
        """Return an instrument's cost, or None before its first fill."""
        book = self._books.get(instrument)
        if book is None:
            return None
        return FifoState(
            size=book.size,
            cost=book.cost,
            realised=book.realised,
            lots=len(book.lots),
            is_whole=self._is_whole,
        )

    def on_order_filled(self, event: OrderFilled) -> None:
        """Count one more execution; one that comes late has every fill counted anew."""
        fill = event.fill
        if fill.account != self._account.id:
            return
        instrument = self._market.instrument(fill.instrument)
        book = self._books.get(fill.instrument)
        if instrument is None or (book is not None and in_order(fill) <= book.newest):
            self.load()
            return
        if book is None:
            book = self._books[fill.instrument] = FifoBook(instrument)
        book.take(fill)
        _add_strange_fee(self._strange_fees, fill, instrument)
        self._batch.add(fill.instrument)

    def on_ledger_checked(self, event: LedgerChecked) -> None:
        """Count funding that was paid meanwhile."""
        if event.account == self._account.id:
            self._loader.start(self._load_funding, name="count funding")

    def export(self) -> None:
        """Write cost basis, the fees of every fill and the funding to files."""
        self._loader.start(self._export, name="export costs")

    async def _load(self) -> None:
        books = await self._counted()
        self._books = books
        self._funding = await self._paid()
        self._tell(set(books))

    async def _load_funding(self) -> None:
        paid = await self._paid()
        if paid != self._funding:
            self._funding = paid
            self.summary_changed.emit(self._summary())

    async def _paid(self) -> dict[str, Decimal]:
        """Return what holding perpetuals brought, by currency."""
        paid: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in await self._transfers.transfers(self._account.id):
            if one.kind is TransferKind.FUNDING:
                paid[one.currency] += one.amount
        return paid

    async def _counted(self) -> dict[InstrumentId, FifoBook]:
        fills = await self._trading.fills(self._account.id, limit=MOST_FILLS)
        self._is_whole = len(fills) < MOST_FILLS
        listed = {key: self._market.instrument(key) for key in {one.instrument for one in fills}}
        known = {key: one for key, one in listed.items() if one is not None}
        self._strange_fees = defaultdict(Decimal)
        for one in fills:
            if one.instrument in known:
                _add_strange_fee(self._strange_fees, one, known[one.instrument])
        return await asyncio.to_thread(_books_of, fills, known)

    def _tell(self, moved: set[InstrumentId]) -> None:
        self.changed.emit(moved)
        rows = [
            LotRow(
                lot=lot,
                instrument=book.instrument,
                mark=self._market.mark(book.instrument.id),
            )
            for book in self._books.values()
            for lot in islice(book.lots, MOST_LOTS)
        ]
        self.rows_changed.emit(rows)
        self.summary_changed.emit(self._summary())

    def _summary(self) -> str:
        lots = sum(len(book.lots) for book in self._books.values())
        legs = sum(len(book.legs) for book in self._books.values())
        text = tr("{lots} open lots   {legs} closed parts", lots=lots, legs=legs)
        if any(len(book.lots) > MOST_LOTS for book in self._books.values()):
            text += "   " + tr("the oldest {count} of each symbol are listed", count=MOST_LOTS)
        text += "".join(f"   {line}" for line in self._made())
        if not self._is_whole:
            text += "   " + tr(
                "counted from the newest {count} fills only", count=f"{MOST_FILLS:,}"
            )
        return text

    def _made(self) -> list[str]:
        """Say what closing and holding have made, fees and funding counted, by currency."""
        realised: dict[str, Decimal] = defaultdict(Decimal)
        for book in self._books.values():
            realised[book.instrument.quote] += book.realised
        lines = []
        for currency in sorted({*realised, *self._funding}):
            closed, paid = realised.get(currency, ZERO), self._funding.get(currency, ZERO)
            if closed == 0 and paid == 0:
                continue
            lines.append(
                tr(
                    "{currency}: realised {closed} after fees, funding {paid}, net {net}",
                    currency=currency,
                    closed=fmt.signed(closed, 2),
                    paid=fmt.signed(paid, 2),
                    net=fmt.signed(closed + paid, 2),
                )
            )
        strange = ", ".join(
            f"{fmt.exact(amount)} {name}" for name, amount in self._strange_fees.items()
        )
        return [*lines, tr("without fees of {strange}", strange=strange)] if strange else lines

    async def _export(self) -> None:
        fills = await self._trading.fills(self._account.id, limit=MOST_FILLS)
        funding = funding_rows(await self._transfers.transfers(self._account.id))
        if not fills and not funding:
            self.notice_changed.emit(tr("There is nothing to write: no order has filled yet."))
            return
        stamp = f"{self._clock.now():%Y%m%d-%H%M%S}"
        legs = leg_rows(self._books.values())
        try:
            paths = [
                await self._files.write_table(f"cost-basis-{stamp}.csv", LEG_COLUMNS, legs),
                await self._files.write_table(f"fees-{stamp}.csv", FEE_COLUMNS, fee_rows(fills)),
            ]
            if funding:
                name = f"funding-{stamp}.csv"
                paths.append(await self._files.write_table(name, FUNDING_COLUMNS, funding))
        except FKSException as error:
            self.notice_changed.emit(error.message)
            return
        self.notice_changed.emit(
            tr(
                "{legs} closed parts, {fees} fees and {funding} fundings written to {paths}",
                legs=len(legs),
                fees=len(fills),
                funding=len(funding),
                paths=", ".join(paths),
            )
        )


def leg_rows(books: Iterable[FifoBook]) -> list[tuple[object, ...]]:
    """Return every closed part as a row of `LEG_COLUMNS`, oldest first."""
    legs = [(leg, book.instrument) for book in books for leg in book.legs]
    return [_leg_row(*pair) for pair in sorted(legs, key=lambda pair: pair[0].closed)]


def fee_rows(fills: Sequence[Fill]) -> list[tuple[object, ...]]:
    """Return what each fill cost as a row of `FEE_COLUMNS`, oldest first."""
    return [
        (
            _moment(fill.ts_event), _symbol(fill.instrument), str(fill.trade_id),
            str(fill.client_id), fill.side.value, fill.fee.amount, fill.fee.currency,
            "rebate" if fill.fee.amount < ZERO else "fee",
        )
        for fill in sorted(fills, key=in_order)
    ]  # fmt: skip


def funding_rows(transfers: Sequence[Transfer]) -> list[tuple[object, ...]]:
    """Return what holding perpetuals brought or, below zero, cost as rows of `FUNDING_COLUMNS`.

    `total` adds up, oldest first, what an instrument brought in that currency until then.
    """
    totals: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    rows: list[tuple[object, ...]] = []
    for one in sorted(transfers, key=lambda one: one.at):
        if one.kind is TransferKind.FUNDING:
            key = one.reference, one.currency
            totals[key] += one.amount
            symbol = _symbol(InstrumentId(one.reference))
            rows.append((_moment(one.at), symbol, one.amount, one.currency, totals[key]))
    return rows


def _leg_row(leg: Leg, instrument: Instrument) -> tuple[object, ...]:
    return (
        instrument.symbol, _moment(leg.opened), _moment(leg.closed), leg.side.value, leg.size,
        leg.cost, leg.average_cost, leg.proceeds, leg.fee, leg.gain, leg.average_gain,
        instrument.quote, str(leg.opening), str(leg.closing),
    )  # fmt: skip


def _books_of(
    fills: Sequence[Fill], instruments: dict[InstrumentId, Instrument]
) -> dict[InstrumentId, FifoBook]:
    found: defaultdict[InstrumentId, list[Fill]] = defaultdict(list)
    for fill in fills:
        found[fill.instrument].append(fill)
    return {key: FifoBook(one, found[key]) for key, one in instruments.items()}


def _add_strange_fee(fees: defaultdict[str, Decimal], fill: Fill, instrument: Instrument) -> None:
    """Count a fee in a currency that the books of the instrument do not."""
    if fill.fee.amount and fill.fee.currency not in {instrument.base, instrument.quote}:
        fees[fill.fee.currency] += fill.fee.amount


def _symbol(instrument: InstrumentId) -> str:
    return instrument.split(":", 2)[2]


def _moment(moment: datetime) -> str:
    return moment.isoformat()
