"""Put what an account risks into lines: exposure, falls, value at risk and company."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from fks_desk.core import measures
from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.desk_messages import EquityMoved
from fks_desk.core.ledger import EquityPoint
from fks_desk.core.messages import EngineReady, OrderFilled, TradingStateMoved
from fks_desk.core.model import (
    Account,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    Origin,
    Position,
    Timeframe,
    TradeId,
    TradingState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import AccountHistory, CandleReader, TradingReader
from fks_desk.core.trips import trips
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

_HOURS = 500
_DAYS = timedelta(days=90)
_EVERY_MS = 30_000
_MOST_FILLS = 5_000
_HOUR_MS = 3_600_000
_HOURS_A_YEAR = 24.0 * 365.0

Returns = measures.Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLine:
    """Hold one measure with its place in the table."""

    place: int
    name: str
    value: str
    meaning: str


class RiskModel(QObject):
    """Measure one account every half minute."""

    rows_changed = Signal(object)  # list[RiskLine]
    state_changed = Signal(str, bool)  # what may be sent, and whether nothing new may be
    curve_changed = Signal(object)  # list[EquityPoint]
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        history: AccountHistory,
        candles: CandleReader,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._account = account
        self._market = market
        self._trading = trading
        self._history = history
        self._candles = candles
        self._clock = clock
        self._equity: EquityPoint | None = None
        self._results: dict[str, list[float]] | None = None
        self._loader = Loader(nursery, self.failed.emit)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.load)

    def listen(self, bridge: Bridge) -> None:
        """Hear of the account's worth, and measure again and again."""
        bridge.subscribe(EquityMoved, self.on_equity_moved)
        bridge.subscribe(TradingStateMoved, self.on_state)
        bridge.subscribe(OrderFilled, lambda _event: self._forget())
        bridge.subscribe(EngineReady, lambda _event: self.load())
        self._timer.start()

    def load(self) -> None:
        """Measure now."""
        self._loader.start(self._load, name="measure risk")

    def on_equity_moved(self, event: EquityMoved) -> None:
        """Take the newest worth; the first one is measured at once."""
        if event.point.account == self._account.id:
            is_first, self._equity = self._equity is None, event.point
            if is_first:
                self.load()

    def on_state(self, event: TradingStateMoved) -> None:
        """Tell what the desk may send: a limit that is breached lets nothing new be opened."""
        if event.account != self._account.id:
            return
        is_shut = event.state is not TradingState.ACTIVE
        why = f": {event.reason}" if event.reason else ""
        text = (
            tr("No new position may be opened{why}", why=why)
            if is_shut
            else tr("Every limit is kept; new positions may be opened.")
        )
        self.state_changed.emit(text, is_shut)

    def _forget(self) -> None:
        self._results = None

    async def _round_trips(self) -> dict[str, list[float]]:
        """Return what closed round trips made, by whoever wanted them; counted once a fill."""
        if self._results is None:
            fills = await self._trading.fills(self._account.id, limit=_MOST_FILLS)
            orders = await self._trading.orders(self._account.id, limit=_MOST_FILLS)
            listed = {key: self._market.instrument(key) for key in {f.instrument for f in fills}}
            known = {key: one for key, one in listed.items() if one is not None}
            self._results = await asyncio.to_thread(_results_of, fills, orders, known)
        return self._results

    async def _load(self) -> None:
        points = list(await self._history.equity(self._account.id, self._clock.now() - _DAYS))
        held = [one for one in await self._trading.positions(self._account.id) if one.size]
        columns: dict[str, Returns] = {}
        for position in held:
            frame = await self._candles.latest(position.instrument, Timeframe.H1, _HOURS)
            columns[position.instrument] = measures.timed_returns(frame.time, frame.close, _HOUR_MS)
        equity = self._equity or (points[-1] if points else None)
        worths = {one.instrument: self._worth(one) for one in held}
        results = await self._round_trips()
        self.curve_changed.emit(points if equity is None else [*points, equity])
        lines = [
            *_of_equity(points, equity),
            *_of_results(points, results),
            *_of_holdings(worths, columns, equity),
        ]
        self.rows_changed.emit(
            [
                RiskLine(place=place, name=name, value=value, meaning=meaning)
                for place, (name, value, meaning) in enumerate(lines)
            ]
        )

    def _worth(self, position: Position) -> float:
        mark = self._market.mark(position.instrument) or position.average_price
        instrument: Instrument | None = self._market.instrument(position.instrument)
        rate = (
            None
            if instrument is None
            else self._market.rate(
                instrument.quote, self._account.reporting_currency, self._account.venue
            )
        )
        return float(position.size * (mark or 0) * (rate or 1))


Line = tuple[str, str, str]


