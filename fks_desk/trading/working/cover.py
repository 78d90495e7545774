"""Decide how the exits of one entry are to change: pure, from what rests and what has filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto

from fks_desk.core.model import ZERO, Order, OrderState
from fks_desk.core.orders import OPEN_STATES, TERMINAL_STATES
from fks_desk.core.terms import Exits, Family, Role

EXIT_ROLES = frozenset({Role.TARGET, Role.STOP})
MOST_TRIES = 3

_RESTING = frozenset({OrderState.OPEN, OrderState.PARTIAL})
_IN_TRANSIT = frozenset(
    {OrderState.PERSISTED, OrderState.SENDING, OrderState.CANCEL_PENDING, OrderState.UNKNOWN}
)
_FAILED = frozenset({OrderState.REJECTED, OrderState.ABSENT})
# A fee taken in the base currency leaves less to sell than was bought, and never more than this.
_FEE_AT_MOST = Decimal("0.01")


class Step(Enum):
    """Name what the guard does next; after each step the family is looked at anew."""

    NOTHING = auto()
    LATER = auto()
    SHORT = auto()
    END_ENTRY = auto()
    ATTACH = auto()
    HOLD = auto()
    TARGET = auto()
    DROP = auto()
    CLOSE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hold a step with the size it is about, or the orders that it ends."""

    step: Step
    size: Decimal = ZERO
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Hold one family: its entry, if it has one, and every exit that was ever placed for it.

    `wanted` is what is to be guarded now: filled by the entry, not left by its exits,
    and free in the account. `guarded` is how much of the entry had filled when the
    newest stop was placed, None if nobody remembers. `least` is the smallest order
    that the venue takes at the exits' prices. `is_native` tells that the venue itself
    holds these exits, and one against the other where there are two, unless they rest
    there `is_apart`: then it lets both of them fill, as far as there is a position;
    `is_firing` that the price of a held stop has come; `is_target_due` that a person has
    moved the target and none was placed since; `is_ahead` that a trailing stop follows a
    better price than the newest one, from which the venue would begin.
    """

    entry: Order | None
    guards: tuple[Order, ...]
    exits: Exits
    wanted: Decimal
    guarded: Decimal | None = None
    lot: Decimal
    least: Decimal = ZERO
    is_native: bool = False
    is_apart: bool = False
    is_paced: bool = False
    is_firing: bool = False
    is_target_due: bool = False
    is_ahead: bool = False
    alive: tuple[Order, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alive", tuple(o for o in self.guards if o.state in OPEN_STATES))

    @property
    def is_growing(self) -> bool:
        """Tell whether the entry may still fill."""
        return self.entry is not None and self.entry.state in OPEN_STATES

    @property
    def out(self) -> Decimal:
        """Return how much the exits have sold, or bought back, already."""
        return sum((order.filled for order in self.guards), ZERO)

    @property
    def has_grown(self) -> bool:
        """Tell whether the entry has filled more since its newest stop was placed."""
        if self.entry is None:
            return False
        if self.guarded is None:
            stop = self.newest(Role.STOP) or self.newest(Role.TARGET)
            if stop is None:
                return self.entry.filled > 0
            size = stop.intent.size
            return self.wanted - size > self.wanted * _FEE_AT_MOST
        return self.entry.filled > self.guarded

    @property
    def guardable(self) -> Decimal:
        """Return how much of the entry `wanted` stands for: all of it, but for a fee's part."""
        if self.entry is None:
            return ZERO
        missing = left(self.entry, self.guards) - self.wanted
        is_fee = missing <= self.entry.filled * _FEE_AT_MOST
        return self.entry.filled if is_fee else self.entry.filled - missing

    @property
    def is_over(self) -> bool:
        """Tell whether the exits have left nothing of the position but what a fee took."""
        return left(self.entry, self.guards) <= 0

    def newest(self, role: Role) -> Order | None:
        """Return the newest exit of a role, one that is alive before any that is not."""
        found = [order for order in self.guards if role_of(order) is role]
        return max(found, key=lambda one: (one.state in OPEN_STATES, number_of(one)), default=None)


