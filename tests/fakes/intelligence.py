"""Fill a database with a trader's life of four days, and write answers made up before."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import ModelError
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import (
    Balance,
    Fill,
    Instrument,
    InstrumentId,
    Liquidity,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Provenance,
    RunId,
    Side,
    Signal,
    SignalId,
    Span,
    Stance,
    StrategyName,
    Timeframe,
    TradeId,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.ports import TradingChange
from fks_desk.trading import portfolio
from fks_desk.trading.books import entries
from tests.fakes.candles import walk
from tests.fakes.rows import DEMO, account

NOW = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)
START = datetime(2026, 3, 1, tzinfo=UTC)
PRICES = {"BTC": 63000.0, "ETH": 3400.0, "SOL": 145.0, "ADA": 0.62}
IMPORTED = InstrumentId("binance:spot:BTC/USDT")


class Writer:
    """Fulfil `LanguageModel` with a text made up before; `echo` copies a piece of evidence."""

    name = "writer"

    def __init__(self, text, *, echo="", error=None, wait_s=0.0, holds=None):
        self._text, self._echo, self._error = text, echo, error
        self._wait_s, self._holds = wait_s, holds
        self.prompts, self.systems = [], []
        self.written = ""
        self.is_closed = False

    async def stream(self, system, prompt, max_tokens):
        self.systems.append(system)
        self.prompts.append(prompt)
        if self._error is not None:
            raise self._error
        if self._holds is not None and len(prompt) > self._holds:
            raise ModelError(
                "the question is too long", needed_tokens=len(prompt), held_tokens=self._holds
            )
        try:
            self.written = self._text
            if self._echo:
                start = prompt.index(self._echo)
                self.written = f"{self._text} {prompt[start : prompt.index('%', start) + 1]}"
            for word in re.findall(r"\S+\s*", self.written):
                if self._wait_s:
                    await asyncio.sleep(self._wait_s)
                yield word
        finally:
            self.is_closed = True


def listed(base):
    """Return an instrument as the demo venue lists it."""
    return Instrument(
        venue=VenueId("demo"),
        symbol=f"{base}/USDT",
        base=base,
        quote="USDT",
        settle="USDT",
        tick=Decimal("0.01") if PRICES[base] > 1 else Decimal("0.0001"),
        lot=Decimal("0.00001") if PRICES[base] > 1000 else Decimal("0.01"),
    )


class Life:
    """Trade as a seeded person would, and store it as the desk does."""

    def __init__(self, stores, clock, seed=11):
        self._stores = stores
        self._clock = clock
        self._random = random.Random(seed)
        self.instruments = {base: listed(base) for base in PRICES}
        self.positions = {}
        self.cash = Decimal(250_000)
        self.frames = {}
        self._count = 0

    async def live(self):
        """Store everything."""
        await self._stores.accounts.ensure_account(account())
        await self._stores.instruments.save_instruments(list(self.instruments.values()))
        await self._candles()
        await self._signals()
        for hour in range(2, 110, 2):
            await self._trade(START + timedelta(hours=hour))
        await self._resting()
        await self._refused()
        await self._backtests()

    async def _candles(self):
        for seed, (base, price) in enumerate(PRICES.items()):
            count = int((NOW - START) / timedelta(minutes=5))
            frame = walk(count, seed, start_ms=to_ms(START), price=price, swing=0.002)
            self.frames[base] = frame
            await self._stores.candle_writer.upsert_frame(
                self.instruments[base].id, Timeframe.M5, frame, Provenance.STREAMED
            )
        old = walk(24 * 200, 9, step_ms=3_600_000, start_ms=to_ms(START) - 200 * 86_400_000,
                   price=40_000.0, swing=0.004)  # fmt: skip
        await self._stores.candle_writer.upsert_frame(
            IMPORTED, Timeframe.H1, old, Provenance.IMPORTED
        )

    def price(self, base, at):
        """Return the close of the five minutes before the moment."""
        frame = self.frames[base]
        place = int(np.searchsorted(frame.time, to_ms(at))) - 1
        return Decimal(repr(round(float(frame.close[place]), 4)))

    async def _signals(self):
        rules = {"sma_cross": "fast over slow", "rsi_reversion": "RSI below the low"}
        signals = []
        for number in range(14):
            base = list(PRICES)[number % 4]
            at = START + timedelta(hours=6 * number + 4)
            strategy = list(rules)[number % 2]
            signals.append(
                Signal(
                    id=SignalId(f"{strategy}-{base}-{number}"),
                    strategy=StrategyName(strategy),
                    instrument=self.instruments[base].id,
                    timeframe=Timeframe.M5,
                    stance=[Stance.LONG, Stance.FLAT, Stance.LONG][number % 3],
                    rule=rules[strategy],
                    inputs={"fast": 101.5 + number, "slow": 100.25},
                    price=self.price(base, at),
                    confidence=0.5 + number / 50,
                    ts_event=at,
                    ts_init=at,
                    expires=at + timedelta(hours=1),
                )
            )
        self.signals = signals
        await self._stores.signals.record_signals(signals)

    async def _trade(self, at):
        base = self._random.choice(list(PRICES))
        instrument = self.instruments[base]
        held = self.positions.get(base)
        size = held.size if held is not None else Decimal(0)
        is_sale = size > 0 and self._random.random() < 0.55
        price = self.price(base, at)
        if is_sale:
            share = Decimal(1) if self._random.random() < 0.3 else Decimal("0.5")
            wanted = instrument.snap_size(size * share)
        else:
            budget = Decimal(self._random.randrange(200, 3000))
            wanted = instrument.snap_size(budget / price)
        if wanted <= 0:
            return
        self._count += 1
        is_strategy = self._count % 5 == 0
        signal = self.signals[min(len(self.signals) - 1, self._count // 4)]
        intent = OrderIntent(
            client_id=f"t-{self._count}",
            account=DEMO,
            instrument=instrument.id,
            side=Side.SELL if is_sale else Side.BUY,
            kind=OrderKind.LIMIT if self._count % 2 else OrderKind.MARKET,
            size=wanted,
            limit_price=price if self._count % 2 else None,
            reference_price=price,
            origin=Origin.STRATEGY if is_strategy else Origin.HAND,
            strategy=StrategyName("sma_cross") if is_strategy else None,
            prompted_by=f"signal:{signal.id}" if self._count % 7 == 0 else None,
            created=at - timedelta(seconds=20),
        )
        await self._fill(intent, at, price)

    async def _fill(self, intent, at, price):
        instrument = next(one for one in self.instruments.values() if one.id == intent.instrument)
        is_buy = intent.side is Side.BUY
        currency = instrument.base if is_buy else "USDT"
        gross = intent.size if is_buy else intent.size * price
        fill = Fill(
            account=DEMO,
            instrument=instrument.id,
            trade_id=TradeId(str(1000 + self._count)),
            client_id=intent.client_id,
            venue_order_id=VenueOrderId(f"v-{self._count}"),
            side=intent.side,
            price=price,
            size=intent.size,
            fee=Money(amount=gross / 1000, currency=currency),
            liquidity=Liquidity.MAKER if intent.kind is OrderKind.LIMIT else Liquidity.TAKER,
            ts_event=at,
            ts_init=at,
        )
        before = self.positions.get(instrument.base) or portfolio.flat(fill, instrument, "USDT")
        position = portfolio.apply_fill(before, fill, instrument)
        self.positions[instrument.base] = position
        self.cash += portfolio.flows(fill, instrument)[1]
        order = Order(
            intent=intent,
            state=OrderState.FILLED,
            venue_order_id=fill.venue_order_id,
            filled=intent.size,
            average_price=price,
            updated=at,
        )
        balances = tuple(
            Balance(account=DEMO, currency=code, free=amount, locked=Decimal(0), updated=at)
            for code, amount in (("USDT", self.cash), (instrument.base, position.size))
        )
        drafts = (
            entries.order_entry(
                replace(order, state=OrderState.PERSISTED), causation="command:PlaceOrder", at=at
            ),
            entries.fill_entry(fill, order, is_correction=False),
            entries.order_entry(order, causation=f"fill:{fill.trade_id}", at=at),
            entries.position_entry(position, fill, order),
        )
        await self._stores.trading_writer.record(
            TradingChange(
                account=DEMO,
                orders=(order,),
                fills=(fill,),
                positions=(position,),
                balances=balances,
                events=drafts,
            )
        )

    async def _resting(self):
        for number, base in enumerate(("BTC", "ETH", "ETH"), start=1):
            await self._other(f"r-{number}", base, OrderState.OPEN, NOW - timedelta(hours=number))

    async def _refused(self):
        await self._other("c-1", "SOL", OrderState.CANCELED, NOW - timedelta(hours=9))
        await self._other("c-2", "ADA", OrderState.CANCELED, NOW - timedelta(hours=8))
        await self._other(
            "x-1", "ADA", OrderState.REJECTED, NOW - timedelta(hours=7), "Account has insufficient"
        )

    async def _other(self, client_id, base, state, at, reason=""):
        instrument = self.instruments[base]
        price = instrument.snap_price(self.price(base, at) * Decimal("0.9"))
        intent = OrderIntent(
            client_id=client_id,
            account=DEMO,
            instrument=instrument.id,
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            size=instrument.snap_size(Decimal(500) / price),
            limit_price=price,
            reference_price=price,
            created=at,
        )
        order = Order(intent=intent, state=state, updated=at, reason=reason)
        await self._stores.trading_writer.record(
            TradingChange(
                account=DEMO,
                orders=(order,),
                events=(entries.order_entry(order, causation="venue", at=at),),
            )
        )

    async def _backtests(self):
        for number, (strategy, growth, sharpe, fall) in enumerate(
            (
                ("sma_cross", 0.1234, 1.37, -0.081),
                ("rsi_reversion", -0.0456, -0.52, -0.192),
                ("macd_trend", 0.3021, 1.94, -0.117),
                ("bollinger_breakout", 0.0178, 0.21, -0.064),
                ("sma_cross", -0.0911, -0.88, -0.244),
            ),
            start=1,
        ):
            self._clock.advance(timedelta(seconds=1))
            await self._stores.backtests.record_backtest(
                _report(number, strategy, growth, sharpe, fall)
            )


def _report(number, strategy, growth, sharpe, fall):
    start = to_ms(START) - 100 * 86_400_000
    return BacktestReport(
        run=RunId(f"run-{number}"),
        spec=BacktestSpec(
            strategy=StrategyName(strategy),
            params={"fast": 12.0 + number, "slow": 48.0},
            instrument=IMPORTED,
            timeframe=Timeframe.H1,
            span=Span(start=START - timedelta(days=100), end=START),
        ),
        equity_time=np.array([start, start + 3_600_000]),
        equity=np.array([10_000.0, 10_000.0 * (1 + growth)]),
        trades=tuple(
            BacktestTrade(
                entry_time=start,
                exit_time=start + 3_600_000,
                side="long",
                entry_price=40_000.0,
                exit_price=40_400.0,
                size=0.1,
                pnl=40.0,
                fees=4.0,
            )
            for _ in range(number)
        ),
        metrics={
            "total_return": growth,
            "sharpe": sharpe,
            "max_drawdown": fall,
            "win_rate": 0.4 + number / 50,
            "profit_factor": 1.1 + number / 10,
            "trades": float(number),
            "buy_and_hold_return": 0.0712,
        },
        digest=f"d{number}",
        seconds=0.5,
    )
