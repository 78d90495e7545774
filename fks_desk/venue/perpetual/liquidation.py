"""Close by force what its margin no longer carries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from fks_desk.core.model import Side, TimeInForce
from fks_desk.venue.ledger.records import ZERO, Ended, LedgerKind, LedgerStatus
from fks_desk.venue.perpetual.ledger import Leg, PerpLedger
from fks_desk.venue.perpetual.margin import MarkOf, maintenance_of, standing_of
from fks_desk.venue.perpetual.records import Insured, PerpOrder, PerpRecord

LIQUIDATION_FEE = Decimal("0.0125")
_EIGHT_PLACES = Decimal("0.00000001")


class Liquidation:
    """Look at every account and close what is lost.

    `snap` puts a price on its tick; `note` writes a record down; `force` fills an order
    of the venue's own making at its price, for the fee given.
    """

    def __init__(
        self,
        ledger: PerpLedger,
        mark_of: MarkOf,
        snap: Callable[[str, Decimal], Decimal],
        note: Callable[[PerpRecord], object],
        force: Callable[[PerpOrder, Decimal, int], None],
    ) -> None:
        self._ledger = ledger
        self._mark_of = mark_of
        self._snap = snap
        self._note = note
        self._force = force

    def run(self, moment_ms: int) -> None:
        """Close every position whose margin is used up."""
        for uid in self._ledger.accounts():
            if standing_of(self._ledger, uid, self._mark_of).is_lost:
                self._liquidate_cross(uid, moment_ms)
            for leg in self._lost_isolated(uid):
                self._close_by_force(uid, leg, moment_ms)

    def _liquidate_cross(self, uid: int, moment_ms: int) -> None:
        for order in self._ledger.open_orders(uid):
            self._note(Ended(order.id, LedgerStatus.CANCELED, "liquidation", moment_ms))
        for leg in tuple(self._ledger.positions(uid)):
            if not self._ledger.terms(uid, leg[0]).is_isolated:
                self._close_by_force(uid, leg, moment_ms)

    def _lost_isolated(self, uid: int) -> list[Leg]:
        lost = []
        for leg, position in self._ledger.positions(uid).items():
            if position.size and self._ledger.terms(uid, leg[0]).is_isolated:
                mark = self._mark_of(leg[0])
                if position.isolated + position.unrealised(mark) < maintenance_of(position, mark):
                    lost.append(leg)
        return lost

    def _close_by_force(self, uid: int, leg: Leg, moment_ms: int) -> None:
        """Close a leg at the mark; the fund pays what the margin behind it does not."""
        position = self._ledger.position(uid, leg)
        if not position.size:
            return
        # On the tick, as every execution: what it gains has no more digits than the wire.
        mark = self._snap(leg[0], self._mark_of(leg[0]))
        is_isolated = self._ledger.terms(uid, leg[0]).is_isolated
        standing = standing_of(self._ledger, uid, self._mark_of)
        behind = position.isolated if is_isolated else standing.cross_wallet
        left = behind + position.unrealised(mark)
        due = (abs(position.size) * mark * LIQUIDATION_FEE).quantize(_EIGHT_PLACES, ROUND_UP)
        fee = max(ZERO, min(due, left)).quantize(_EIGHT_PLACES, ROUND_DOWN)
        order = PerpOrder(
            id=self._ledger.next_order_id,
            uid=uid,
            symbol=leg[0],
            client_id=f"autoclose-{moment_ms}-{self._ledger.next_order_id}",
            side=Side.SELL if position.size > 0 else Side.BUY,
            kind=LedgerKind.LIMIT,
            time_in_force=TimeInForce.IOC,
            price=mark,
            size=abs(position.size),
            created_ms=moment_ms,
            updated_ms=moment_ms,
            working_ms=moment_ms,
            position_side=leg[1],
            reduce_only=True,
            is_liquidation=True,
        )
        self._force(order, fee, moment_ms)
        if left < 0:
            self._note(Insured(uid, -left, moment_ms, leg[0]))
