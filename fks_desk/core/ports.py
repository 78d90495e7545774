"""Declare the doors between rooms, named for the need of whoever calls.

Every `async` method may raise `StorageUnavailable`, `FeedUnavailable` or another
`FKSException` that says what the caller can do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from fks_desk.core.alerts import Alert, AlertId
from fks_desk.core.console import SqlConsole, TableBrowser
from fks_desk.core.crash_drill import CrashDrillReader
from fks_desk.core.downloads import DownloadReader
from fks_desk.core.drawings import Drawing, DrawingId
from fks_desk.core.flow import FlowReader
from fks_desk.core.frame import Frame
from fks_desk.core.ledger import EquityPoint, TradeNote, Transfer, TransferReader
from fks_desk.core.messages import BacktestReport, Command, Event, TaskRecord
from fks_desk.core.model import (
    Account,
    AccountId,
    Balance,
    Candle,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    MarketTrade,
    Order,
    OrderBook,
    OrderIntent,
    Position,
    Provenance,
    RowRef,
    Signal,
    SignalDecision,
    SignalId,
    Span,
    Ticker,
    Timeframe,
    VenueOrderId,
)
from fks_desk.core.origins import CandleOrigins
from fks_desk.core.parents import ParentOrder
from fks_desk.core.pictures import TradePictures
from fks_desk.core.recordings import RecordingReader
from fks_desk.core.storage_report import StorageReader
from fks_desk.core.tags import TagReader
from fks_desk.core.transfers import FileDesk

Send = Callable[[Command], None]
Publish = Callable[[Event], None]


# --- candles and instruments ------------------------------------------------------------


class CandleReader(Protocol):
    """Read stored candles as arrays."""

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        """Return up to count candles that opened before the moment, oldest first."""
        ...

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        """Return the candles that opened inside the span, oldest first."""
        ...

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        """Return the first open and the last close stored, or None if nothing is."""
        ...

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        """Return what is stored: instrument, timeframe and count of candles."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCount:
    """Say what a bulk write did."""

    inserted: int
    revised: int
    unchanged: int


class CandleWriter(Protocol):
    """Store candles; writing the same ones twice changes nothing."""

    async def upsert(self, candles: Sequence[Candle]) -> WriteCount:
        """Store closed candles of any instruments."""
        ...

    async def upsert_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        frame: Frame,
        provenance: Provenance,
    ) -> WriteCount:
        """Store a frame in bulk, all of it or, on an error, nothing."""
        ...


class MarketTradeWriter(Protocol):
    """Store public prints."""

    async def record_market_trades(self, trades: Sequence[MarketTrade]) -> int:
        """Store the prints not yet known and return how many were new."""
        ...


class InstrumentStore(Protocol):
    """Keep what the venues list, so that the desk starts offline."""

    async def instruments(self) -> Sequence[Instrument]:
        """Return every instrument known."""
        ...

    async def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Insert or update instruments."""
        ...


# --- an exchange, seen from the market room ---------------------------------------------


class MarketSource(Protocol):
    """Stream and fetch public data of one venue; streams end only by error or cancel."""

    async def instruments(self) -> Sequence[Instrument]:
        """Return what the venue lists."""
        ...

    def candles(self, instrument: Instrument, timeframe: Timeframe) -> AsyncIterator[Candle]:
        """Yield each change of the current candle; the closed one has `is_closed`."""
        ...

    def tickers(self, instruments: Sequence[Instrument]) -> AsyncIterator[Ticker]:
        """Yield each change of any of the quotes."""
        ...

    def trades(self, instrument: Instrument) -> AsyncIterator[MarketTrade]:
        """Yield each public print."""
        ...

    def books(self, instrument: Instrument) -> AsyncIterator[OrderBook]:
        """Yield each state of the order book."""
        ...


class HistorySource(Protocol):
    """Fetch old candles of one venue, apart from the order path."""

    async def history(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime, limit: int
    ) -> Sequence[Candle]:
        """Return up to limit closed candles that opened at or after since, oldest first."""
        ...

    async def server_offset_ms(self) -> float:
        """Return the venue's clock minus ours, in milliseconds."""
        ...


