"""Look at the account at the right moments: when asked, when in doubt, and in turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import NoticeRaised, Reconciled, Severity
from fks_desk.core.model import OrderState
from fks_desk.core.ports import Publish
from fks_desk.trading.books.account import Books
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.reconcile import Reconciler

log = logging.getLogger(__name__)


class Rounds:
    """Run one look after another; a failed one is repeated after a growing wait."""

    def __init__(
        self,
        *,
        books: Books,
        standing: Standing,
        reconciler: Reconciler,
        publish: Publish,
        options: TradingOptions,
        after: Callable[[], None],
        note: Callable[[Sequence[str]], Awaitable[None]],
        is_puzzled: Callable[[], bool],
        failed: Callable[[Exception], None] = lambda _error: None,
    ) -> None:
        self._books = books
        self._standing = standing
        self._reconciler = reconciler
        self._publish = publish
        self._options = options
        self._after = after
        self._note = note
        self._is_puzzled = is_puzzled
        self._on_failed = failed
        self._wanted = asyncio.Event()
        self._is_thorough = True
        self._later: asyncio.TimerHandle | None = None
        self._wait = options.reconcile_first_wait_s
        self._has_told = False

    def ask(self) -> None:
        """Ask for a thorough look now."""
        self._is_thorough = True
        self._wanted.set()

    def ask_later(self) -> None:
        """Ask for a look soon, if by then something is still unsettled."""
        if self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(self._options.settle_s, self._ask_if_unsettled)

    def ask_soon(self) -> None:
        """Ask for a look at what is open, now."""
        self._wait = self._options.reconcile_first_wait_s
        self._wanted.set()

    async def run(self) -> None:
        """Look until cancelled."""
        try:
            while True:
                await self._rest()
                self._wanted.clear()
                await self._round()
                await asyncio.sleep(self._options.reconcile_gap_s)
        finally:
            if self._later is not None:
                self._later.cancel()

    async def _round(self) -> None:
        connection, is_thorough = self._standing.connection, self._is_thorough
        self._is_thorough = False
        try:
            repairs = await self._reconciler.look(is_thorough=is_thorough)
        except (FKSException, TimeoutError) as error:
            self._is_thorough = self._is_thorough or is_thorough
            self._failed(error)
            return
        self._has_told = False
        self._publish(Reconciled(account=self._books.account.id, repairs=repairs))
        # A new connection came while we looked: what it missed is not compared yet.
        if is_thorough and not self._standing.compared(connection):
            self.ask()
        self._after()
        # Last, because a long explanation must not keep orders at home.
        await self._note(repairs)

    def _failed(self, error: Exception) -> None:
        self._on_failed(error)
        log.warning("the account could not be compared, again soon: %r", error)
        if self._has_told:
            return
        self._has_told = True
        text = (
            "The account could not be compared with the venue: "
            f"{getattr(error, 'message', '') or 'no answer in time'}. It is tried again."
        )
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="trading"))

    async def _rest(self) -> None:
        """Wait for the next look; an order that opens in a long rest shortens it."""
        is_idle = not self._is_busy()
        left = self._pause()
        while left > 0:
            part = min(left, self._options.reconcile_s) if is_idle else left
            if await self._is_woken(part) or (is_idle and self._is_busy()):
                return
            left -= part

    async def _is_woken(self, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self._wanted.wait()
        except TimeoutError:
            return False
        return True

    def _pause(self) -> float:
        """Return the seconds until the next look that nobody asks for."""
        options = self._options
        if self._is_urgent():
            wait, self._wait = self._wait, min(self._wait * 2, options.reconcile_longest_wait_s)
            return wait
        self._wait = options.reconcile_first_wait_s
        return (
            options.reconcile_s if self._books.blotter.open_orders() else options.reconcile_idle_s
        )

    def _is_busy(self) -> bool:
        return self._is_urgent() or bool(self._books.blotter.open_orders())

    def _is_urgent(self) -> bool:
        books = self._books
        return bool(
            self._is_thorough
            or self._is_puzzled()
            or books.parked
            or books.owed
            or books.blotter.orders_in((OrderState.UNKNOWN,))
        )

    def _ask_if_unsettled(self) -> None:
        self._later = None
        waiting = (OrderState.UNKNOWN, OrderState.CANCEL_PENDING)
        if self._books.parked or self._books.owed or self._books.blotter.orders_in(waiting):
            self._wanted.set()
