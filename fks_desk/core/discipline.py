"""Compare what a trader did with what was planned: which decisions there were, and their price.

Pure. A decision is found in the stored orders, fills and signals; its evidence names them.
What happened less what the plan would have made is what the decision was worth: below zero
it cost money, above it saved some.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    Origin,
    RowRef,
    Side,
    Signal,
    SignalDecision,
    Stance,
)
from fks_desk.core.shadow import Ending, Outcome, Plan, result
from fks_desk.core.terms import Exits, Role
from fks_desk.core.trips import Trip


class Deed(StrEnum):
    """Say in what way a plan was left."""

    SKIPPED = "skipped signal"
    EARLY = "early exit"
    MOVED = "moved stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold one decision before it is judged; `since` is where the shadow trade begins.

    `entry` is None for a signal that was skipped: it begins at the next candle's open.
    `until` is when the signal's strategy turned, None while it has not.
    """

    deed: Deed
    instrument: InstrumentId
    at: datetime
    since: datetime
    plan: Plan
    entry: Decimal | None = None
    size: Decimal | None = None
    actual: Decimal = ZERO
    until: datetime | None = None
    trip: str = ""
    label: str = ""
    evidence: tuple[RowRef, ...] = ()

    @property
    def key(self) -> str:
        """Return what names the decision."""
        return f"{self.deed}:{self.trip or self.evidence[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold a decision with what its plan would have made, None if that cannot be known."""

    decision: Decision
    outcome: Outcome
    entry: Decimal | None
    size: Decimal
    planned: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Return what the decision saved, below zero what it cost."""
        return None if self.planned is None else self.decision.actual - self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Hold what decisions of one kind, hour or tag were worth together."""

    group: str
    name: str
    count: int
    unknown: int
    difference: Decimal


def exits_left(
    trips: Iterable[Trip], fills: Sequence[Fill], orders: Sequence[Order]
) -> list[Decision]:
    """Return the round trips that were left otherwise than their entry had planned."""
    by_id = {order.client_id: order for order in orders}
    families: defaultdict[str, list[Order]] = defaultdict(list)
    for order in orders:
        if order.intent.family is not None:
            families[order.intent.family.parent].append(order)
    found = (_exit_of(trip, fills, by_id, families) for trip in trips if trip.closed is not None)
    return [one for one in found if one is not None]


def signals_skipped(
    signals: Sequence[Signal], fills: Sequence[Fill], orders: Sequence[Order] = ()
) -> list[Decision]:
    """Return the buy signals that nobody followed before they expired, by name or by deed.

    Who said that a signal is skipped did not follow it, whatever was bought meanwhile;
    who said that it is taken and sent no order did not either.
    """
    named = {order.intent.prompted_by for order in orders}
    ordered = sorted(signals, key=lambda one: one.ts_event)
    decisions = []
    for place, signal in enumerate(ordered):
        is_refused = signal.decision is SignalDecision.SKIPPED
        is_taken = signal.id in named or (not is_refused and _is_taken(signal, fills))
        if signal.stance is not Stance.LONG or is_taken:
            continue
        turn = next((one for one in ordered[place + 1 :] if _is_turn(one, signal)), None)
        refs = [RowRef(kind="signal", key=signal.id)]
        if turn is not None:
            refs.append(RowRef(kind="signal", key=turn.id))
        decisions.append(
            Decision(
                deed=Deed.SKIPPED,
                instrument=signal.instrument,
                at=signal.ts_event,
                since=signal.ts_event,
                plan=Plan(side=Side.BUY),
                until=None if turn is None else turn.ts_event,
                label=_label(signal),
                evidence=tuple(refs),
            )
        )
    return decisions


def judge(
    decision: Decision,
    outcome: Outcome,
    *,
    entry: Decimal | None,
    size: Decimal,
    fee_rate: Decimal,
) -> Verdict:
    """Return what the plan would have made, with fees on both ways."""
    planned = None
    if outcome.price is not None and entry is not None and outcome.ending is not Ending.UNKNOWN:
        planned = result(decision.plan.side, size, entry, outcome.price, fee_rate)
    return Verdict(decision=decision, outcome=outcome, entry=entry, size=size, planned=planned)