# --- an exchange, seen from the trading room ----------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """Hold what a venue says of an order of ours."""

    client_id: ClientOrderId
    venue_order_id: VenueOrderId
    instrument: InstrumentId
    state: str  # an OrderState value that the venue can vouch for, or "unknown"
    intent: OrderIntent | None
    filled: Any  # Decimal
    average_price: Any  # Decimal or None
    updated: datetime
    reason: str = ""
    fills: tuple[Fill, ...] = ()  # executions that came in the same answer


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """Carry news of an order or a fill from the venue's private stream.

    An empty one says that the stream is connected; `lost` says why it is not any more.
    """

    order: VenueOrder | None = None
    fill: Fill | None = None
    balances: tuple[Balance, ...] = ()
    lost: str = ""


class Broker(Protocol):
    """Take orders of one account to its venue, real or simulated, and tell what became of them.

    A definite no raises `OrderRefused`; any doubt raises `OutcomeUnknown`. Nothing
    here sends twice.
    """

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send the order, once."""
        ...

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Ask to take the order back; `OrderRefused` if the venue says it is gone."""
        ...

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if the venue says it knows none of this id."""
        ...

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        ...


class AccountReader(Protocol):
    """Read one account at its venue, for reconciliation."""

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Return every open order."""
        ...

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        """Return orders of an instrument in any state, placed at or after since."""
        ...

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        """Return our fills of an instrument since the moment, oldest first."""
        ...

    async def balances(self) -> Sequence[Balance]:
        """Return every balance that is not zero."""
        ...


