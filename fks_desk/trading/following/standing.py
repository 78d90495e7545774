"""Know what the desk may send now, and tell when that changes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fks_desk.core.messages import TradingStateMoved
from fks_desk.core.model import AccountId, TradingState
from fks_desk.core.ports import Publish
from fks_desk.trading.lockout import Lock

FOREVER = datetime.max.replace(tzinfo=UTC)


class Standing:
    """Hold the reasons against sending; without one the desk is ACTIVE.

    A halt is a person's word and outlives everything but a person's word. The
    account counts as compared only while the private stream that told of it since
    is the same one: each new connection starts from UNRECONCILED. While money does
    not add up, or a lock-out stands, positions are only made smaller.
    """

    def __init__(self, *, account: AccountId, publish: Publish) -> None:
        self._account = account
        self._publish = publish
        self._halt: str | None = None
        self._mismatch: str | None = None
        self._locks: dict[str, Lock] = {}
        self._doubt: str | None = "the account was not compared with its venue yet"
        self._told: tuple[TradingState, str] | None = None
        self._is_connected = False
        self.connection = 0
        self.halts = 0
        self.is_compared = asyncio.Event()

    @property
    def state(self) -> TradingState:
        """Return what the desk may send now."""
        if self._halt is not None:
            return TradingState.HALTED
        if self._doubt is not None:
            return TradingState.UNRECONCILED
        is_free = self._mismatch is None and not self._locks
        return TradingState.ACTIVE if is_free else TradingState.REDUCING

    @property
    def reason(self) -> str:
        """Return why the desk may not send all, or an empty text."""
        lock = self.lock
        return self._halt or self._doubt or self._mismatch or (lock.reason if lock else "")

    @property
    def lock(self) -> Lock | None:
        """Return the lock-out that stands, the one that lasts longest if there are several."""
        locks = sorted(self._locks.values(), key=lambda lock: lock.until or FOREVER)
        return locks[-1] if locks else None

    @property
    def is_halted(self) -> bool:
        """Tell whether a person, or a refused key, has stopped trading."""
        return self._halt is not None

    @property
    def has_mismatch(self) -> bool:
        """Tell whether money does not add up."""
        return self._mismatch is not None

    def stop(self, reason: str) -> None:
        """Stop at once whatever raises exposure; told apart, after it is written."""
        self._halt = reason
        self.halts += 1

    def lift(self, halts: int) -> None:
        """Lift the halt, and every lock-out that has no end of its own.

        `halts` is how many there were when a person said so: one that came since stands.
        """
        if halts != self.halts:
            return
        self._halt = None
        self._locks = {code: lock for code, lock in self._locks.items() if lock.until is not None}
        self.tell()

    def shut(self, lock: Lock) -> bool:
        """Take a lock-out; return whether it was not standing yet."""
        is_new = lock.code not in self._locks
        self._locks[lock.code] = lock
        return is_new

    def reopen(self, now: datetime) -> None:
        """Drop the lock-outs that have run out."""
        self._locks = {code: lock for code, lock in self._locks.items() if not lock.is_over(now)}
        self.tell()

    def mismatch(self, reason: str | None) -> None:
        """Note that money does not add up, or that it does again."""
        self._mismatch = reason
        self.tell()

    def connect(self) -> None:
        """Note a new private stream: what happened before it is not known yet."""
        self._is_connected = True
        self._raise_doubt("the private stream has connected and the account is compared")

    def disconnect(self, reason: str) -> None:
        """Note that the venue's news do not reach us."""
        self._is_connected = False
        self._raise_doubt(reason)

    def compared(self, connection: int) -> bool:
        """Note a comparison made on a connection; return whether that one still holds."""
        if connection != self.connection:
            return False
        if self._is_connected:
            self._doubt = None
            self.is_compared.set()
            self.tell()
        return True

    def tell(self) -> None:
        """Publish the state, if it or its reason changed."""
        now = (self.state, self.reason)
        if now == self._told:
            return
        self._told = now
        state, reason = now
        self._publish(TradingStateMoved(account=self._account, state=state, reason=reason))

    def _raise_doubt(self, reason: str) -> None:
        self.connection += 1
        self._doubt = reason
        self.is_compared.clear()
        self.tell()
