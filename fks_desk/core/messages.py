"""Name every command that goes down and every event that comes up.

Commands are imperatives, events are past participles. `LASTING` events tell of
money or of an answer: no bridge may drop or merge them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fks_desk.core.model import (
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
    RowRef,
    RunId,
    Signal,
    SignalDecision,
    SignalId,
    Span,
    StrategyName,
    Ticker,
    Timeframe,
    TradingState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Ask the engine for something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Tell what happened."""

    @property
    def merge_key(self) -> object | None:
        """Return what a newer event of the same key replaces, or None if nothing may."""
        return None


# --- market ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchCandles(Command):
    """Keep an instrument's candles of one timeframe coming."""

    instrument: InstrumentId
    timeframe: Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMarket(Command):
    """Keep an instrument's ticker, trades and book coming."""

    instrument: InstrumentId


class FeedState(StrEnum):
    """Say how much a stream can be trusted."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsListed(Event):
    """The venue's instruments are known, or known anew."""

    instruments: tuple[Instrument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleMoved(Event):
    """The candle in progress changed."""

    candle: Candle

    @property
    def merge_key(self) -> object:
        """Return one key per bar: a newer state of the same bar replaces the older."""
        return CandleMoved, self.candle.instrument, self.candle.timeframe, self.candle.opened


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleClosed(Event):
    """A candle is complete and stored in the hot window."""

    candle: Candle


@dataclass(frozen=True, slots=True, kw_only=True)
class CandlesRepaired(Event):
    """Stored candles of this range changed; whoever shows them reads them again."""

    instrument: InstrumentId
    timeframe: Timeframe
    span: Span
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapFound(Event):
    """Candles are missing between two that we have."""

    instrument: InstrumentId
    timeframe: Timeframe
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTraded(Event):
    """Somebody traded."""

    trade: MarketTrade

    @property
    def merge_key(self) -> object:
        """Return the instrument: a screen shows the newest print."""
        return MarketTraded, self.trade.instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerMoved(Event):
    """A quote changed."""

    ticker: Ticker

    @property
    def merge_key(self) -> object:
        """Return the instrument: a screen shows the newest quote."""
        return TickerMoved, self.ticker.instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMoved(Event):
    """An order book changed."""

    book: OrderBook

    @property
    def merge_key(self) -> object:
        """Return the instrument: a screen shows the newest book."""
        return BookMoved, self.book.instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMoved(Event):
    """A stream of an instrument became live, stale or lost. Stream: candles, trades, ..."""

    instrument: InstrumentId
    stream: str
    state: FeedState
    detail: str = ""


# --- trading --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder(Command):
    """Send this order, once."""

    intent: OrderIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder(Command):
    """Take one order back."""

    account: AccountId
    client_id: ClientOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAllOrders(Command):
    """Take back every open order of an account, or of one of its instruments."""

    account: AccountId
    instrument: InstrumentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition(Command):
    """Sell what is held, or buy back what is owed, at the market; `share` of it, 1 for all."""

    account: AccountId
    instrument: InstrumentId
    share: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"need 0 < share <= 1, was {self.share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltTrading(Command):
    """Stop sending anything that raises exposure, until a person resumes."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTrading(Command):
    """Lift a halt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(Event):
    """The desk kept an order at home. `code` is stable, `reason` is a sentence with numbers."""

    intent: OrderIntent
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(Event):
    """An order's state, fill or reason changed: written, sent, accepted, canceled, ..."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(Event):
    """An execution of ours was recorded."""

    fill: Fill
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMoved(Event):
    """A position changed by a fill or by reconciliation."""

    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMoved(Event):
    """A balance changed at the venue."""

    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateMoved(Event):
    """The desk may now send more, less or nothing."""

    account: AccountId
    state: TradingState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled(Event):
    """Venue and desk were compared; `repairs` has one sentence per difference mended."""

    account: AccountId
    repairs: tuple[str, ...]


# --- strategies and backtests ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRaised(Event):
    """A strategy took a stance at a closed bar."""

    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSignal(Command):
    """Note that a person took or skipped a signal; the newest word counts."""

    signal: SignalId
    decision: SignalDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDecided(Event):
    """What a person made of a signal is stored."""

    signal: Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestSpec:
    """Say what to test, over what, at what cost. Costs are in basis points of the notional."""

    strategy: StrategyName
    params: Mapping[str, float]
    instrument: InstrumentId
    timeframe: Timeframe
    span: Span
    cash: Decimal = Decimal(10_000)
    fee_bps: Decimal = Decimal(10)
    slippage_bps: Decimal = Decimal(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBacktest(Command):
    """Start a backtest in the worker process."""

    run: RunId
    spec: BacktestSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBacktest(Command):
    """Stop a running backtest."""

    run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestTrade:
    """Hold one round trip of a backtest; times are milliseconds since 1970."""

    entry_time: int
    exit_time: int
    side: str
    entry_price: float
    exit_price: float
    size: float
    pnl: float
    fees: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BacktestReport:
    """Hold a finished run.

    `equity_time` (int64 milliseconds) and `equity` (float64, quote currency) are
    arrays of one length, one point per bar. `metrics` maps stable names such as
    `total_return`, `max_drawdown`, `sharpe` to plain numbers.
    """

    run: RunId
    spec: BacktestSpec
    equity_time: Any  # numpy int64 array; core.frame imports this module's neighbours
    equity: Any  # numpy float64 array
    trades: tuple[BacktestTrade, ...]
    metrics: Mapping[str, float]
    digest: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestMoved(Event):
    """A run got further; `fraction` goes from 0 to 1."""

    run: RunId
    fraction: float
    note: str

    @property
    def merge_key(self) -> object:
        """Return the run: only the newest progress matters."""
        return BacktestMoved, self.run


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BacktestDone(Event):
    """A run finished and is stored."""

    report: BacktestReport


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestStopped(Event):
    """A run was cancelled or failed; nothing of it is stored."""

    run: RunId
    reason: str
    was_cancelled: bool


# --- intelligence -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskQuestion(Command):
    """Answer a question from the trader's own rows."""

    question: str
    text: str
    account: AccountId
    instrument: InstrumentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAnswer(Command):
    """Stop an answer that is being written."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Tie a piece of an answer to the row it rests on."""

    number: int
    ref: RowRef
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGrew(Event):
    """An answer has more text; `text` is everything so far."""

    question: str
    text: str

    @property
    def merge_key(self) -> object:
        """Return the question: the newest text holds the older."""
        return AnswerGrew, self.question


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDone(Event):
    """An answer is complete, or was stopped; `model` says who wrote it."""

    question: str
    text: str
    citations: tuple[Citation, ...]
    model: str
    was_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFailed(Event):
    """No answer could be given."""

    question: str
    reason: str


# --- tasks ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask(Command):
    """Put a job into its queue now."""

    job: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask(Command):
    """Stop a task that waits or runs."""

    task: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTask(Command):
    """Run a failed task again."""

    task: int


class TaskState(StrEnum):
    """Say where a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """Hold one task as the tasks pane shows it."""

    task: int
    job: str
    queue: str
    state: TaskState
    attempts: int
    queued: datetime
    started: datetime | None = None
    ended: datetime | None = None
    progress: float = 0.0
    note: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMoved(Event):
    """A task was queued, started, got further, finished or failed."""

    record: TaskRecord

    @property
    def merge_key(self) -> object:
        """Return the task and its state, so that no change of state is lost."""
        return TaskMoved, self.record.task, self.record.state


# --- the desk itself --------------------------------------------------------------------


class HealthState(StrEnum):
    """Say how well a part is."""

    STARTING = "starting"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthMoved(Event):
    """A part's health changed; `next_step` says what to do when it is not good."""

    part: str
    state: HealthState
    detail: str
    next_step: str = ""

    @property
    def merge_key(self) -> object:
        """Return the part: only its newest health matters."""
        return HealthMoved, self.part


class Severity(StrEnum):
    """Say how loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRaised(Event):
    """A person should read this sentence."""

    severity: Severity
    text: str
    topic: str = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReady(Event):
    """The engine has its database, its venue and its reconciled orders."""

    accounts: Sequence[AccountId]
    seconds: float


LASTING: tuple[type[Event], ...] = (
    CandleClosed,
    OrderDenied,
    OrderMoved,
    OrderFilled,
    PositionMoved,
    BalanceMoved,
    TradingStateMoved,
    Reconciled,
    SignalRaised,
    SignalDecided,
    BacktestDone,
    BacktestStopped,
    AnswerDone,
    AnswerFailed,
    NoticeRaised,
)