def _of_equity(points: list[EquityPoint], now: EquityPoint | None) -> list[Line]:
    if now is None:
        return [(tr("Equity"), fmt.UNKNOWN, tr("The account was not valued yet."))]
    every = [*points, now]
    midnight = now.at.replace(hour=0, minute=0, second=0, microsecond=0)
    first = next((one for one in every if one.at >= midnight), now)
    # What trading made, on the money that was there first: a deposit is no gain.
    curve = np.array([float(one.made) for one in every]) + float(every[0].transferred)
    fall = measures.drawdown(curve) if float(curve.min()) > 0 else None
    money = tr("in {currency}", currency=now.currency)
    return [
        (tr("Equity"), fmt.number(now.equity, 2), money),
        (tr("Put in"), fmt.number(now.transferred, 2), tr("deposits less withdrawals")),
        (tr("Made"), fmt.signed(now.made, 2), tr("equity less what was put in")),
        (tr("Today"), fmt.signed(now.made - first.made, 2), tr("since midnight UTC")),
        (tr("Largest fall"), _percent(fall), tr("from a peak, within 90 days")),
    ]


def _of_results(points: Sequence[EquityPoint], results: Mapping[str, list[float]]) -> list[Line]:
    """Return how well the account did for what it risked, and who made what."""
    times = np.array([to_ms(one.at) for one in points], dtype=np.int64)
    start = float(points[0].transferred) if points else 0.0
    curve = np.array([float(one.made) + start for one in points], dtype=np.float64)
    hours = measures.by_period(times, curve, _HOUR_MS)
    made = measures.returns(hours) if hours.size and float(hours.min()) > 0 else np.empty(0)
    every = np.array([one for found in results.values() for one in found], dtype=np.float64)
    lines = [
        (tr("Sharpe"), _real(measures.sharpe(made, _HOURS_A_YEAR)), tr("of hourly values, a year")),
        (
            tr("Sortino"),
            _real(measures.sortino(made, _HOURS_A_YEAR)),
            tr("as Sharpe, over losses alone"),
        ),
        (
            tr("Win rate"),
            _percent(measures.win_rate(every)),
            tr("of {count} closed round trips", count=every.size),
        ),
        (
            tr("Profit factor"),
            _real(measures.profit_factor(every)),
            tr("won over lost, fees taken off"),
        ),
    ]
    for name, found in sorted(results.items()):
        text = tr("by {count} closed round trips of {name}", count=len(found), name=name)
        lines.append((tr("Made by"), fmt.signed_real(sum(found), 2), text))
    return lines


def _results_of(
    fills: Sequence[Fill],
    orders: Sequence[Order],
    instruments: Mapping[InstrumentId, Instrument],
) -> dict[str, list[float]]:
    wanted_by = {order.client_id: _name_of(order) for order in orders}
    by_trade = {(one.instrument, one.trade_id): one.client_id for one in fills}
    found: defaultdict[str, list[float]] = defaultdict(list)
    for key, instrument in instruments.items():
        for trip in trips((one for one in fills if one.instrument == key), instrument):
            if trip.is_closed:
                opener = by_trade.get((key, TradeId(trip.key.rpartition("#")[2])))
                name = tr("unknown") if opener is None else wanted_by.get(opener, tr("unknown"))
                found[name].append(float(trip.result))
    return dict(found)


def _name_of(order: Order) -> str:
    if order.intent.strategy is not None:
        return order.intent.strategy
    return tr("hand") if order.intent.origin is Origin.HAND else order.intent.origin.value


def _real(value: float | None) -> str:
    return fmt.UNKNOWN if value is None else fmt.signed_real(value, 2)


def _of_holdings(
    worths: Mapping[InstrumentId, float], columns: Mapping[str, Returns], now: EquityPoint | None
) -> list[Line]:
    equity = float(now.equity) if now is not None else 0.0
    if not worths or equity <= 0:
        return [(tr("Exposure"), _percent(0.0), tr("nothing is held"))]
    weights = {str(name): worth / equity for name, worth in worths.items()}
    mixed = measures.portfolio_returns(columns, weights)
    gross = sum(abs(weight) for weight in weights.values())
    biggest = max(weights, key=lambda name: abs(weights[name]))
    lines = [
        (tr("Exposure"), _percent(gross), tr("of equity, all symbols together")),
        (tr("Largest"), _percent(abs(weights[biggest])), biggest.rpartition(":")[2]),
        (
            tr("Value at risk"),
            _percent(measures.value_at_risk(mixed.made)),
            tr("of equity: lost in an hour in one of twenty, as history has it"),
        ),
        (
            tr("Beyond it"),
            _percent(measures.tail_mean(mixed.made)),
            tr("the mean of those hours (CVaR)"),
        ),
    ]
    for name, weight in sorted(weights.items(), key=lambda item: -abs(item[1])):
        lines.append((tr("Exposure"), _percent(weight), name.rpartition(":")[2]))
    market = columns.get(biggest)
    if market is not None:
        beta = measures.beta(mixed, market)
        value = fmt.UNKNOWN if beta is None else f"{beta:.2f}"
        lines.append((tr("Beta"), value, tr("to {symbol}", symbol=biggest.rpartition(":")[2])))
    return [*lines, *_company(columns)]


def _company(columns: Mapping[str, Returns]) -> list[Line]:
    names = sorted(columns)
    lines = []
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            found = measures.correlation(columns[one], columns[other])
            pair = f"{one.rpartition(':')[2]} · {other.rpartition(':')[2]}"
            value = fmt.UNKNOWN if found is None else f"{found:+.2f}"
            lines.append((tr("Correlation"), value, pair))
    return lines


def _percent(share: float | None) -> str:
    return fmt.UNKNOWN if share is None else f"{share * 100:.2f} %"
