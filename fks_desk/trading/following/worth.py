"""Value the account again and again, and shut the desk when it lost too much."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import EquityMoved
from fks_desk.core.errors import FKSException
from fks_desk.core.ledger import EquityPoint, LedgerStore, Transfer
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import ZERO, Account, Position
from fks_desk.core.ports import Publish
from fks_desk.trading.following.locks import LockLatch
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.lockout import Lock, Lockout
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

Price = Callable[[str], Decimal | None]


class Worth:
    """Follow one account's equity; `value` prices it now, `price` one unit of a currency.

    Money that the books cannot explain yet is no gain and no loss: while `is_explained`
    says no, nothing is valued, so that a deposit or a withdrawal locks nobody out.
    """

    def __init__(
        self,
        *,
        account: Account,
        store: LedgerStore,
        value: Callable[[], Decimal | None],
        price: Price,
        is_explained: Callable[[], bool],
        lockout: Lockout,
        latch: LockLatch,
        standing: Standing,
        clock: Clock,
        publish: Publish,
        options: TradingOptions,
    ) -> None:
        self._account = account
        self._store = store
        self._value = value
        self._price = price
        self._is_explained = is_explained
        self._lockout = lockout
        self._latch = latch
        self._standing = standing
        self._clock = clock
        self._publish = publish
        self._options = options
        self._unpriced: list[Transfer] = []
        self._unwritten: dict[str, Lock] = {}
        self._transferred: Decimal | None = None
        self._stored_at = float("-inf")
        self._since_flat: dict[str, Decimal] = {}

    async def load(self) -> None:
        """Take up today's first equity, the best one and the locks that still stand."""
        account, now = self._account.id, self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        today = await self._store.equity(account, midnight)
        newest = await self._store.equity(account, datetime.min.replace(tzinfo=now.tzinfo), 1)
        if newest:
            self._transferred = newest[-1].transferred
            late = [one for one in await self._store.transfers(account) if one.at > newest[-1].at]
            self.on_transfers(late)
        else:
            self.on_transfers(list(await self._store.transfers(account)))
        self._lockout.restore(today, await self._store.peak(account))
        for lock in await self._latch.standing():
            self._standing.shut(lock)

    def on_transfers(self, transfers: list[Transfer]) -> None:
        """Count money that came or went as no result of trading."""
        self._unpriced.extend(one for one in transfers if one.is_from_outside)

    def on_position(self, position: Position) -> Lock | None:
        """Judge a round trip when its position is flat again."""
        key = position.instrument
        if position.size != 0:
            self._since_flat.setdefault(key, position.realised.amount)
            return None
        begun = self._since_flat.pop(key, None)
        if begun is None:
            return None
        result = position.realised.amount - begun
        return self._lockout.on_round_trip(result, self._clock.now())

    async def forgive(self) -> None:
        """Count drawdown from now on, because a person resumed."""
        await self._latch.lift()
        self._unwritten = {code: one for code, one in self._unwritten.items() if one.until}
        self._lockout.forgive()

    async def run(self) -> None:
        """Value the account until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._options.value_s)

    async def look(self) -> None:
        """Value the account once."""
        self._standing.reopen(self._clock.now())
        for lock in tuple(self._unwritten.values()):
            await self._write(lock)
        point = self._point()
        if point is None:
            return
        self._publish(EquityMoved(point=point))
        for lock in self._lockout.on_equity(point):
            await self.shut(lock)
        await self._remember(point)

    async def shut(self, lock: Lock) -> None:
        """Let nothing new be opened, write that down, then show it."""
        if not self._standing.shut(lock):
            return
        await self._write(lock)
        self._standing.tell()
        text = f"Locked out: {lock.reason}."
        self._publish(NoticeRaised(severity=Severity.ERROR, text=text, topic="trading"))

    async def _write(self, lock: Lock) -> None:
        """Write a lock down; without a database it is tried at each look until it is over."""
        self._unwritten.pop(lock.code, None)
        if lock.is_over(self._clock.now()):
            return
        try:
            async with asyncio.timeout(self._options.patience_s):
                await self._latch.close(lock)
        except (FKSException, TimeoutError) as error:
            self._unwritten[lock.code] = lock
            log.warning("the lock-out %s could not be written: %r", lock.code, error)

    def _point(self) -> EquityPoint | None:
        if not self._is_explained():
            return None
        equity = self._value()
        if equity is None or not self._count_transfers():
            return None
        return EquityPoint(
            account=self._account.id,
            at=self._clock.now(),
            currency=self._account.reporting_currency,
            equity=equity,
            transferred=self._transferred or ZERO,
        )

    def _count_transfers(self) -> bool:
        """Value new transfers at today's prices; return False while one has no price."""
        while self._unpriced:
            price = self._price(self._unpriced[0].currency)
            if price is None:
                return False
            self._transferred = (self._transferred or ZERO) + self._unpriced[0].amount * price
            del self._unpriced[0]
        return self._transferred is not None

    async def _remember(self, point: EquityPoint) -> None:
        now = self._clock.monotonic()
        if now - self._stored_at < self._options.snapshot_s:
            return
        self._stored_at = now
        try:
            await self._store.record_equity(point)
        except FKSException as error:
            log.warning("the equity of %s is not stored: %s", point.at, error)