def fee_rate(fills: Iterable[Fill], otherwise: Decimal) -> Decimal:
    """Return what fills cost on average, as a share, counted where the fee tells its worth."""
    paid = traded = ZERO
    for fill in fills:
        quote = fill.instrument.rpartition("/")[2].partition(":")[0]
        base = fill.instrument.split(":", 2)[2].partition("/")[0]
        if fill.fee.currency == quote:
            paid += fill.fee.amount
        elif fill.fee.currency == base:
            paid += fill.fee.amount * fill.price
        else:
            continue
        traded += fill.notional
    return paid / traded if traded else otherwise


def totals(verdicts: Sequence[Verdict], tags: Mapping[str, Sequence[str]]) -> list[Total]:
    """Return the sums by kind, by hour of the day (UTC) and by the tags of the round trip."""
    groups: defaultdict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        decision = verdict.decision
        groups["kind", decision.deed.value].append(verdict)
        groups["hour", f"{decision.at:%H}:00"].append(verdict)
        for tag in tags.get(decision.trip, ()):
            groups["tag", tag].append(verdict)
    order = {"kind": 0, "hour": 1, "tag": 2}
    return [
        Total(
            group=group,
            name=name,
            count=len(found),
            unknown=sum(one.difference is None for one in found),
            difference=sum((one.difference or ZERO for one in found), ZERO),
        )
        for (group, name), found in sorted(
            groups.items(), key=lambda item: (order[item[0][0]], item[0][1])
        )
    ]


def _exit_of(
    trip: Trip,
    fills: Sequence[Fill],
    orders: Mapping[ClientOrderId, Order],
    families: Mapping[str, Sequence[Order]],
) -> Decision | None:
    closed = trip.closed
    mine = sorted(
        (
            fill
            for fill in fills
            if closed is not None
            and fill.instrument == trip.instrument
            and trip.opened <= fill.ts_event <= closed
        ),
        key=lambda fill: fill.ts_event,
    )
    leaving = [fill for fill in mine if fill.side is not trip.side]
    opener = orders.get(mine[0].client_id) if mine else None
    exits = None if opener is None else opener.intent.terms.exits
    if closed is None or opener is None or exits is None or not leaving:
        return None
    stops = [
        one
        for one in families.get(opener.client_id, ())
        if one.intent.family.role is Role.STOP  # type: ignore[union-attr]  # of a family
    ]
    moved = _moved_stop(exits, stops)
    closer = orders.get(leaving[-1].client_id)
    is_planned = closer is not None and closer.intent.family is not None
    if moved is None and (is_planned or closer is None or closer.intent.origin is Origin.DESK):
        return None
    refs = [RowRef(kind="order", key=opener.client_id)]
    if moved is not None:
        refs.append(RowRef(kind="order", key=moved.client_id))
    refs += [RowRef(kind="trade", key=f"{one.instrument}#{one.trade_id}") for one in leaving]
    return Decision(
        deed=Deed.EARLY if moved is None else Deed.MOVED,
        instrument=trip.instrument,
        at=closed if moved is None else moved.intent.created,
        since=closed if moved is None else mine[0].ts_event,
        plan=Plan(side=trip.side, stop=exits.stop, target=exits.target),
        entry=trip.entry,
        size=trip.size,
        actual=trip.result,
        trip=trip.key,
        label="" if moved is None else f"{exits.stop} → {moved.intent.terms.trigger_price}",
        evidence=tuple(refs),
    )


def _moved_stop(exits: Exits, stops: Sequence[Order]) -> Order | None:
    """Return the first stop of a family that waited elsewhere than planned."""
    moved = [
        one
        for one in stops
        if one.intent.terms.trigger_price is not None
        and exits.stop is not None
        and one.intent.terms.trigger_price != exits.stop
    ]
    return min(moved, key=lambda one: one.intent.created, default=None)


def _label(signal: Signal) -> str:
    label = f"{signal.strategy} {signal.timeframe}"
    return label if signal.decision is None else f"{label}, marked as {signal.decision}"


def _is_taken(signal: Signal, fills: Sequence[Fill]) -> bool:
    return any(
        fill.instrument == signal.instrument
        and fill.side is Side.BUY
        and signal.ts_event <= fill.ts_event <= signal.expires
        for fill in fills
    )


def _is_turn(one: Signal, signal: Signal) -> bool:
    return (one.strategy, one.instrument, one.timeframe) == (
        signal.strategy,
        signal.instrument,
        signal.timeframe,
    ) and one.stance is not Stance.LONG
