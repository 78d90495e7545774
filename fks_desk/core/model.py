"""Define the words of trading as values that cannot be wrong.

Glossary: a *candle* is one bar of a timeframe, named by its open time; a *fill*
is an execution of our own order; a *market trade* is anybody's print; *size* is
an amount of the base currency; *notional* is size times price; a *frame* is
candles as float64 arrays (`core.frame`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NewType

from fks_desk.core.clock import EPOCH, require_utc
from fks_desk.core.terms import PLAIN, Family, Terms

InstrumentId = NewType("InstrumentId", str)  # "venue:kind:SYMBOL", e.g. "demo:spot:BTC/USDT"
VenueId = NewType("VenueId", str)
AccountId = NewType("AccountId", str)
ClientOrderId = NewType("ClientOrderId", str)
VenueOrderId = NewType("VenueOrderId", str)
TradeId = NewType("TradeId", str)
SignalId = NewType("SignalId", str)
StrategyName = NewType("StrategyName", str)
RunId = NewType("RunId", str)

ZERO = Decimal(0)


class InstrumentKind(StrEnum):
    """Say what is traded: the coin itself or a perpetual on it."""

    SPOT = "spot"
    LINEAR = "linear"
    INVERSE = "inverse"


class Side(StrEnum):
    """Say which way an order or a fill goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a buy and -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderKind(StrEnum):
    """Say how an order meets the book.

    Stops and take-profits sleep until the market trades at their trigger; a stop
    waits for a worse price, a take-profit for a better one.
    """

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"
    TAKE_PROFIT_LIMIT = "take_profit_limit"
    TRAILING_STOP = "trailing_stop"

    @property
    def has_limit(self) -> bool:
        """Tell whether such an order names the worst price that it takes."""
        return self in {OrderKind.LIMIT, OrderKind.STOP_LIMIT, OrderKind.TAKE_PROFIT_LIMIT}

    @property
    def is_conditional(self) -> bool:
        """Tell whether such an order sleeps until a price wakes it."""
        return self not in {OrderKind.MARKET, OrderKind.LIMIT}

    @property
    def has_trigger(self) -> bool:
        """Tell whether such an order names the price that wakes it."""
        return self.is_conditional and self is not OrderKind.TRAILING_STOP

    @property
    def is_stop(self) -> bool:
        """Tell whether a worse price wakes such an order."""
        return self in {OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.TRAILING_STOP}


class TimeInForce(StrEnum):
    """Say how long an order may rest."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class Origin(StrEnum):
    """Say who wanted an order. EXTERNAL marks adopted orders and is never sent."""

    HAND = "hand"
    STRATEGY = "strategy"
    DESK = "desk"
    EXTERNAL = "external"


class Mode(StrEnum):
    """Say how real an account is; an account's mode never changes."""

    DEMO = "demo"
    PAPER = "paper"
    TESTNET = "testnet"
    LIVE = "live"


class PositionSide(StrEnum):
    """Say which leg a position is; spot and one-way accounts hold one net leg."""

    NET = "net"
    LONG = "long"
    SHORT = "short"


class MarginMode(StrEnum):
    """Say how a position is backed."""

    CASH = "cash"
    CROSS = "cross"
    ISOLATED = "isolated"


class Liquidity(StrEnum):
    """Say whether a fill added to the book or took from it."""

    MAKER = "maker"
    TAKER = "taker"


class Provenance(StrEnum):
    """Say where a candle came from."""

    STREAMED = "streamed"
    BUILT = "built"
    BACKFILLED = "backfilled"
    IMPORTED = "imported"
    REVISED = "revised"


class TradingState(StrEnum):
    """Say what the desk may send: only ACTIVE may raise exposure."""

    UNRECONCILED = "unreconciled"
    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class Timeframe(StrEnum):
    """Name a candle's length."""

    M1 = "1m"
    M3 = "3m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def delta(self) -> timedelta:
        """Return the candle's length."""
        return _LENGTHS[self]

    @property
    def milliseconds(self) -> int:
        """Return the candle's length in milliseconds."""
        return int(_LENGTHS[self].total_seconds() * 1000)

    def floor(self, moment: datetime) -> datetime:
        """Return the open time of the candle that holds the moment."""
        return moment - (moment - EPOCH) % self.delta