def decide(cover: Cover) -> Decision:
    """Return the next step.

    A stop that grows is held by the desk first, and only then is the smaller one taken
    back: at no moment nothing guards what was guarded before, and a held stop never
    leaves while another exit of its family may still fill.
    """
    entry = cover.entry
    if cover.out > 0 and entry is not None and entry.state in _RESTING:
        return Decision(step=Step.END_ENTRY, orders=(entry,))
    if cover.is_over:
        return _drop(o for o in cover.alive if cover.is_apart or o.state is OrderState.HELD)
    if any(o.state in _IN_TRANSIT for o in cover.alive):
        return _NOTHING
    if cover.wanted < cover.lot:
        return _SHORT if cover.has_grown else _NOTHING
    return _of_stop(cover) if cover.exits.has_stop else _of_target_alone(cover)


def left(entry: Order | None, guards: Iterable[Order]) -> Decimal:
    """Return what a family's exits have left to do, counted without what a fee may have taken."""
    orders = tuple(guards)
    filled = (
        entry.filled if entry is not None else max((o.intent.size for o in orders), default=ZERO)
    )
    out = sum((order.filled for order in orders), ZERO)
    return filled - out if out == 0 or filled - out > filled * _FEE_AT_MOST else ZERO


def role_of(order: Order) -> Role | None:
    """Return the role of an order in its family, or None."""
    return None if order.intent.family is None else order.intent.family.role


def number_of(order: Order) -> int:
    """Return the place in line of an order in its family."""
    family: Family | None = order.intent.family
    return -1 if family is None else family.number


def _of_stop(cover: Cover) -> Decision:
    stop = cover.newest(Role.STOP)
    if stop is None:
        return _first(cover)
    return _of_lost(cover, stop) if stop.state in TERMINAL_STATES else _of_standing(cover, stop)


def _first(cover: Cover) -> Decision:
    if cover.wanted < cover.least and cover.is_growing:
        # So little that no exit can be placed for it; the next fill brings us back.
        return _SHORT
    return Decision(step=Step.ATTACH, size=cover.wanted)


def _of_lost(cover: Cover, stop: Order) -> Decision:
    """Put a stop back that is gone although its position is not; one ended by hand stays away."""
    hold = Decision(step=Step.HOLD, size=cover.wanted)
    if stop.filled > 0:
        return hold
    if stop.state in _FAILED:
        tries = sum(o.state in _FAILED for o in cover.guards if role_of(o) is Role.STOP)
        if tries <= MOST_TRIES:
            return hold
        if cover.alive:
            return _drop(cover.alive)
        is_last = tries == MOST_TRIES + 1
        return Decision(step=Step.CLOSE, size=cover.wanted) if is_last else _NOTHING
    if cover.out == 0:
        return _NOTHING
    # The venue ends the stop of a pair as soon as its target begins to fill, and the desk
    # one that had nothing left to do; a fill that raced the end of the entry may follow.
    is_late = cover.has_grown and not cover.alive
    return hold if stop.state is OrderState.EXPIRED or is_late else _NOTHING


def _of_standing(cover: Cover, stop: Order) -> Decision:
    grown = cover.wanted - stop.intent.size
    if cover.has_grown and grown >= cover.lot:
        if cover.is_paced and cover.is_growing:
            return Decision(step=Step.LATER)
        return Decision(step=Step.HOLD, size=cover.wanted)
    others = (o for o in cover.alive if o is not stop)
    outgrown = tuple(o for o in others if _is_outgrown(o, stop) or _is_left_over(o, stop, cover))
    # Apart: the target of a pair goes with its stop.
    if unfit := outgrown or tuple(o for o in cover.alive if _is_displaced(o, cover)):
        return _drop(unfit)
    return _of_fitting(cover, stop)


def _of_fitting(cover: Cover, stop: Order) -> Decision:
    is_alone = len(cover.alive) == 1
    if cover.is_apart and stop.state is not OrderState.HELD:
        return _of_apart(cover, stop)
    if stop.state is OrderState.HELD and cover.out > 0:
        if stop.intent.size - cover.wanted >= cover.lot:
            # A target has taken its part; what is left needs a smaller stop.
            is_early = cover.is_paced and not is_alone
            return Decision(step=Step.LATER if is_early else Step.HOLD, size=cover.wanted)
        if is_alone and cover.is_target_due:
            return _of_held_alone(cover, stop)
    elif stop.state is OrderState.HELD and is_alone:
        return _of_held_alone(cover, stop)
    return _SHORT if cover.has_grown else _NOTHING


