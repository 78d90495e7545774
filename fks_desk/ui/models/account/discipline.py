"""Price what a trader did otherwise than planned, by shadow trades on recorded candles."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock, from_ms, to_ms
from fks_desk.core.discipline import (
    Decision,
    Deed,
    Total,
    Verdict,
    exits_left,
    fee_rate,
    judge,
    signals_skipped,
    totals,
)
from fks_desk.core.frame import Frame
from fks_desk.core.model import (
    Account,
    Fill,
    Instrument,
    InstrumentId,
    Span,
    Timeframe,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import AccountHistory, CandleReader, SignalStore, TradingReader
from fks_desk.core.shadow import Ending, Outcome, follow, next_open
from fks_desk.core.trips import Trip, trips
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

Field = tuple[str, str]

_MOST_FILLS = 5_000
_MOST_ORDERS = 5_000
_MOST_SIGNALS = 300
_JUDGED = 100  # the newest decisions get their candles read
_HORIZON = timedelta(days=7)
_STEP = Timeframe.M1
_USUAL_FEE = Decimal("0.001")
_USUAL_WORTH = Decimal(1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisciplineRow:
    """Hold one decision with its price and the tags of its round trip."""

    verdict: Verdict
    instrument: Instrument
    tags: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names the line."""
        return self.verdict.decision.key

    @property
    def decision(self) -> Decision:
        """Return the decision."""
        return self.verdict.decision


class DisciplineModel(QObject):
    """Judge the newest decisions of one account when somebody wants to see them."""

    rows_changed = Signal(object)  # list[DisciplineRow]
    totals_changed = Signal(object)  # list[Total]
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        account: Account,
        market: MarketModel,
        trading: TradingReader,
        history: AccountHistory,
        signals: SignalStore,
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
        self._signals = signals
        self._candles = candles
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._decided: dict[str, Verdict] = {}

    def listen(self, _bridge: Bridge) -> None:
        """Hear nothing: it is judged when the pane is looked at, not while somebody trades."""

    def load(self) -> None:
        """Wait until somebody looks."""

    def judge(self) -> None:
        """Find the decisions and price them."""
        self.notice_changed.emit(tr("Walking the recorded candles …"))
        self._loader.start(self._judge, name="judge decisions")

    def evidence(self, row: DisciplineRow) -> list[Field]:
        """Return everything that the line rests on, as names and values."""
        verdict, decision = row.verdict, row.decision
        digits = row.instrument.price_digits
        reach = verdict.outcome.until_ms
        fields = [
            (tr("What"), deed_text(decision.deed)),
            (tr("When"), fmt.moment(decision.at)),
            (tr("Plan"), _plan_text(row)),
            (tr("Entry"), fmt.number(verdict.entry, digits)),
            (tr("Size"), fmt.exact(verdict.size)),
            (tr("The plan ended by"), ending_text(verdict.outcome)),
            (tr("at"), fmt.number(verdict.outcome.price, digits)),
            (
                tr("on"),
                fmt.UNKNOWN
                if verdict.outcome.at_ms is None
                else fmt.moment(from_ms(verdict.outcome.at_ms)),
            ),
            (
                tr("Candles without a hole until"),
                tr("none") if reach is None else fmt.moment(from_ms(reach)),
            ),
            (tr("The plan would have made"), fmt.signed(verdict.planned, 2)),
            (tr("What happened made"), fmt.signed(decision.actual, 2)),
        ]
        return [*fields, *((tr("Row"), str(ref)) for ref in decision.evidence)]

    async def _judge(self) -> None:
        account = self._account.id
        fills = await self._trading.fills(account, limit=_MOST_FILLS)
        orders = await self._trading.orders(account, limit=_MOST_ORDERS)
        signals = await self._signals.signals(limit=_MOST_SIGNALS)
        notes = {one.trip: one.tags for one in await self._history.notes(account)}
        listed = self._listed({f.instrument for f in fills} | {s.instrument for s in signals})
        found = await asyncio.to_thread(_trips, fills, listed)
        decisions = [*exits_left(found, fills, orders), *signals_skipped(signals, fills, orders)]
        newest = sorted(decisions, key=lambda one: one.at, reverse=True)
        worth, rate = _usual_worth(found), fee_rate(fills, _USUAL_FEE)
        verdicts = [
            await self._verdict(one, worth, rate)
            for one in newest[:_JUDGED]
            if one.instrument in listed
        ]
        self._tell(verdicts, listed, notes, (len(newest), worth, rate))

    def _tell(
        self,
        verdicts: Sequence[Verdict],
        listed: Mapping[InstrumentId, Instrument],
        notes: Mapping[str, tuple[str, ...]],
        base: tuple[int, Decimal, Decimal],
    ) -> None:
        count, worth, rate = base
        self.rows_changed.emit(
            [
                DisciplineRow(
                    verdict=one,
                    instrument=listed[one.decision.instrument],
                    tags=notes.get(one.decision.trip, ()),
                )
                for one in verdicts
            ]
        )
        self.totals_changed.emit(totals(verdicts, notes))
        self.summary_changed.emit(summary(verdicts))
        text = tr(
            "Fees of {fee} % each way; a skipped signal counts with {worth}, your middle trade.",
            fee=fmt.editable((rate * 100).quantize(Decimal("0.0001"))),
            worth=fmt.number(worth, 2),
        )
        if count > _JUDGED:
            text += " " + tr("The newest {n} of {count}.", n=_JUDGED, count=count)
        self.notice_changed.emit(text)

    async def _verdict(self, decision: Decision, worth: Decimal, rate: Decimal) -> Verdict:
        known = self._decided.get(decision.key)
        if known is not None and known.decision == decision:
            return known
        if decision.deed is Deed.SKIPPED:
            verdict = await self._of_signal(decision, worth, rate)
        else:
            verdict = await self._of_exit(decision, rate)
        if verdict.outcome.ending in {Ending.STOP, Ending.TARGET, Ending.EXIT}:
            # What was decided by recorded candles stays so.
            self._decided[decision.key] = verdict
        return verdict

    async def _of_exit(self, decision: Decision, rate: Decimal) -> Verdict:
        frame = await self._frame(decision, decision.since + _HORIZON)
        outcome = follow(decision.plan, frame, to_ms(decision.since), _STEP.milliseconds)
        return judge(
            decision,
            outcome,
            entry=decision.entry,
            size=decision.size or Decimal(0),
            fee_rate=rate,
        )

    async def _of_signal(self, decision: Decision, worth: Decimal, rate: Decimal) -> Verdict:
        step, start = _STEP.milliseconds, to_ms(decision.since)
        end = decision.until or self._clock.now()
        frame = await self._frame(decision, end + 2 * _STEP.delta)
        first = next_open(frame, start, step)
        if first is None:
            outcome, entry = Outcome(ending=Ending.UNKNOWN), None
        else:
            entry = first[1]
            outcome = follow(decision.plan, frame, start, step)
            if decision.until is not None and outcome.ending is Ending.OPEN:
                outcome = _left_at(frame, to_ms(decision.until), outcome)
        size = worth / entry if entry else Decimal(0)
        return judge(decision, outcome, entry=entry, size=size, fee_rate=rate)

    async def _frame(self, decision: Decision, end: datetime) -> Frame:
        span = Span(start=decision.since - _STEP.delta, end=min(end, self._clock.now()))
        return await self._candles.range(decision.instrument, _STEP, span)

    def _listed(self, keys: set[InstrumentId]) -> dict[InstrumentId, Instrument]:
        mine = f"{self._account.venue}:"
        found = {key: self._market.instrument(key) for key in keys if key.startswith(mine)}
        return {key: one for key, one in found.items() if one is not None}


