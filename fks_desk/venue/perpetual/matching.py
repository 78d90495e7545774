"""Match orders for perpetuals, liquidate what lost its margin, and let funding flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal

from fks_desk.core.model import Instrument, PositionSide, Side, TimeInForce
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.planning import NO_PLAN, Plan, Planner
from fks_desk.venue.ledger.records import (
    ZERO,
    Activated,
    Amended,
    Ended,
    LedgerKind,
    LedgerOrder,
    LedgerStatus,
)
from fks_desk.venue.ledger.resting import RestingBook
from fks_desk.venue.ledger.rules import Refusal
from fks_desk.venue.ledger.triggers import Triggers
from fks_desk.venue.perpetual.ledger import PerpLedger
from fks_desk.venue.perpetual.liquidation import Liquidation
from fks_desk.venue.perpetual.margin import MarkOf, standing_of
from fks_desk.venue.perpetual.records import (
    Funded,
    PerpFill,
    PerpFilled,
    PerpOrder,
    PerpPlaced,
    PerpRecord,
    Repriced,
)
from fks_desk.venue.perpetual.request import (
    NOT_AMENDABLE,
    NOT_WHOLE,
    SAME_ORDER,
    SHORT_OF_MARGIN,
    WOULD_TAKE,
    PerpRequest,
    opposing,
    perp_rule_broken,
)
from fks_desk.venue.perpetual.settling import margin_for, settled

MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")
_EIGHT_PLACES = Decimal("0.00000001")

PerpStep = tuple[PerpRecord, PerpOrder | None]


class PerpMatching:
    """Decide what an order, a price or the clock does, and let the margin ledger do it.

    As in the spot core, each answer is the batch of steps that the ledger has made.
    """

    def __init__(
        self,
        *,
        ledger: PerpLedger,
        instruments: Mapping[str, Instrument],
        liquidity: Callable[[str], Liquidity],
        mark_of: MarkOf,
    ) -> None:
        self.ledger = ledger
        self._instruments = instruments
        self._liquidity = liquidity
        self._mark_of = mark_of
        self._books: dict[str, RestingBook] = defaultdict(RestingBook)
        self._triggers: dict[str, Triggers] = defaultdict(Triggers)
        self._mark_triggers: dict[str, Triggers] = defaultdict(Triggers)
        self._planner = Planner(self._books, ledger.order)
        self._steps: list[PerpStep] = []
        self._liquidation = Liquidation(
            ledger,
            mark_of,
            lambda symbol, price: instruments[symbol].snap_price(price),
            self._note,
            self._force,
        )
        for order in sorted(ledger.open_orders(), key=lambda item: (item.working_ms, item.id)):
            self._stand(order)

    # --- what accounts ask ---------------------------------------------------------------

    def place(self, request: PerpRequest, moment_ms: int) -> list[PerpStep] | Refusal:
        """Accept the order and fill what it meets, or say which rule forbids it."""
        liquidity = self._liquidity(request.symbol)
        instrument = self._instruments[request.symbol]
        mark = self._mark_of(request.symbol)
        if refusal := perp_rule_broken(request, instrument, self.ledger, liquidity.last, mark):
            return refusal
        if request.kind.has_trigger:
            self._note(PerpPlaced(self._order(request, moment_ms, is_waiting=True)))
            return self.take_steps()
        plan = self._planner.plan(request, request.size, liquidity)
        if refusal := self._unable(request, plan, liquidity):
            return refusal
        order = self._order(request, moment_ms, is_waiting=False)
        self._write(PerpPlaced(order))
        self._carry_out(order, plan, liquidity, moment_ms)
        return self.take_steps()

    def cancel(self, order: PerpOrder, request_id: str, moment_ms: int) -> list[PerpStep]:
        """Take an open order off the floor."""
        self._note(Ended(order.id, LedgerStatus.CANCELED, request_id, moment_ms))
        return self.take_steps()

    def record(self, record: PerpRecord) -> list[PerpStep]:
        """Note something that is no order's doing."""
        self._note(record)
        return self.take_steps()

    def amend(
        self, order: PerpOrder, size: Decimal, price: Decimal, moment_ms: int
    ) -> list[PerpStep] | Refusal:
        """Give an open limit order another size or price; it goes to the end of the line."""
        if (size, price) == (order.size, order.price):
            return SAME_ORDER
        if size <= order.filled or not order.rests:
            return NOT_AMENDABLE
        wanted = PerpRequest(
            uid=order.uid,
            symbol=order.symbol,
            client_id="",
            side=order.side,
            kind=order.kind,
            time_in_force=order.time_in_force,
            price=price,
            size=size,
            self_trade=order.self_trade,
            position_side=order.position_side,
            reduce_only=order.reduce_only and order.position_side is PositionSide.NET,
        )
        liquidity, instrument = self._liquidity(order.symbol), self._instruments[order.symbol]
        mark = self._mark_of(order.symbol)
        if refusal := perp_rule_broken(wanted, instrument, self.ledger, liquidity.last, mark):
            return refusal
        plan = self._planner.plan(wanted, size - order.filled, liquidity)
        leverage = self.ledger.terms(order.uid, order.symbol).leverage
        spare = margin_for(order.remaining, order.price, leverage)
        if refusal := self._unable(wanted, plan, liquidity, spare):
            return refusal
        # It leaves the book before it may meet others, and comes back behind them.
        self._books[order.symbol].side(order.side).remove(order.id)
        amended = self._write(Repriced(order.id, size, price, moment_ms)) or order
        self._carry_out(amended, plan, liquidity, moment_ms)
        return self.take_steps()

    # --- what the market does ------------------------------------------------------------

    def on_print(
        self, symbol: str, price: Decimal, moment_ms: int, size: Decimal | None = None
    ) -> list[PerpStep]:
        """Fill what a print reached, as maker, at most its size; start what waited for it."""
        left = size
        for side in Side:
            resting = self._books[symbol].side(side)
            while (left is None or left > 0) and (best := resting.best()) is not None:
                order = self.ledger.order(best[1])
                if order is None or not _reaches(order, price):
                    break
                taken = order.remaining if left is None else min(left, order.remaining)
                left = None if left is None else left - taken
                self._fill(order, order.price, taken, moment_ms, is_maker=True)
        for order_id in self._triggers[symbol].reached(price):
            self._trigger(order_id, moment_ms)
        return self.take_steps()

    def on_market_levels(self, symbol: str, moment_ms: int) -> list[PerpStep]:
        """Fill resting orders that the market's own levels have come to."""
        for side in Side:
            resting = self._books[symbol].side(side)
            while (best := resting.best()) is not None:
                liquidity = self._liquidity(symbol)
                offer, order = liquidity.best(side), self.ledger.order(best[1])
                if offer is None or order is None or not _reaches(order, offer[0]):
                    break
                taken = min(offer[1], order.remaining)
                liquidity.take(side, offer[0], taken)
                self._fill(order, order.price, taken, moment_ms, is_maker=True)
        return self.take_steps()

    def on_mark(self, symbol: str, moment_ms: int) -> list[PerpStep]:
        """Start what waited for the mark price."""
        triggers = self._mark_triggers[symbol]
        if len(triggers):
            for order_id in triggers.reached(self._mark_of(symbol)):
                self._trigger(order_id, moment_ms)
        return self.take_steps()

    def expire(self, moment_ms: int) -> list[PerpStep]:
        """End the orders whose time has come."""
        for order in self.ledger.open_orders():
            if order.expires_ms and order.expires_ms <= moment_ms:
                self._note(Ended(order.id, LedgerStatus.EXPIRED, "", moment_ms))
        return self.take_steps()

    def fund(self, symbol: str, rate: Decimal, moment_ms: int) -> list[PerpStep]:
        """Let the longs pay the shorts, or the shorts the longs if the rate is negative."""
        mark = self._mark_of(symbol)
        for uid in self.ledger.accounts():
            for leg, position in tuple(self.ledger.positions(uid).items()):
                if leg[0] == symbol and position.size:
                    amount = (-position.size * mark * rate).quantize(_EIGHT_PLACES, ROUND_HALF_EVEN)
                    number = len(self.ledger.funding) + 1
                    self._note(Funded(number, uid, symbol, leg[1], rate, mark, amount, moment_ms))
        return self.take_steps()

    def liquidate(self, moment_ms: int) -> list[PerpStep]:
        """Close by force what its margin no longer carries."""
        self._liquidation.run(moment_ms)
        return self.take_steps()

    # -------------------------------------------------------------------------------------

    def take_steps(self) -> list[PerpStep]:
        """Return the batch and begin a new one."""
        steps, self._steps = self._steps, []
        return steps

    def _note(self, record: PerpRecord) -> PerpOrder | None:
        order = self._write(record)
        if order is not None:
            self._stand(order)
        return order

    def _write(self, record: PerpRecord) -> PerpOrder | None:
        order = self.ledger.take(record)
        self._steps.append((record, order))
        return order

    def _stand(self, order: PerpOrder) -> None:
        if order.kind.has_limit:
            self._books[order.symbol].note(order)
        if order.kind.has_trigger:
            triggers = self._mark_triggers if order.by_mark else self._triggers
            triggers[order.symbol].note(order)

    def _unable(
        self, request: PerpRequest, plan: Plan, liquidity: Liquidity, spare: Decimal = ZERO
    ) -> Refusal | None:
        if request.kind is LedgerKind.LIMIT_MAKER and (plan.matches or plan.yielding):
            return WOULD_TAKE
        if request.time_in_force is TimeInForce.FOK and plan.size < request.size:
            return NOT_WHOLE
        if request.reduces:
            return None
        free = opposing(self.ledger, request.uid, request.leg, request.side)
        opened = max(ZERO, request.size - free)
        price = request.price if request.kind.has_limit else liquidity.last
        leverage = self.ledger.terms(request.uid, request.symbol).leverage
        need = margin_for(opened, price, leverage)
        need += (plan.cost * TAKER_FEE).quantize(_EIGHT_PLACES, ROUND_UP) if opened else ZERO
        standing = standing_of(self.ledger, request.uid, self._mark_of)
        return SHORT_OF_MARGIN if opened and standing.available + spare < need else None

    def _order(self, request: PerpRequest, moment_ms: int, *, is_waiting: bool) -> PerpOrder:
        return PerpOrder(
            id=self.ledger.next_order_id,
            uid=request.uid,
            symbol=request.symbol,
            client_id=request.client_id,
            side=request.side,
            kind=request.kind,
            time_in_force=request.time_in_force,
            price=request.price,
            size=request.size,
            created_ms=moment_ms,
            updated_ms=moment_ms,
            stop_price=request.stop_price,
            trailing_bips=request.trailing_bips,
            self_trade=request.self_trade,
            working_ms=0 if is_waiting else moment_ms,
            is_waiting=is_waiting,
            position_side=request.position_side,
            reduce_only=request.reduces,
            closes=request.closes,
            by_mark=request.by_mark,
            expires_ms=request.expires_ms,
        )

    def _trigger(self, order_id: int, moment_ms: int) -> None:
        order = self.ledger.order(order_id)
        if order is None or not order.status.is_open:
            return
        free = opposing(self.ledger, order.uid, order.leg, order.side)
        if order.reduce_only and not free:
            self._note(Ended(order.id, LedgerStatus.EXPIRED, "", moment_ms))
            return
        self._write(Activated(order.id, ZERO, False, moment_ms))
        if order.closes:
            self._write(Amended(order.id, free, ZERO, order.client_id, moment_ms))
        now = self.ledger.order(order_id) or order
        liquidity = self._liquidity(order.symbol)
        plan = self._planner.plan(now, now.remaining, liquidity)
        if not order.reduce_only and self._lacks_margin(now, now.remaining, plan):
            plan = NO_PLAN
        self._carry_out(now, plan, liquidity, moment_ms)

    def _lacks_margin(self, order: PerpOrder, size: Decimal, plan: Plan) -> bool:
        opened = size - opposing(self.ledger, order.uid, order.leg, order.side)
        price = order.price if order.kind.has_limit else plan.cost / (plan.size or 1)
        leverage = self.ledger.terms(order.uid, order.symbol).leverage
        standing = standing_of(self.ledger, order.uid, self._mark_of)
        return opened > 0 and standing.available < margin_for(opened, price, leverage)

    def _carry_out(
        self, order: PerpOrder, plan: Plan, liquidity: Liquidity, moment_ms: int
    ) -> None:
        for order_id in plan.yielding:
            self._note(Ended(order_id, LedgerStatus.EXPIRED_IN_MATCH, "", moment_ms))
        for price, size, maker in plan.matches:
            taken = self._no_more_than_held(order, size)
            if not taken:
                break
            if isinstance(maker, PerpOrder):
                taken = min(taken, self._no_more_than_held(maker, taken))
                if not taken:
                    continue
                self._fill(maker, price, taken, moment_ms, is_maker=True)
            else:
                liquidity.take(order.side, price, taken)
            order = self._fill(order, price, taken, moment_ms, is_maker=False)
        if order.status is LedgerStatus.FILLED:
            return
        may_rest = order.kind.has_limit and order.time_in_force in {
            TimeInForce.GTC,
            TimeInForce.GTD,
        }
        if may_rest and not plan.stops:
            self._stand(order)
        else:
            status = LedgerStatus.EXPIRED_IN_MATCH if plan.stops else LedgerStatus.EXPIRED
            self._note(Ended(order.id, status, "", moment_ms))

    def _no_more_than_held(self, order: PerpOrder, size: Decimal) -> Decimal:
        """Return what an order may trade without opening what it must not open."""
        if not order.reduce_only:
            return size
        return min(size, opposing(self.ledger, order.uid, order.leg, order.side))

    def _fill(
        self,
        order: PerpOrder,
        price: Decimal,
        size: Decimal,
        moment_ms: int,
        *,
        is_maker: bool,
        fee: Decimal | None = None,
    ) -> PerpOrder:
        size = self._no_more_than_held(order, size)
        if not size:
            return self._note(Ended(order.id, LedgerStatus.EXPIRED, "", moment_ms)) or order
        terms = self.ledger.terms(order.uid, order.symbol)
        position = self.ledger.position(order.uid, order.leg)
        done = settled(position, size * order.side.sign, price, terms, moment_ms)
        if fee is None:
            rate = MAKER_FEE if is_maker else TAKER_FEE
            fee = (price * size * rate).quantize(_EIGHT_PLACES, ROUND_HALF_EVEN)
        fill = PerpFill(
            id=len(self.ledger.fills) + 1,
            order_id=order.id,
            uid=order.uid,
            symbol=order.symbol,
            client_id=order.client_id,
            position_side=order.position_side,
            side=order.side,
            price=price,
            size=size,
            fee=fee,
            realised=done.realised,
            is_maker=is_maker,
            moment_ms=moment_ms,
        )
        change = self._note if is_maker else self._write
        return change(PerpFilled(fill)) or order

    def _force(self, order: PerpOrder, fee: Decimal, moment_ms: int) -> None:
        """Fill an order of the venue's own making at its price, for a fee of its own."""
        self._write(PerpPlaced(order))
        self._fill(order, order.price, order.size, moment_ms, is_maker=False, fee=fee)


def _reaches(order: LedgerOrder, price: Decimal) -> bool:
    return price <= order.price if order.side is Side.BUY else price >= order.price