def _of_apart(cover: Cover, stop: Order) -> Decision:
    """Keep the target beside a stop at the venue, and the stop no larger than what is left."""
    if stop.remaining - cover.wanted >= cover.lot:
        return Decision(step=Step.HOLD, size=cover.wanted)
    has_failed = (target := cover.newest(Role.TARGET)) is not None and target.state in _FAILED
    if has_failed and cover.out == 0 and len(cover.alive) == 1 and _lacks_target(cover, stop):
        return Decision(step=Step.TARGET, size=min(cover.wanted, stop.intent.size))
    return _SHORT if cover.has_grown else _NOTHING


def _is_left_over(order: Order, stop: Order, cover: Cover) -> bool:
    """Tell whether an exit that rests apart goes with the stop that a held one stands in for."""
    if not cover.is_apart or cover.out > 0 or stop.state is not OrderState.HELD:
        return False
    is_older = number_of(order) < number_of(stop)
    return is_older and not any(o.state in _FAILED for o in cover.guards if role_of(o) is Role.STOP)


def _is_outgrown(order: Order, stop: Order) -> bool:
    if number_of(order) >= number_of(stop):
        return False
    return role_of(order) is Role.STOP or order.remaining < stop.intent.size


def _is_displaced(order: Order, cover: Cover) -> bool:
    """Tell whether a target rests where a person does not want it any more."""
    is_there = order.intent.limit_price == cover.exits.target
    return cover.is_target_due and role_of(order) is Role.TARGET and not is_there


def _of_held_alone(cover: Cover, stop: Order) -> Decision:
    if cover.is_firing:
        return _NOTHING
    if cover.is_native and _is_bridge(cover, stop):
        return Decision(step=Step.LATER if cover.is_ahead else Step.ATTACH, size=cover.wanted)
    if cover.exits.target is not None and _lacks_target(cover, stop):
        return Decision(step=Step.TARGET, size=min(cover.wanted, stop.intent.size))
    return _SHORT if cover.has_grown else _NOTHING


def _lacks_target(cover: Cover, stop: Order) -> bool:
    """Tell whether a target is due: none was placed for so much, or it was refused."""
    target = cover.newest(Role.TARGET)
    if cover.is_target_due and (target is None or target.state in TERMINAL_STATES):
        return True
    if target is None or target.intent.size < stop.intent.size:
        return True
    failed = sum(o.state in _FAILED for o in cover.guards if role_of(o) is Role.TARGET)
    return target.state in _FAILED and failed <= MOST_TRIES


def _is_bridge(cover: Cover, stop: Order) -> bool:
    """Tell whether a held stop stands in for a smaller one that the venue has let go."""
    stops = [one for one in cover.guards if role_of(one) is Role.STOP and one is not stop]
    return bool(stops) and all(
        one.state is OrderState.CANCELED and number_of(one) < number_of(stop) for one in stops
    )


def _of_target_alone(cover: Cover) -> Decision:
    """Rest a further target for what has filled since: limits beside one another do no harm."""
    targets = [one for one in cover.guards if role_of(one) is Role.TARGET]
    if not targets:
        return _first(cover)
    if not cover.alive or not cover.has_grown:
        return _NOTHING
    more = cover.wanted - sum((one.remaining for one in cover.alive), ZERO)
    if more < max(cover.least, cover.lot):
        return _NOTHING
    if cover.is_paced and cover.is_growing:
        return Decision(step=Step.LATER)
    return Decision(step=Step.TARGET, size=more)


def _drop(orders: Iterable[Order]) -> Decision:
    found = tuple(orders)
    return Decision(step=Step.DROP, orders=found) if found else _NOTHING


_NOTHING = Decision(step=Step.NOTHING)
# An execution may be told before the money that it moved.
_SHORT = Decision(step=Step.SHORT)
