"""Work out margin: what a position needs, what an account has, and where it is liquidated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.venue.ledger.records import ZERO
from fks_desk.venue.perpetual.ledger import Leg, PerpLedger
from fks_desk.venue.perpetual.records import PerpPosition
from fks_desk.venue.perpetual.settling import margin_for


@dataclass(frozen=True, slots=True)
class Bracket:
    """Hold what positions up to a notional value may and must do."""

    number: int
    floor: Decimal
    cap: Decimal
    leverage: int
    maintenance: Decimal  # of the notional value, less `cumulated`
    cumulated: Decimal


def _brackets(*rows: tuple[int, int, str]) -> tuple[Bracket, ...]:
    made: list[Bracket] = []
    floor = last = cumulated = ZERO
    for number, (cap, leverage, rate) in enumerate(rows, start=1):
        maintenance = Decimal(rate)
        cumulated += floor * (maintenance - last)
        made.append(Bracket(number, floor, Decimal(cap), leverage, maintenance, cumulated))
        floor, last = Decimal(cap), maintenance
    return tuple(made)


BRACKETS = _brackets(
    (50_000, 125, "0.004"),
    (600_000, 100, "0.005"),
    (3_000_000, 75, "0.0065"),
    (12_000_000, 50, "0.01"),
    (70_000_000, 25, "0.02"),
    (100_000_000, 20, "0.025"),
    (230_000_000, 10, "0.05"),
    (1_000_000_000_000, 1, "0.5"),
)
HIGHEST_LEVERAGE = BRACKETS[0].leverage
MarkOf = Callable[[str], Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Hold what an account is worth and what of it is spoken for."""

    wallet: Decimal
    cross_wallet: Decimal
    unrealised: Decimal
    cross_unrealised: Decimal
    position_margin: Decimal
    order_margin: Decimal
    maintenance: Decimal
    cross_maintenance: Decimal

    @property
    def available(self) -> Decimal:
        """Return what new orders can use."""
        left = self.cross_wallet + self.cross_unrealised - self.position_margin - self.order_margin
        return max(ZERO, left)

    @property
    def is_lost(self) -> bool:
        """Tell whether the cross positions must be closed."""
        is_due = self.cross_maintenance > 0
        return is_due and self.cross_wallet + self.cross_unrealised < self.cross_maintenance


def bracket_of(notional: Decimal) -> Bracket:
    """Return the bracket that a notional value falls into."""
    return next(item for item in BRACKETS if notional <= item.cap)


def maintenance_of(position: PerpPosition, mark: Decimal) -> Decimal:
    """Return the margin below which a position is closed by force."""
    notional = abs(position.size) * mark
    bracket = bracket_of(notional)
    return notional * bracket.maintenance - bracket.cumulated


def standing_of(ledger: PerpLedger, uid: int, mark_of: MarkOf) -> Standing:
    """Return where an account stands at the marks."""
    wallet = ledger.wallets.get(uid, ZERO)
    isolated = unrealised = cross = margin = maintenance = cross_maintenance = ZERO
    for (symbol, _), position in ledger.positions(uid).items():
        isolated += position.isolated
        if not position.size:
            continue
        mark = mark_of(symbol)
        gain, due = position.unrealised(mark), maintenance_of(position, mark)
        unrealised += gain
        maintenance += due
        terms = ledger.terms(uid, symbol)
        if not terms.is_isolated:
            cross += gain
            cross_maintenance += due
            margin += margin_for(position.size, mark, terms.leverage)
    return Standing(
        wallet=wallet,
        cross_wallet=wallet - isolated,
        unrealised=unrealised,
        cross_unrealised=cross,
        position_margin=margin,
        order_margin=order_margin_of(ledger, uid),
        maintenance=maintenance,
        cross_maintenance=cross_maintenance,
    )


def order_margin_of(ledger: PerpLedger, uid: int) -> Decimal:
    """Return what open orders hold back: each as if it opened a position."""
    return sum(
        (
            margin_for(order.remaining, order.price, ledger.terms(uid, order.symbol).leverage)
            for order in ledger.open_orders(uid)
            if order.rests and not order.reduce_only
        ),
        ZERO,
    )


def liquidation_price(
    ledger: PerpLedger, uid: int, leg: Leg, standing: Standing, mark: Decimal
) -> Decimal:
    """Return the mark at which a leg would be closed by force, zero if there is none."""
    position = ledger.position(uid, leg)
    if not position.size:
        return ZERO
    bracket = bracket_of(abs(position.size) * mark)
    if ledger.terms(uid, leg[0]).is_isolated:
        held, other = position.isolated, ZERO
    else:
        held = standing.cross_wallet + standing.cross_unrealised - position.unrealised(mark)
        other = standing.cross_maintenance - maintenance_of(position, mark)
    size = position.size
    slope = size - abs(size) * bracket.maintenance
    price = (other - bracket.cumulated - held + position.cost) / slope
    return max(ZERO, price)