_LENGTHS = {
    Timeframe.M1: timedelta(minutes=1),
    Timeframe.M3: timedelta(minutes=3),
    Timeframe.M5: timedelta(minutes=5),
    Timeframe.M15: timedelta(minutes=15),
    Timeframe.M30: timedelta(minutes=30),
    Timeframe.H1: timedelta(hours=1),
    Timeframe.H4: timedelta(hours=4),
    Timeframe.D1: timedelta(days=1),
}


def parse_decimal(text: str, field_name: str) -> Decimal:
    """Return the finite number written in the text, or raise ValueError naming the field."""
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        raise ValueError(f"{field_name} must be a number such as 0.25, was {text!r}") from None
    if not number.is_finite():
        raise ValueError(f"{field_name} must be finite, was {text!r}")
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Carry an amount with its currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        _require_finite(self.amount, "amount")
        if not self.currency:
            raise ValueError("currency must be named, was empty")

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(amount=self.amount + other.amount, currency=self.currency)


def instrument_id(venue: str, kind: InstrumentKind, symbol: str) -> InstrumentId:
    """Return the id of an instrument: venue, kind and symbol joined by colons."""
    return InstrumentId(f"{venue}:{kind.value}:{symbol}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """Describe one tradable pair and the steps its exchange accepts.

    `symbol` is written BASE/QUOTE. `contract_size` is in base units per
    contract, 1 for spot. `settle` is the currency that PnL arrives in.
    """

    venue: VenueId
    kind: InstrumentKind = InstrumentKind.SPOT
    symbol: str
    base: str
    quote: str
    settle: str
    contract_size: Decimal = Decimal(1)
    tick: Decimal
    lot: Decimal
    min_size: Decimal = ZERO
    max_size: Decimal | None = None
    min_notional: Decimal = ZERO
    is_trading: bool = True

    def __post_init__(self) -> None:
        for name in ("tick", "lot", "contract_size"):
            _require_positive(getattr(self, name), name)

    @property
    def id(self) -> InstrumentId:
        """Return the instrument's id."""
        return instrument_id(self.venue, self.kind, self.symbol)

    @property
    def price_digits(self) -> int:
        """Return how many digits after the point a price shows."""
        return digits(self.tick)

    @property
    def size_digits(self) -> int:
        """Return how many digits after the point a size shows."""
        return digits(self.lot)

    def snap_price(self, price: Decimal) -> Decimal:
        """Round a price to the nearest tick."""
        return (price / self.tick).to_integral_value(ROUND_HALF_EVEN) * self.tick

    def snap_size(self, size: Decimal) -> Decimal:
        """Round a size down to a whole lot, so that we never oversell."""
        return (size / self.lot).to_integral_value(ROUND_DOWN) * self.lot


def digits(step: Decimal) -> int:
    """Return how many digits after the point a step needs."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Name a pot of money at a venue; its mode is fixed for life."""

    id: AccountId
    venue: VenueId
    mode: Mode
    title: str
    reporting_currency: str = "USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """Hold one bar. `ts_event` is when it last changed, `ts_init` when we learned of it."""

    instrument: InstrumentId
    timeframe: Timeframe
    opened: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    is_closed: bool
    ts_event: datetime
    ts_init: datetime
    provenance: Provenance = Provenance.STREAMED
    revision: int = 0

    def __post_init__(self) -> None:
        _require_positive(self.open, "open")
        _require_positive(self.high, "high")
        _require_positive(self.low, "low")
        _require_positive(self.close, "close")
        if not self.volume.is_finite() or self.volume < _ZERO:
            raise ValueError(f"volume must be zero or more, was {self.volume}")
        if not (self.low <= self.open <= self.high and self.low <= self.close <= self.high):
            raise ValueError(
                f"need low <= open, close <= high, were open {self.open}, high {self.high}, "
                f"low {self.low}, close {self.close}"
            )
        require_utc(self.opened, "opened")

    @property
    def closes(self) -> datetime:
        """Return the moment at which the candle ends and its successor opens."""
        return self.opened + self.timeframe.delta


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTrade:
    """Hold one public print; `side` is the taker's."""

    instrument: InstrumentId
    trade_id: TradeId
    side: Side
    price: Decimal
    size: Decimal
    ts_event: datetime
    ts_init: datetime

    def __post_init__(self) -> None:
        _require_positive(self.price, "price")
        _require_positive(self.size, "size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Hold the newest quote and the last 24 hours of an instrument."""

    instrument: InstrumentId
    last: Decimal
    bid: Decimal | None
    ask: Decimal | None
    change_pct: Decimal | None
    volume: Decimal | None
    ts_event: datetime
    ts_init: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLevel:
    """Hold one price level of an order book."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """Hold an order book, best levels first."""

    instrument: InstrumentId
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    sequence: int
    ts_event: datetime
    ts_init: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """Hold what somebody wants done, before anything is sent.

    `reference_price` is the price the wish was formed at: the limit of a limit
    order, the last price seen for a market order. Risk checks count with it.
    `prompted_by` names the signal or advice that pre-filled the ticket, `replaces`
    the order that this one takes the place of.
    """

    client_id: ClientOrderId
    account: AccountId
    instrument: InstrumentId
    side: Side
    kind: OrderKind
    size: Decimal
    limit_price: Decimal | None = None
    reference_price: Decimal
    time_in_force: TimeInForce = TimeInForce.GTC
    origin: Origin = Origin.HAND
    prompted_by: str | None = None
    strategy: StrategyName | None = None
    terms: Terms = PLAIN
    family: Family | None = None
    replaces: ClientOrderId | None = None
    created: datetime

    def __post_init__(self) -> None:
        _require_positive(self.size, "size")
        _require_positive(self.reference_price, "reference_price")
        require_utc(self.created, "created")
        if self.kind.has_limit != (self.limit_price is not None):
            raise ValueError(
                f"a limit order needs a limit price and a market order has none, "
                f"were {self.kind} and {self.limit_price}"
            )
        if self.limit_price is not None:
            _require_positive(self.limit_price, "limit_price")
        _require_terms(self)

    @property
    def worst_price(self) -> Decimal:
        """Return the price that risk checks count with."""
        if self.limit_price is not None:
            return self.limit_price
        trigger = self.terms.trigger_price
        return self.reference_price if trigger is None else trigger

    @property
    def notional(self) -> Decimal:
        """Return the size times the price that risk checks count with."""
        return self.size * self.worst_price


class OrderState(StrEnum):
    """Say where an order stands; `core.orders` holds the legal moves."""

    PERSISTED = "persisted"
    HELD = "held"
    SENDING = "sending"
    OPEN = "open"
    PARTIAL = "partial"
    CANCEL_PENDING = "cancel_pending"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DENIED = "denied"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Hold an order as far as we know it."""

    intent: OrderIntent
    state: OrderState
    venue_order_id: VenueOrderId | None = None
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    reason: str = ""
    updated: datetime

    @property
    def client_id(self) -> ClientOrderId:
        """Return our id of the order."""
        return self.intent.client_id

    @property
    def remaining(self) -> Decimal:
        """Return the size not yet filled."""
        return self.intent.size - self.filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Hold one execution of our own order.

    The venue's trade id is unique per account and instrument only. `realised` is what
    a venue of perpetuals says that the execution gained, before its fee; None for spot.
    """

    account: AccountId
    instrument: InstrumentId
    trade_id: TradeId
    client_id: ClientOrderId
    venue_order_id: VenueOrderId
    side: Side
    price: Decimal
    size: Decimal
    fee: Money
    liquidity: Liquidity
    ts_event: datetime
    ts_init: datetime
    realised: Decimal | None = None

    def __post_init__(self) -> None:
        _require_positive(self.price, "price")
        _require_positive(self.size, "size")
        _require_finite(self.fee.amount, "fee")
        if self.realised is not None:
            _require_finite(self.realised, "realised")

    @property
    def key(self) -> tuple[AccountId, InstrumentId, TradeId]:
        """Return what makes the fill unique."""
        return self.account, self.instrument, self.trade_id

    @property
    def notional(self) -> Decimal:
        """Return the size times the price."""
        return self.size * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Hold what an account has of one instrument.

    `size` is signed base units, net of fees taken in the base currency.
    `average_price` is the cost of one unit; `realised` is after fees. `rate`
    turns the realised currency into the account's reporting currency.
    """

    account: AccountId
    instrument: InstrumentId
    side: PositionSide = PositionSide.NET
    margin_mode: MarginMode = MarginMode.CASH
    leverage: Decimal = Decimal(1)
    size: Decimal
    average_price: Decimal | None
    realised: Money
    fees: Money
    reporting_currency: str = "USDT"
    rate: Decimal = Decimal(1)
    opened: datetime | None = None
    updated: datetime

    def unrealised(self, mark: Decimal) -> Money:
        """Return what closing at the mark would add, before fees."""
        gain = ZERO if self.average_price is None else (mark - self.average_price) * self.size
        return Money(amount=gain, currency=self.realised.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Hold what an account has of one currency."""

    account: AccountId
    currency: str
    free: Decimal
    locked: Decimal
    updated: datetime

    @property
    def total(self) -> Decimal:
        """Return free and locked together."""
        return self.free + self.locked


class Stance(StrEnum):
    """Say which way a strategy leans after a closed bar."""

    LONG = "long"
    FLAT = "flat"
    SHORT = "short"


class SignalDecision(StrEnum):
    """Say what a person made of a signal."""

    TAKEN = "taken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Hold what a strategy said at a closed bar; the id is unique per strategy and bar."""

    id: SignalId
    strategy: StrategyName
    instrument: InstrumentId
    timeframe: Timeframe
    stance: Stance
    rule: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    price: Decimal
    confidence: float
    ts_event: datetime
    ts_init: datetime
    expires: datetime
    decision: SignalDecision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRef:
    """Point at one stored row, as a citation does: `trade:812`, `order:t-1`."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"

    @classmethod
    def parse(cls, text: str) -> RowRef:
        """Return the reference written in the text, or raise ValueError."""
        kind, colon, key = text.partition(":")
        if not (kind and colon and key):
            raise ValueError(f"a citation is written kind:key, was {text!r}")
        return cls(kind=kind, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hold a time range: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_utc(self.start, "start")
        require_utc(self.end, "end")
        if self.end <= self.start:
            raise ValueError(f"need start < end, were {self.start} and {self.end}")


_ZERO = Decimal(0)
FIRST_DAY = datetime(2009, 1, 3, tzinfo=UTC)  # no candle can be older than the first block


def _require_terms(intent: OrderIntent) -> None:
    kind, terms = intent.kind, intent.terms
    wanted = {
        "a trigger price": (kind.has_trigger, terms.trigger_price is not None),
        "a trail": (kind is OrderKind.TRAILING_STOP, terms.trail_bps is not None),
        "an expiry": (intent.time_in_force is TimeInForce.GTD, terms.expires is not None),
    }
    for name, (is_due, is_there) in wanted.items():
        if is_due != is_there:
            raise ValueError(
                f"an order of kind {kind}, {intent.time_in_force}, "
                f"{'needs' if is_due else 'has no place for'} {name}"
            )
    if terms.is_post_only and kind is not OrderKind.LIMIT:
        raise ValueError(f"only a limit order can be post-only, was {kind}")


def _require_finite(number: Decimal, name: str) -> None:
    if not number.is_finite():
        raise ValueError(f"{name} must be finite, was {number}")


def _require_positive(number: Decimal, name: str) -> None:
    # Asked some hundred thousand times a second: a Decimal beside a Decimal is compared soonest.
    if not number.is_finite() or number <= _ZERO:
        _require_finite(number, name)
        raise ValueError(f"{name} must be above zero, was {number}")
