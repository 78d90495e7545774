"""Match the orders of every account with one another and with the market."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from fks_desk.core.model import Instrument, Side, TimeInForce
from fks_desk.venue.ledger.execution import Execution, lock_of
from fks_desk.venue.ledger.floor import Floor, Step
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.lists import Lists
from fks_desk.venue.ledger.planning import NO_PLAN, Plan
from fks_desk.venue.ledger.records import (
    ZERO,
    Activated,
    Amended,
    Contingency,
    LedgerKind,
    LedgerList,
    LedgerOrder,
    LedgerStatus,
    Listed,
    Placed,
)
from fks_desk.venue.ledger.rules import (
    AMEND_SAME,
    AMEND_UP,
    CROOKED_LIST,
    INSUFFICIENT,
    TOO_SMALL,
    WOULD_TAKE,
    WOULD_TRIGGER,
    ListRequest,
    Refusal,
    Request,
    rule_broken,
    stands_wrong,
    triggers_at_once,
)


class Matching:
    """Decide what an order, a cancel or a price does, and let the ledger do it.

    Each answer is a batch: the steps that the ledger has just made, which belong on
    the disk in one line. `liquidity` returns what the market itself offers now.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        instruments: Mapping[str, Instrument],
        fee_rate: Decimal,
        liquidity: Callable[[str], Liquidity],
    ) -> None:
        self.ledger = ledger
        self._instruments = instruments
        self._liquidity = liquidity
        self._floor = Floor(ledger)
        self._execution = Execution(self._floor, instruments, fee_rate)
        self._lists = Lists(self._floor, self._execution, self._start)

    # --- what accounts ask ---------------------------------------------------------------

    def place(self, request: Request, moment_ms: int) -> list[Step] | Refusal:
        """Accept the order and fill what it meets, or say which rule forbids it."""
        liquidity = self._liquidity(request.symbol)
        instrument = self._instruments[request.symbol]
        if refusal := rule_broken(request, instrument, self.ledger, liquidity.last):
            return refusal
        if request.kind.has_trigger:
            return self._place_waiting(request, liquidity.last, moment_ms)
        size = request.size or self._execution.affordable(
            request.symbol, request.side, request.quote_size, liquidity
        )
        if size < max(instrument.min_size, instrument.lot):
            return TOO_SMALL
        plan = self._execution.plan(request, size, liquidity)
        lock = lock_of(request.side, size, request.price) if request.kind.has_limit else ZERO
        if refusal := self._unable(request, size, plan, lock):
            return refusal
        order = self._new(request, moment_ms, size=size, locked=lock, working_ms=moment_ms)
        self._carry_out(order, plan, liquidity, moment_ms)
        return self._finish(moment_ms)

    def check(self, request: Request) -> Refusal | None:
        """Return the filter that forbids the order, taking nothing."""
        last = self._liquidity(request.symbol).last
        return rule_broken(request, self._instruments[request.symbol], self.ledger, last)

    def place_list(self, wanted: ListRequest, moment_ms: int) -> list[Step] | Refusal:
        """Accept orders that depend on one another, or say why not."""
        liquidity = self._liquidity(wanted.symbol)
        instrument = self._instruments[wanted.symbol]
        for request in wanted.requests:
            if refusal := rule_broken(request, instrument, self.ledger, liquidity.last):
                return refusal
        if wanted.contingency is Contingency.OCO:
            return self._place_oco(wanted, liquidity.last, moment_ms)
        return self._place_oto(wanted, liquidity, moment_ms)

    def cancel(self, order: LedgerOrder, request_id: str, moment_ms: int) -> list[Step]:
        """Take an open order off the floor, and with it the list that it belongs to."""
        canceled = LedgerStatus.CANCELED
        self._execution.end(order.id, canceled, moment_ms, request_id)
        orders = self.ledger.order_list(order.list_id)
        for other in self.ledger.orders_of(orders) if orders is not None else ():
            if other.status.is_open:
                self._execution.end(other.id, canceled, moment_ms, request_id)
        return self._finish(moment_ms)

    def amend(
        self, order: LedgerOrder, size: Decimal, client_id: str, moment_ms: int
    ) -> list[Step] | Refusal:
        """Make an open order smaller without losing its place in the line."""
        instrument = self._instruments[order.symbol]
        if size == order.size:
            return AMEND_SAME
        if size > order.size or size <= order.filled:
            return AMEND_UP
        if size % instrument.lot or size < instrument.min_size:
            return TOO_SMALL
        left = lock_of(order.side, size - order.filled, order.price)
        locked = min(order.locked, left) if order.kind.has_limit else order.locked
        self._floor.note(Amended(order.id, size, locked, client_id, moment_ms))
        return self._finish(moment_ms)

    # --- what the market does ------------------------------------------------------------

    def on_print(
        self, symbol: str, price: Decimal, moment_ms: int, size: Decimal | None = None
    ) -> list[Step]:
        """Fill what a print reached, as maker, at most its size; start what waited for its price.

        Without a size the print is large enough for everybody.
        """
        book = self._floor.books.get(symbol)
        if book is not None:
            left = size
            for side in Side:
                left = self._fill_side(symbol, side, price, left, moment_ms)
            self._lists.settle(moment_ms)
        triggers = self._floor.triggers.get(symbol)
        for order_id in triggers.reached(price) if triggers else ():
            self._trigger(order_id, moment_ms)
        return self._finish(moment_ms)

    def on_market_levels(self, symbol: str, moment_ms: int) -> list[Step]:
        """Fill resting orders that the market's own levels have come to, at the orders' prices."""
        book = self._floor.books.get(symbol)
        if book is None:
            return []
        for side in Side:
            while (best := book.side(side).best()) is not None:
                offer = self._liquidity(symbol).best(side)
                order = self.ledger.order(best[1])
                if offer is None or order is None or not reaches(order, offer[0]):
                    break
                taken = min(offer[1], order.remaining)
                self._liquidity(symbol).take(side, offer[0], taken)
                self._execution.fill(order, order.price, taken, moment_ms, is_maker=True)
        return self._finish(moment_ms)

    def pass_by(self, order_id: int, low: Decimal, high: Decimal, moment_ms: int) -> list[Step]:
        """Let a market that moved unseen between two prices do what it did to one order."""
        order = self.ledger.order(order_id)
        if order is None or not order.status.is_open:
            return []
        if order.rests and reaches(order, low if order.side is Side.BUY else high):
            self._execution.fill(order, order.price, order.remaining, moment_ms, is_maker=True)
        elif order.is_waiting:
            triggers = self._floor.triggers[order.symbol]
            for price in (high, low) if order.side is Side.SELL else (low, high):
                if triggers.reached_by(order.id, price):
                    self._trigger(order.id, moment_ms)
                    break
        return self._finish(moment_ms)

    # -------------------------------------------------------------------------------------

    def _finish(self, moment_ms: int) -> list[Step]:
        if self._floor.touched:
            self._lists.settle(moment_ms)
        return self._floor.take_steps()

    def _fill_side(
        self, symbol: str, side: Side, price: Decimal, left: Decimal | None, moment_ms: int
    ) -> Decimal | None:
        """Fill one side's orders that a price reached and return what is left of the print."""
        resting = self._floor.books[symbol].side(side)
        while (left is None or left > 0) and (best := resting.best()) is not None:
            order = self.ledger.order(best[1])
            if order is None or not reaches(order, price):
                break
            taken = order.remaining if left is None else min(left, order.remaining)
            left = None if left is None else left - taken
            self._execution.fill(order, order.price, taken, moment_ms, is_maker=True)
        return left

    def _unable(self, request: Request, size: Decimal, plan: Plan, lock: Decimal) -> Refusal | None:
        if request.kind is LedgerKind.LIMIT_MAKER and (plan.matches or plan.yielding):
            return WOULD_TAKE
        need = lock
        if not request.kind.has_limit:
            need = plan.cost if request.side is Side.BUY else size
        return None if self._free(request) >= need else INSUFFICIENT

    def _free(self, order: Request | LedgerOrder) -> Decimal:
        instrument = self._instruments[order.symbol]
        asset = instrument.quote if order.side is Side.BUY else instrument.base
        return self.ledger.holding(order.uid, asset).free

    def _carry_out(
        self, order: LedgerOrder, plan: Plan, liquidity: Liquidity, moment_ms: int
    ) -> None:
        if order.time_in_force is TimeInForce.FOK and plan.size < order.size:
            plan = NO_PLAN
        self._execution.carry_out(order, plan, liquidity, moment_ms)

    def _place_waiting(
        self, request: Request, last: Decimal, moment_ms: int
    ) -> list[Step] | Refusal:
        if triggers_at_once(request, last):
            return WOULD_TRIGGER
        lock = _waiting_lock(request, last)
        if self._free(request) < lock:
            return INSUFFICIENT
        self._new(request, moment_ms, locked=lock, is_waiting=True)
        return self._finish(moment_ms)

    def _place_oco(
        self, wanted: ListRequest, last: Decimal, moment_ms: int
    ) -> list[Step] | Refusal:
        if any(stands_wrong(request, last) for request in wanted.requests):
            return CROOKED_LIST
        # Only one of the two can go to work, so one lock, the larger, serves both.
        lock = max(_waiting_lock(request, last) for request in wanted.requests)
        if self._free(wanted.requests[0]) < lock:
            return INSUFFICIENT
        list_id = self._list(wanted, moment_ms)
        for request, locked in zip(wanted.requests, (lock, ZERO), strict=True):
            waits = request.kind.has_trigger
            self._new(
                request,
                moment_ms,
                list_id=list_id,
                locked=locked,
                is_waiting=waits,
                working_ms=0 if waits else moment_ms,
            )
        return self._finish(moment_ms)

    def _place_oto(
        self, wanted: ListRequest, liquidity: Liquidity, moment_ms: int
    ) -> list[Step] | Refusal:
        working, *pending = wanted.requests
        plan = self._execution.plan(working, working.size, liquidity)
        lock = lock_of(working.side, working.size, working.price)
        if refusal := self._unable(working, working.size, plan, lock):
            return refusal
        list_id = self._list(wanted, moment_ms)
        order = self._new(working, moment_ms, list_id=list_id, locked=lock, working_ms=moment_ms)
        for request in pending:
            self._new(request, moment_ms, list_id=list_id, status=LedgerStatus.PENDING_NEW)
        self._carry_out(order, plan, liquidity, moment_ms)
        return self._finish(moment_ms)

    def _list(self, wanted: ListRequest, moment_ms: int) -> int:
        """Remember a list whose orders get the next ids."""
        first, list_id = self.ledger.next_order_id, self.ledger.next_list_id
        self._floor.note(
            Listed(
                LedgerList(
                    id=list_id,
                    uid=wanted.uid,
                    symbol=wanted.symbol,
                    client_id=wanted.client_id,
                    contingency=wanted.contingency,
                    order_ids=tuple(range(first, first + len(wanted.requests))),
                    created_ms=moment_ms,
                )
            )
        )
        return list_id

    def _new(
        self,
        request: Request,
        moment_ms: int,
        *,
        size: Decimal | None = None,
        locked: Decimal = ZERO,
        status: LedgerStatus = LedgerStatus.NEW,
        is_waiting: bool = False,
        list_id: int = -1,
        working_ms: int = 0,
    ) -> LedgerOrder:
        order = LedgerOrder(
            id=self.ledger.next_order_id,
            uid=request.uid,
            symbol=request.symbol,
            client_id=request.client_id,
            side=request.side,
            kind=request.kind,
            time_in_force=request.time_in_force,
            price=request.price,
            size=request.size if size is None else size,
            quote_size=request.quote_size,
            locked=locked,
            status=status,
            created_ms=moment_ms,
            updated_ms=moment_ms,
            stop_price=request.stop_price,
            trailing_bips=request.trailing_bips,
            visible_size=request.visible_size,
            self_trade=request.self_trade,
            list_id=list_id,
            working_ms=working_ms,
            is_waiting=is_waiting,
        )
        if is_waiting or (list_id >= 0 and status is LedgerStatus.NEW):
            self._floor.note(Placed(order))
        else:
            self._floor.write(Placed(order))
        return order

    def _start(self, order: LedgerOrder, pending: list[LedgerOrder], moment_ms: int) -> None:
        """Put a pending order to work; the first of those that cancel each other locks for both."""
        last = self._liquidity(order.symbol).last
        is_holder = order.id == pending[0].id
        lock = max(_waiting_lock(item, last) for item in pending) if is_holder else ZERO
        if self._free(order) < lock:
            self._execution.end(order.id, LedgerStatus.EXPIRED, moment_ms)
        elif order.kind.has_trigger:
            self._floor.note(Activated(order.id, lock, True, moment_ms))
        else:
            self._work(order, lock, moment_ms)

    def _trigger(self, order_id: int, moment_ms: int) -> None:
        """Put an order to work whose price has come, in place of those that it cancels."""
        order = self.ledger.order(order_id)
        if order is None or not order.status.is_open:
            return
        for other in self._lists.siblings(order):
            self._execution.end(other.id, LedgerStatus.EXPIRED, moment_ms)
        self._work(order, lock_of(order.side, order.remaining, order.price), moment_ms)
        self._lists.settle(moment_ms)

    def _work(self, order: LedgerOrder, lock: Decimal, moment_ms: int) -> None:
        locked = lock if order.kind.has_limit else ZERO
        self._floor.write(Activated(order.id, locked, False, moment_ms))
        liquidity = self._liquidity(order.symbol)
        plan = self._execution.plan(order, order.remaining, liquidity)
        if not order.kind.has_limit:
            plan = self._execution.within_means(order, plan)
        now = self.ledger.order(order.id) or order
        if order.kind is LedgerKind.LIMIT_MAKER and (plan.matches or plan.yielding):
            self._execution.end(order.id, LedgerStatus.EXPIRED, moment_ms)
        else:
            self._carry_out(now, plan, liquidity, moment_ms)


def reaches(order: LedgerOrder, price: Decimal) -> bool:
    """Tell whether a trade at the price would have filled a resting order."""
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _waiting_lock(order: Request | LedgerOrder, last: Decimal) -> Decimal:
    """Return the money that an order holds back while it waits."""
    price = order.price if order.kind.has_limit else order.stop_price or last
    return lock_of(order.side, order.size, price)