# --- trading state ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingChange:
    """Hold what one step of trading changed; it is stored whole or not at all.

    `events` go to the journal in the same transaction as the rows they tell of.
    """

    account: AccountId
    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    positions: tuple[Position, ...] = ()
    balances: tuple[Balance, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    parents: tuple[ParentOrder, ...] = ()
    events: tuple[JournalDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDraft:
    """Hold a journal row before it gets its sequence, its `ts_init` and its hash.

    `payload` is a JSON object with Decimals written as text.
    """

    type: str
    payload: Mapping[str, Any]
    ts_event: datetime
    account: AccountId | None = None
    origin: str = ""
    correlation: str = ""
    causation: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """Hold a journal row as stored; `digest` seals it together with the row before."""

    sequence: int
    draft: JournalDraft
    ts_init: datetime
    digest: str


class TradingStore(Protocol):
    """Keep orders, fills, positions and balances of every account."""

    async def record(self, *changes: TradingChange) -> Sequence[Fill]:
        """Store changes, one upon the other, in one transaction; return the fills that were new.

        If a fill is known already, all of them are left unstored and the caller
        decides again without it (see `known_fills`).
        """
        ...

    async def open_orders(self, account: AccountId) -> Sequence[Order]:
        """Return every order that is not in a terminal state."""
        ...

    async def order(self, account: AccountId, client_id: ClientOrderId) -> Order | None:
        """Return one order, or None."""
        ...

    async def known_fills(self, fills: Sequence[Fill]) -> Sequence[Fill]:
        """Return those of the fills that are stored already."""
        ...

    async def last_fill_time(self, account: AccountId) -> datetime | None:
        """Return the newest fill's event time, or None."""
        ...


class TradingReader(Protocol):
    """Read trading rows for tables and answers, newest first."""

    async def accounts(self) -> Sequence[Account]:
        """Return every account."""
        ...

    async def orders(self, account: AccountId, limit: int = 500) -> Sequence[Order]:
        """Return the newest orders."""
        ...

    async def fills(
        self, account: AccountId, instrument: InstrumentId | None = None, limit: int = 500
    ) -> Sequence[Fill]:
        """Return the newest fills."""
        ...

    async def positions(self, account: AccountId) -> Sequence[Position]:
        """Return every position that was ever opened, flat ones included."""
        ...

    async def balances(self, account: AccountId) -> Sequence[Balance]:
        """Return the newest balance of each currency."""
        ...


class AccountHistory(Protocol):
    """Read what became of an account over time, and keep what its trader notes."""

    async def equity(
        self, account: AccountId, since: datetime, limit: int = 5_000
    ) -> Sequence[EquityPoint]:
        """Return the newest points at or after the moment, oldest first."""
        ...

    async def parents(self, account: AccountId, limit: int = 200) -> Sequence[ParentOrder]:
        """Return the newest parent orders."""
        ...

    async def told(
        self, account: AccountId, types: Sequence[str], limit: int = 500
    ) -> Sequence[JournalRow]:
        """Return the newest journal rows of these types, newest first."""
        ...

    async def notes(self, account: AccountId) -> Sequence[TradeNote]:
        """Return every note."""
        ...

    async def save_note(self, note: TradeNote) -> None:
        """Store a note, replacing an older one of the same round trip."""
        ...


class AccountStore(Protocol):
    """Keep accounts; an account's venue and mode never change."""

    async def ensure_account(self, account: Account) -> None:
        """Store the account, or raise `ConfigError` if it exists with another venue or mode."""
        ...


class Journal(Protocol):
    """Append to and read from the event journal."""

    async def append(
        self, drafts: Sequence[JournalDraft], *, marks: Sequence[str] = ()
    ) -> Sequence[JournalRow]:
        """Seal and store rows of their own, for events that change no other table.

        Each consumer named in `marks` has dealt with the last of them: noted with the
        rows in one transaction, or not at all.
        """
        ...

    async def read(self, after: int, limit: int = 1000) -> Sequence[JournalRow]:
        """Return rows with a higher sequence, oldest first."""
        ...

    async def offset(self, consumer: str) -> int:
        """Return the last sequence a consumer has dealt with, 0 at first."""
        ...

    async def advance(self, consumer: str, sequence: int) -> None:
        """Note that a consumer has dealt with everything up to the sequence."""
        ...

    async def verify(self) -> int | None:
        """Return the first sequence whose seal is broken, or None if all hold."""
        ...


# --- signals, strategies, backtests ---------------------------------------------------------


class SignalStore(Protocol):
    """Keep signals; the same strategy, instrument and bar is stored once."""

    async def record_signals(self, signals: Sequence[Signal]) -> Sequence[Signal]:
        """Store signals and return those that were new."""
        ...

    async def signals(
        self, instrument: InstrumentId | None = None, limit: int = 200
    ) -> Sequence[Signal]:
        """Return the newest signals."""
        ...

    async def decide_signal(self, signal: SignalId, decision: SignalDecision) -> Signal | None:
        """Store what a person made of a signal and return it, or None if it is not known."""
        ...


class BacktestStore(Protocol):
    """Keep finished backtests."""

    async def record_backtest(self, report: BacktestReport) -> None:
        """Store a finished run."""
        ...

    async def backtests(self, limit: int = 100) -> Sequence[BacktestReport]:
        """Return the newest runs; equity and trades may be left empty."""
        ...

    async def backtest(self, run: str) -> BacktestReport | None:
        """Return one run, whole."""
        ...


class DrawingStore(Protocol):
    """Keep what is drawn on charts."""

    async def drawings(self, instrument: InstrumentId) -> Sequence[Drawing]:
        """Return an instrument's drawings, oldest first."""
        ...

    async def drawing(self, drawing: DrawingId) -> Drawing | None:
        """Return one drawing, or None."""
        ...

    async def save_drawings(self, drawings: Sequence[Drawing]) -> None:
        """Insert or update drawings."""
        ...

    async def delete_drawings(self, ids: Sequence[DrawingId]) -> None:
        """Forget drawings; ids that are not known are left alone."""
        ...


class AlertStore(Protocol):
    """Keep alerts; each fires at most once, also across a restart."""

    async def alerts(self) -> Sequence[Alert]:
        """Return every alert, newest first."""
        ...

    async def save_alert(self, alert: Alert) -> None:
        """Insert or update an alert."""
        ...

    async def fire_alert(self, alert: Alert, draft: JournalDraft) -> bool:
        """Note that an armed alert fired, with its journal row; False if it is armed no more."""
        ...

    async def delete_alert(self, alert: AlertId) -> None:
        """Forget an alert."""
        ...


# --- documents and answers ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Hold one plain-language description of one stored row."""

    ref: RowRef
    title: str
    text: str
    instrument: InstrumentId | None
    account: AccountId | None
    moment: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Hold a retrieved document with the score and the reasons for its rank."""

    document: Document
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalQuery:
    """Say what to look for; empty filters mean all."""

    text: str
    embedding: tuple[float, ...] | None = None
    model: str = ""
    kinds: tuple[str, ...] = ()
    instrument: InstrumentId | None = None
    account: AccountId | None = None
    limit: int = 8


class DocumentStore(Protocol):
    """Keep documents and their embeddings; the same row and text is stored once."""

    async def save_documents(
        self, documents: Sequence[Document], embeddings: Sequence[Sequence[float]], model: str
    ) -> int:
        """Store documents with their embeddings of one model; return how many were new."""
        ...

    async def search(self, query: RetrievalQuery) -> Sequence[Passage]:
        """Return passages by meaning and by words, fused, best first."""
        ...

    async def document(self, ref: RowRef) -> Document | None:
        """Return the document of a row, or None."""
        ...


class Facts(Protocol):
    """Answer exact questions by SQL, with the rows that the answer rests on."""

    async def ask(self, name: str, **arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a named query; each has a `ref` such as `trade:12`."""
        ...

    async def row(self, ref: RowRef) -> Mapping[str, Any] | None:
        """Return the stored row that a citation points at, or None if it is gone."""
        ...


class Embedder(Protocol):
    """Turn texts into vectors of one model."""

    @property
    def model(self) -> str:
        """Return the model's name; vectors of different models never mix."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of each vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one unit vector per text."""
        ...


class LanguageModel(Protocol):
    """Write text, token by token."""

    @property
    def name(self) -> str:
        """Return the model's name as answers show it."""
        ...

    def stream(self, system: str, prompt: str, max_tokens: int) -> AsyncIterator[str]:
        """Yield pieces of text until done; closing the iterator stops the model."""
        ...


# --- tasks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEntry:
    """Say when a job runs by itself and how it went last time."""

    job: str
    title: str
    queue: str
    cron: str
    next_run: datetime | None
    last: TaskRecord | None


class TaskReader(Protocol):
    """Read the task queue for the tasks pane."""

    async def tasks(self, limit: int = 200) -> Sequence[TaskRecord]:
        """Return the newest tasks."""
        ...

    async def schedule(self) -> Sequence[ScheduleEntry]:
        """Return every job with its schedule; `cron` is empty for jobs on demand."""
        ...


class SecretStore(Protocol):
    """Keep secrets where the operating system does."""

    def get(self, name: str) -> str | None:
        """Return the secret, or None if there is none."""
        ...

    def put(self, name: str, value: str) -> None:
        """Store the secret, replacing an older one."""
        ...

    def delete(self, name: str) -> None:
        """Forget the secret."""
        ...


class Notifier(Protocol):
    """Tell a person outside the window."""

    async def notify(self, title: str, text: str) -> None:
        """Deliver plain text, or raise an `FKSException`."""
        ...


CommandHandler = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """Gather the read ports that the window gets; every call may be awaited from the GUI loop."""

    candles: CandleReader
    origins: CandleOrigins
    instruments: InstrumentStore
    trading: TradingReader
    history: AccountHistory
    transfers: TransferReader
    pictures: TradePictures
    signals: SignalStore
    backtests: BacktestStore
    facts: Facts
    journal: Journal
    tasks: TaskReader
    drawings: DrawingStore
    alerts: AlertStore
    files: FileDesk
    downloads: DownloadReader
    storage: StorageReader
    tables: TableBrowser
    console: SqlConsole
    tags: TagReader
    recordings: RecordingReader
    flow: FlowReader
    drills: CrashDrillReader