def summary(verdicts: Sequence[Verdict]) -> str:
    """Say in one line what leaving the plans has cost or saved."""
    if not verdicts:
        return tr("No plan was left: every exit was planned, and every buy signal was followed.")
    parts = []
    for deed in Deed:
        mine = [one for one in verdicts if one.decision.deed is deed]
        known = [one.difference for one in mine if one.difference is not None]
        if mine:
            amount = fmt.signed(sum(known, Decimal(0)), 2) if known else fmt.UNKNOWN
            parts.append(f"{deed_text(deed)} {len(mine)}: {amount}")
    unknown = sum(one.difference is None for one in verdicts)
    if unknown:
        parts.append(tr("{count} cannot be known: no candles there", count=unknown))
    return "   ".join(parts)


def deed_text(deed: Deed) -> str:
    """Name a kind of decision."""
    words = {
        Deed.SKIPPED: tr("Skipped signal"),
        Deed.EARLY: tr("Early exit"),
        Deed.MOVED: tr("Moved stop"),
    }
    return words[deed]


def ending_text(outcome: Outcome) -> str:
    """Say how a shadow trade ended."""
    words = {
        Ending.STOP: tr("its stop"),
        Ending.TARGET: tr("its target"),
        Ending.EXIT: tr("the strategy's turn"),
        Ending.OPEN: tr("not yet: at the newest candle"),
        Ending.UNKNOWN: tr("unknown: no candles there"),
    }
    return words[outcome.ending]


def _plan_text(row: DisciplineRow) -> str:
    decision = row.decision
    if decision.deed is Deed.SKIPPED:
        return decision.label
    digits = row.instrument.price_digits
    return tr(
        "stop {stop}, target {target}",
        stop=fmt.number(decision.plan.stop, digits),
        target=fmt.number(decision.plan.target, digits),
    )


def _left_at(frame: Frame, moment_ms: int, so_far: Outcome) -> Outcome:
    """Return the outcome of leaving at the first open after a strategy's turn."""
    left = next_open(frame, moment_ms, _STEP.milliseconds)
    if left is None:
        return Outcome(ending=Ending.UNKNOWN, until_ms=so_far.until_ms)
    return Outcome(ending=Ending.EXIT, price=left[1], at_ms=left[0], until_ms=so_far.until_ms)


def _usual_worth(found: Sequence[Trip]) -> Decimal:
    worths = sorted(one.entry * one.size for one in found)
    return worths[len(worths) // 2] if worths else _USUAL_WORTH


def _trips(fills: Sequence[Fill], listed: Mapping[InstrumentId, Instrument]) -> list[Trip]:
    return [
        trip
        for key, instrument in listed.items()
        for trip in trips((fill for fill in fills if fill.instrument == key), instrument)
    ]


def total_name(total: Total) -> str:
    """Return what a sum is of, as people read it."""
    words = {"kind": tr("Kind"), "hour": tr("Hour (UTC)"), "tag": tr("Tag")}
    return words[total.group]
