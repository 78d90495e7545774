"""A small market, an account and read ports in memory, for view-models and panes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.messages import (
    BacktestReport,
    BacktestSpec,
    BacktestTrade,
    Command,
    InstrumentsListed,
    TickerMoved,
)
from fks_desk.core.model import (
    Account,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    Liquidity,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    RowRef,
    RunId,
    Side,
    Span,
    StrategyName,
    Ticker,
    Timeframe,
    TradeId,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader, TradingReader
from fks_desk.ui.models.account.portfolio import PortfolioModel
from fks_desk.ui.models.market import MarketModel

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEMO = AccountId("demo")
ACCOUNT = Account(id=DEMO, venue=VenueId("demo"), mode=Mode.DEMO, title="Demo")


def instrument(symbol: str = "BTC/USDT", venue: str = "demo", tick: str = "0.01") -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(
        venue=VenueId(venue),
        symbol=symbol,
        base=base,
        quote=quote,
        settle=quote,
        tick=Decimal(tick),
        lot=Decimal("0.00001"),
        min_size=Decimal("0.00001"),
        max_size=Decimal(9000),
        min_notional=Decimal(5),
    )


BTC = instrument()
ETH = instrument("ETH/USDT")


def ticker(
    of: Instrument = BTC, last: str = "64000.00", change: str | None = "1.25", at: int = 0
) -> Ticker:
    price = Decimal(last)
    return Ticker(
        instrument=of.id,
        last=price,
        bid=price - of.tick,
        ask=price + of.tick,
        change_pct=None if change is None else Decimal(change),
        volume=Decimal(1200),
        ts_event=NOON + timedelta(seconds=at),
        ts_init=NOON + timedelta(seconds=at),
    )


def balance(currency: str, free: str, locked: str = "0") -> Balance:
    return Balance(
        account=DEMO,
        currency=currency,
        free=Decimal(free),
        locked=Decimal(locked),
        updated=NOON,
    )


def intent(client_id: str = "fks1", **changes: Any) -> OrderIntent:
    values: dict[str, Any] = {
        "client_id": ClientOrderId(client_id),
        "account": DEMO,
        "instrument": BTC.id,
        "side": Side.BUY,
        "kind": OrderKind.LIMIT,
        "size": Decimal("0.01"),
        "limit_price": Decimal(63000),
        "reference_price": Decimal(63000),
        "created": NOON,
    }
    return OrderIntent(**{**values, **changes})


def order(
    client_id: str = "fks1",
    state: OrderState = OrderState.OPEN,
    *,
    at: int = 0,
    filled: str = "0",
    average: str | None = None,
    reason: str = "",
    **changes: Any,
) -> Order:
    return Order(
        intent=intent(client_id, created=NOON + timedelta(seconds=at), **changes),
        state=state,
        filled=Decimal(filled),
        average_price=None if average is None else Decimal(average),
        reason=reason,
        updated=NOON + timedelta(seconds=at),
    )


def fill(trade: str = "1", side: Side = Side.BUY, price: str = "63000", at: int = 0) -> Fill:
    return Fill(
        account=DEMO,
        instrument=BTC.id,
        trade_id=TradeId(trade),
        client_id=ClientOrderId("fks1"),
        venue_order_id=VenueOrderId("9"),
        side=side,
        price=Decimal(price),
        size=Decimal("0.01"),
        fee=Money(amount=Decimal("0.00001"), currency="BTC"),
        liquidity=Liquidity.MAKER,
        ts_event=NOON + timedelta(seconds=at),
        ts_init=NOON + timedelta(seconds=at),
    )


def position(
    size: str = "0.00999", average: str | None = "63000", realised: str = "0", **changes: Any
) -> Position:
    values: dict[str, Any] = {
        "account": DEMO,
        "instrument": BTC.id,
        "size": Decimal(size),
        "average_price": None if average is None else Decimal(average),
        "realised": Money(amount=Decimal(realised), currency="USDT"),
        "fees": Money(amount=Decimal("0.63"), currency="USDT"),
        "opened": NOON,
        "updated": NOON,
    }
    return Position(**{**values, **changes})


class MemoryInstruments:
    def __init__(self, *instruments: Instrument) -> None:
        self.stored = list(instruments)

    async def instruments(self) -> Sequence[Instrument]:
        return self.stored

    async def save_instruments(self, instruments: Sequence[Instrument]) -> None:
        self.stored = list(instruments)


class MemoryTrading:
    """Answer from lists; `is_down` makes every read fail as a lost database would."""

    def __init__(self) -> None:
        self.is_down = False
        self.held: list[Position] = []
        self.money: list[Balance] = []
        self.placed: list[Order] = []
        self.filled: list[Fill] = []

    async def accounts(self) -> Sequence[Account]:
        return [ACCOUNT]

    async def orders(self, account: AccountId, limit: int = 500) -> Sequence[Order]:
        return self._read(self.placed)

    async def fills(
        self, account: AccountId, instrument: InstrumentId | None = None, limit: int = 500
    ) -> Sequence[Fill]:
        return self._read(self.filled)

    async def positions(self, account: AccountId) -> Sequence[Position]:
        return self._read(self.held)

    async def balances(self, account: AccountId) -> Sequence[Balance]:
        return self._read(self.money)

    def _read(self, rows: list[Any]) -> list[Any]:
        if self.is_down:
            raise StorageUnavailable("The database does not answer; it is being restarted.")
        return rows


class MemoryCandles:
    """Answer from a dictionary of frames."""

    def __init__(self) -> None:
        self.frames: dict[tuple[InstrumentId, Timeframe], Any] = {}
        self.extents: dict[tuple[InstrumentId, Timeframe], Any] = {}

    async def latest(self, *_a: Any, **_k: Any) -> Any:
        raise NotImplementedError

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Any) -> Any:
        return self.frames[instrument, timeframe]

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Any:
        return self.extents.get((instrument, timeframe))

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        return [(*key, len(frame)) for key, frame in self.frames.items()]


class MemoryBacktests:
    def __init__(self, *reports: BacktestReport) -> None:
        self.reports = list(reports)

    async def record_backtest(self, report: BacktestReport) -> None:
        self.reports.append(report)

    async def backtests(self, limit: int = 100) -> Sequence[BacktestReport]:
        return self.reports[:limit]

    async def backtest(self, run: str) -> BacktestReport | None:
        return next((report for report in self.reports if report.run == run), None)


class MemoryFacts:
    def __init__(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.rows = rows

    async def ask(self, name: str, **arguments: Any) -> Sequence[Mapping[str, Any]]:
        return []

    async def row(self, ref: RowRef) -> Mapping[str, Any] | None:
        return self.rows.get(str(ref))


class Desk:
    """A market with prices, a portfolio and everything that was sent."""

    def __init__(self, nursery: Nursery, *, trading: TradingReader | None = None) -> None:
        self.sent: list[Command] = []
        self.clock = SteppedClock(NOON)
        self.nursery = nursery
        self.trading = trading or MemoryTrading()
        self.candles: CandleReader = MemoryCandles()
        self.market = MarketModel(store=MemoryInstruments(BTC, ETH), nursery=nursery)
        self.portfolio = PortfolioModel(
            account=ACCOUNT,
            market=self.market,
            trading=self.trading,
            send=self.sent.append,
            nursery=nursery,
        )

    def list_instruments(self, *instruments: Instrument) -> None:
        listed = InstrumentsListed(instruments=instruments or (BTC, ETH))
        self.market.on_instruments_listed(listed)

    def quote(self, of: Instrument = BTC, last: str = "64000.00", change: str = "1.25") -> None:
        self.market.on_ticker_moved(TickerMoved(ticker=ticker(of, last, change)))


def report(
    equity: Any = None, *, run: str = "run1", trades: Sequence[BacktestTrade] = ()
) -> BacktestReport:
    values = np.array([10_000.0, 10_100.0]) if equity is None else equity
    spec = BacktestSpec(
        strategy=StrategyName("sma_cross"),
        params={"fast": 20, "slow": 50, "short": 0},
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        span=Span(start=NOON - timedelta(days=30), end=NOON),
    )
    return BacktestReport(
        run=RunId(run),
        spec=spec,
        equity_time=np.arange(len(values), dtype=np.int64) * 300_000,
        equity=values,
        trades=tuple(trades),
        metrics={"total_return": 0.01, "max_drawdown": -0.02, "trades": float(len(trades))},
        digest="",
        seconds=0.5,
    )
