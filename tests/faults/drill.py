"""Hold one venue and one store over many lives of the desk, on made-up time.

Each method is something that a person, the market, the network or the machine does.
Chance plays them in `test_trading_machine`; each failure that it ever found is kept
there as the few lines that are left of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from fks_desk.core.crash_drill import StruckPart
from fks_desk.core.desk_messages import AmendOrder
from fks_desk.core.failpoints import FailPointReached, armed, on_visit
from fks_desk.core.messages import (
    CancelAllOrders,
    CancelOrder,
    ClosePosition,
    Command,
    HaltTrading,
    PlaceOrder,
    ResumeTrading,
)
from fks_desk.core.model import Order, OrderIntent, OrderState, Side, TradingState
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import OrderReport
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.options import TradingOptions
from tests.fakes.distance import DistantNative, DistantVenue, DistantWire
from tests.fakes.trading import BTC, DEMO, ETH, START, Life, MemoryRows, difference, wish
from tests.fakes.virtual import LoopClock, VirtualLoop

LIMITS = RiskLimits(
    max_order_notional=Decimal(2_500), max_open_orders=12, max_symbol_exposure=Decimal(8_000)
)
# The desk's own patience, but a first look after a moment.
OPTIONS = TradingOptions(close_s=0.2)
# An order that never came is declared absent after a minute of looks.
SETTLED_WITHIN_S = 900.0
_DATABASE_BACK_S = 1.5
_WORKING = frozenset({OrderState.OPEN, OrderState.PARTIAL})
_NEVER_CAME = frozenset({OrderState.ABSENT, OrderState.REJECTED})
_AT_THE_VENUE = frozenset({"open", "partial"})


class Drill:
    """Play what happens, and look after each step for what must never be."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner(loop_factory=VirtualLoop)
        seconds = self.runner.get_loop().time
        self.clock = LoopClock(START, seconds)
        self.venue = DistantVenue(clock=LoopClock(START, seconds), on_request=self._judge)
        self.venue.money["BTC"] = Decimal(20)
        self.rows = MemoryRows(self.clock)
        self.life: Life | None = None
        self.has_replace = True
        self.wrong: list[str] = []
        self._held: list[OrderReport] = []
        self._points = ExitStack()
        self._is_struck = False
        self.strikes = 0
        self.fee_currency: str | None = None
        self._task: asyncio.Task[Any] | None = None

    # --- what a person does

    def place(
        self, side: Side, size: str, limit: str | None, turns: int = 3, *, is_seen: bool = True
    ) -> None:
        """Place an order, by default while looking at the newest price."""
        self._command(PlaceOrder(intent=wish(side, size, limit)), turns, is_seen=is_seen)

    def cancel(self, which: int, turns: int = 3) -> None:
        if (order := self._chosen(which)) is not None:
            self._command(CancelOrder(account=DEMO.id, client_id=order.client_id), turns)

    def replace(self, which: int, size: str | None, limit: str, turns: int = 3) -> None:
        if (order := self._chosen(which)) is not None:
            command = AmendOrder(
                account=DEMO.id,
                client_id=order.client_id,
                size=None if size is None else Decimal(size),
                limit_price=Decimal(limit),
            )
            self._command(command, turns)

    def cancel_all(self) -> None:
        self._command(CancelAllOrders(account=DEMO.id))

    def close_position(self) -> None:
        self._command(ClosePosition(account=DEMO.id, instrument=BTC.id))

    def halt(self) -> None:
        self._command(HaltTrading(reason="a drill"))

    def resume(self) -> None:
        self._command(ResumeTrading())

    # --- what the market and others do

    def tick(self, price: str, share: str = "1") -> None:
        """Move the price; what it crosses fills, whole or in part."""
        self.do(self._tick(Decimal(price), Decimal(share)))

    def fill_part(self, which: int, share: str) -> None:
        """Fill a part of one resting order where it rests."""
        self.do(self._fill_part(which, Decimal(share)))

    def trade_outside(self, side: Side, size: str) -> None:
        """Trade on the venue's own page, in an instrument that the desk trades too."""
        self.do(self._outside(wish(side, size, None)))

    def order_outside(self, size: str, limit: str) -> None:
        """Leave an order on the venue's own page."""
        self.do(self._outside(wish(Side.BUY, size, limit, instrument=ETH)))

    def cancel_outside(self, which: int) -> None:
        """Take an order of the desk back on the venue's own page."""
        self.do(self._cancel_outside(which))

    def pay_fees_in(self, currency: str) -> None:
        """Take the fee of what fills next in another currency."""
        self.fee_currency = currency

    def transfer(self, amount: str) -> None:
        """Let money come or go."""
        if self._free_cash() + Decimal(amount) > 0:
            self.venue.move("USDT", Decimal(amount))

    # --- what the network and the venue do

    def lose_next(self, how: str) -> None:
        """Spoil the answer to the next order."""
        self.venue.faults.append(how)

    def lose_next_cancel(self, how: str) -> None:
        """Spoil the answer to the next cancel."""
        self.venue.cancel_faults.append(how)

    def keep_away(self, seconds: float) -> None:
        """Make requests and replies take so long."""
        self.venue.distance_s = seconds

    def disconnect(self) -> None:
        self.venue.is_unreachable = True
        self.do(self._drop())

    def reconnect(self) -> None:
        self.venue.is_unreachable = False

    def drop_stream(self) -> None:
        self.do(self._drop())

    def disturb_stream(self, how: str) -> None:
        self.venue.disturb = {
            "mute": lambda report: (),
            "double": lambda report: (report, report),
            "late": self._one_late,
            "healthy": lambda report: (report,),
        }[how]

    def ban(self, seconds: float) -> None:
        self.venue.banned_until = self.clock.monotonic() + seconds

    def lag(self, seconds: float) -> None:
        """Let the venue's lists name new orders only so much later."""
        self.venue.lags_s = seconds

    # --- what the machine does

    def fail_write(self, how: str) -> None:
        self.rows.refusals.append(how)

    def stop_database(self) -> None:
        self.rows.is_down = True

    def start_database(self) -> None:
        self.rows.is_down = False

    def set_clock(self, seconds: float) -> None:
        """Set the machine's clock wrong by so much."""
        self.clock.error = timedelta(seconds=seconds)

    def wait(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))

    def wake(self) -> None:
        """Let the desk notice that it did not run for a while."""
        if self.life is not None:
            self.do(self._wake(self.life))

    def start(self) -> None:
        """Start the desk, unless it runs; a database that is down lets it start no more."""
        if self.life is None and not self.rows.is_down:
            self.do(self._start())

    def quit(self) -> None:
        if self.life is not None:
            self.do(self.life.desk.close())
            self.life = None

    def crash(self) -> None:
        if self.life is not None:
            life, self.life = self.life, None
            self._disarm()
            self.runner.run(life.die())

    def crash_at(self, point: str, visit: int = 1, part: StruckPart = StruckPart.DESK) -> None:
        """Let the desk, its database or both die when the desk next comes to a point."""
        self._disarm()
        act = partial(self._strike, part)
        self._points.enter_context(armed({point: on_visit(visit, act)}))

    # --- what must hold

    def check(self) -> None:
        """Fail if something is so that must never be, whatever is under way."""
        posts = self.venue.posts
        assert len(posts) == len(set(posts)), "I1: an order was sent twice"
        assert set(posts) <= set(self.rows.orders), "I1: an order was sent that is not written"
        assert not self.wrong, self.wrong
        assert all(one.free >= 0 for one in self.venue.balances()), "more was spent than is there"
        for order in self.venue.orders:
            row = self.rows.orders.get(order.intent.client_id)
            assert row is None or row.state not in _NEVER_CAME, f"I7: {row}"

    def settle(self) -> None:
        """Heal everything, start without help if need be, and compare to the last digit."""
        self.heal()
        self._disarm()
        self.start()
        self.do(self._agree())
        before = self._tables()
        self.do(self._look_twice())
        self.check()

        for name, now in self._tables().items():
            assert now == before[name], f"O17: a look that found nothing has changed the {name}"

    def end(self) -> None:
        """Leave nothing behind."""
        self.crash()
        self._disarm()
        self.runner.close()

    def do(self, work: Coroutine[Any, Any, Any], turns: int = 3) -> None:
        """Run something, then a few turns of the loop, until a death ends the life."""
        self.runner.run(self._some_turns(work, turns))
        self._bury()
        self.check()

    # --- how

    async def _some_turns(self, work: Coroutine[Any, Any, Any], turns: int) -> None:
        if self._is_struck:
            work.close()
            return
        self._task = task = asyncio.ensure_future(work)
        await asyncio.wait({task})
        if self._is_struck:
            # Taken, so that nobody wonders about an exception that nobody asked for.
            _ = task.cancelled() or task.exception()
            return
        task.result()
        for _ in range(turns):
            await asyncio.sleep(0)

    def _command(self, command: Command, turns: int = 3, *, is_seen: bool = True) -> None:
        if self.life is not None:
            if is_seen:
                self.see()
            self.do(self.life.desk.handle(command), turns)

    async def _start(self) -> None:
        wire = DistantWire(self.venue)
        self.life = life = Life(
            self.venue,
            self.rows,
            limits=LIMITS,
            options=OPTIONS,
            clock=self.clock,
            wire=wire,
            native=DistantNative(wire) if self.has_replace else None,
        )
        life.see_prices()
        await life.desk.start()

    async def _tick(self, price: Decimal, share: Decimal) -> None:
        self.venue.tick(BTC, price, share=share)
        self.see()

    async def _fill_part(self, which: int, share: Decimal) -> None:
        resting = [
            o
            for o in self.venue.orders
            if o.state in _AT_THE_VENUE and o.intent.limit_price is not None
        ]
        if resting:
            order = resting[which % len(resting)]
            instrument = self.venue.instruments[order.intent.instrument]
            left = order.intent.size - order.filled
            size = min(left, max(instrument.lot, instrument.snap_size(left * share)))
            price = order.intent.worst_price
            self.venue.fill(order, size, price, fee_currency=self.fee_currency)

    async def _outside(self, intent: OrderIntent) -> None:
        price = intent.limit_price or self.venue.prices[intent.instrument]
        need = intent.size * price if intent.side is Side.BUY else intent.size
        currency = "USDT" if intent.side is Side.BUY else "BTC"
        free = {one.currency: one.free for one in self.venue.balances()}
        if free.get(currency, Decimal(0)) > need:
            self.venue.place(intent)

    async def _cancel_outside(self, which: int) -> None:
        open_ = [o for o in self.venue.orders if o.state in _AT_THE_VENUE]
        if open_:
            self.venue.cancel(open_[which % len(open_)].intent.client_id)

    async def _drop(self) -> None:
        self.venue.drop_connections()

    async def _wake(self, life: Life) -> None:
        life.desk.distrust("this desk did not run for 90 s")

    def see(self) -> None:
        """Tell the desk the newest prices."""
        if self.life is not None:
            self.life.see_prices()

    def _chosen(self, which: int) -> Order | None:
        working = [o for o in self.rows.orders.values() if o.state in OPEN_STATES]
        return working[which % len(working)] if working else None

    def _free_cash(self) -> Decimal:
        return next(one.free for one in self.venue.balances() if one.currency == "USDT")

    def _one_late(self, report: OrderReport) -> Sequence[OrderReport]:
        """Tell each report after the next one."""
        earlier, self._held = self._held, [report]
        return earlier

    def _judge(self, intent: OrderIntent) -> None:
        """Note a request that raises exposure while the desk may not send one (I4, I5)."""
        if self.life is None:
            return
        if not self._raises_exposure(intent):
            return
        if self.life.desk.state is not TradingState.ACTIVE:
            self.wrong.append(f"I5 {intent.client_id} left while {self.life.desk.state}")
        if intent.size * intent.worst_price > LIMITS.max_order_notional:
            self.wrong.append(f"I4 {intent.client_id} is larger than any order may be")

    def _raises_exposure(self, intent: OrderIntent) -> bool:
        """Judge by what was committed: nobody can know of more at that moment."""
        position = self.rows.positions.get(intent.instrument)
        held = Decimal(0) if position is None else position.size
        return held * intent.side.sign >= 0 or intent.size > abs(held)

    def _strike(self, part: StruckPart, point: str) -> None:
        self.strikes += 1
        if part is not StruckPart.DESK:
            self._kill_database()
        if part is StruckPart.DATABASE:
            return
        if self.life is not None:
            self.life.wire.is_alive = self.life.store.is_alive = False
            self._is_struck = True
            if self._task is not None:
                self.runner.get_loop().call_soon(self._task.cancel)
        raise FailPointReached(point)

    def _kill_database(self) -> None:
        """Leave open whether the write that comes next is there, and start again soon."""
        loop = self.runner.get_loop()
        if self.strikes % 2:
            self.rows.refusals.append("unsure")
        loop.call_later(0.0, self.stop_database)
        loop.call_later(_DATABASE_BACK_S, self.start_database)

    def _bury(self) -> None:
        if self._is_struck:
            self.crash()
            self._is_struck = False

    def _disarm(self) -> None:
        self._points.close()

    def heal(self) -> None:
        """End every trouble but a desk that is dead."""
        self.disturb_stream("healthy")
        self.venue.faults.clear()
        self.venue.cancel_faults.clear()
        self.rows.refusals.clear()
        self.rows.is_down = False
        self.venue.is_unreachable = False
        self.venue.distance_s = self.venue.lags_s = self.venue.banned_until = 0.0
        for order in self.venue.orders:
            order.hidden_from_queries = False
        self.clock.error = timedelta(0)
        self.do(self._drop())

    async def _agree(self) -> None:
        """Wait until desk and venue agree and nothing is unknown any more."""
        assert self.life is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SETTLED_WITHIN_S
        while problem := self._unsettled():
            assert loop.time() < deadline, problem
            self.see()
            await asyncio.sleep(5.0)
        # The last look may still be writing down what it mended.
        await asyncio.sleep(1.0)

    def _unsettled(self) -> str:
        assert self.life is not None
        if not self.life.desk._standing.is_compared.is_set():
            return f"I11: the desk is {self.life.desk.state}: {self.life.desk._standing.reason}"
        for order in self.rows.orders.values():
            if order.state in OPEN_STATES - _WORKING:
                return f"I11: {order} does not settle"
        told = {one.currency: one.total for one in self.venue.balances()}
        for line in self.life.desk._books.ledger.compare(told):
            if line.difference:
                return f"I3: {line.difference} {line.currency} are not explained"
        return difference(self.venue, self.rows)

    async def _look_twice(self) -> None:
        assert self.life is not None
        for _ in range(2):
            self.life.desk._rounds.ask()
            await asyncio.sleep(5.0)

    def _tables(self) -> dict[str, Any]:
        rows = self.rows
        return {
            "orders": dict(rows.orders),
            "fills": dict(rows.fills),
            "positions": dict(rows.positions),
            "balances": dict(rows.balances),
            "transfers": list(rows.transfers),
            "journal": [(row.draft.type, dict(row.draft.payload)) for row in rows.journal],
        }
