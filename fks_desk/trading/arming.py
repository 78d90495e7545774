"""Keep an account from sending: a live one until it is armed, any one while it is locked."""

from __future__ import annotations

from datetime import datetime, timedelta

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import TradingArmed
from fks_desk.core.model import Account, Mode, Origin
from fks_desk.core.ports import Publish
from fks_desk.trading.case import Refusal

MOST_MINUTES = 480
_NEEDS_ARMING = frozenset({Mode.LIVE})


def phrase_of(account: Account) -> str:
    """Return what a person types to arm the account: no key press does it by accident."""
    return f"trade {account.id}"


class Arming:
    """Count the armed minutes on the monotonic clock: a corrected wall clock adds none."""

    def __init__(self, *, account: Account, clock: Clock, publish: Publish) -> None:
        self._account = account
        self._clock = clock
        self._publish = publish
        self._until = float("-inf")
        self._is_told = False
        self._locked = ""

    @property
    def is_armed(self) -> bool:
        """Tell whether orders may leave."""
        needs = self._account.mode in _NEEDS_ARMING
        return not needs or self._clock.monotonic() < self._until

    def refusal(self, origin: Origin) -> Refusal | None:
        """Return why an order that raises exposure stays at home, or None."""
        if self._locked and origin is Origin.HAND:
            return Refusal(
                "LOCKED",
                f"{self._account.title} is locked: {self._locked}; "
                f"type {phrase_of(self._account)!r} to unlock it",
            )
        if self.is_armed:
            return None
        return Refusal(
            "NOT_ARMED",
            f"{self._account.title} trades real money and is not armed; "
            f"type {phrase_of(self._account)!r} to arm it",
        )

    def arm(self, phrase: str, minutes: int) -> str | None:
        """Arm the account; return a sentence if the phrase or the time is not right."""
        if phrase.strip() != phrase_of(self._account):
            return f"Type {phrase_of(self._account)!r} to arm this account, was {phrase!r}."
        if not 1 <= minutes <= MOST_MINUTES:
            return f"An account is armed for 1 to {MOST_MINUTES} minutes, was {minutes}."
        self._locked = ""
        self._until = self._clock.monotonic() + minutes * 60
        self._tell(self._clock.now() + timedelta(minutes=minutes))
        return None

    def disarm(self) -> None:
        """Let nothing leave any more that raises exposure."""
        self._until = float("-inf")
        self._tell(None)

    def lock(self, reason: str) -> None:
        """Let nothing that a hand sends raise exposure; what strategies do goes on unless live."""
        self._locked = reason
        self._until = float("-inf")
        self._tell(None)

    def unlock(self, phrase: str) -> str | None:
        """Let orders by hand leave again; return a sentence if the phrase is not right."""
        if phrase.strip() != phrase_of(self._account):
            return f"Type {phrase_of(self._account)!r} to unlock this account, was {phrase!r}."
        self._locked = ""
        self._tell(None)
        return None

    def expire(self) -> None:
        """Tell once that the time is over."""
        if self._is_told and not self.is_armed:
            self.disarm()

    def _tell(self, until: datetime | None) -> None:
        self._is_told = until is not None
        is_locked = bool(self._locked)
        self._publish(TradingArmed(account=self._account.id, until=until, is_locked=is_locked))
