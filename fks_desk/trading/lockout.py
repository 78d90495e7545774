"""Decide when losses shut the desk to new positions, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.ledger import EquityPoint
from fks_desk.core.model import ZERO
from fks_desk.trading.limits import RiskLimits

DAILY_LOSS = "DAILY_LOSS"
DRAWDOWN = "DRAWDOWN"
COOL_DOWN = "COOL_DOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Hold why nothing new is opened; without `until` a person has to resume."""

    code: str
    reason: str
    until: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Tell whether the lock has run out."""
        return self.until is not None and now >= self.until


class Lockout:
    """Follow what trading has made, against midnight UTC and against its best moment.

    Deposits and withdrawals count in neither: what is followed is equity less what
    was transferred.
    """

    def __init__(self, limits: RiskLimits) -> None:
        self._limits = limits
        self._opening: EquityPoint | None = None
        self._peak: Decimal | None = None
        self._losses = 0

    def restore(self, today: Sequence[EquityPoint], peak: Decimal | None) -> None:
        """Take up where the desk had stopped; `today` are the stored points since midnight."""
        self._opening = today[0] if today else None
        self._peak = peak

    def forgive(self) -> None:
        """Count drawdown from the next point on, because a person resumed."""
        self._peak = None

    def on_equity(self, point: EquityPoint) -> list[Lock]:
        """Return the locks that this point calls for."""
        if self._opening is None or self._opening.at.date() != point.at.date():
            self._opening = point
        self._peak = point.made if self._peak is None else max(self._peak, point.made)
        found = (self._daily_loss(self._opening, point), self._drawdown(self._peak, point))
        return [lock for lock in found if lock is not None]

    def on_round_trip(self, result: Decimal, at: datetime) -> Lock | None:
        """Count a closed round trip; return a lock after too many losses in a row."""
        self._losses = self._losses + 1 if result < 0 else 0
        if self._losses < self._limits.cooldown_losses:
            return None
        self._losses = 0
        until = at + timedelta(seconds=float(self._limits.cooldown_s))
        return Lock(
            code=COOL_DOWN,
            reason=(
                f"the last {self._limits.cooldown_losses} round trips lost; "
                f"nothing new is opened until {until:%H:%M:%S} UTC"
            ),
            until=until,
        )

    def _daily_loss(self, opening: EquityPoint, point: EquityPoint) -> Lock | None:
        lost = opening.made - point.made
        most = opening.equity * self._limits.max_daily_loss
        if lost <= most or opening.equity <= 0:
            return None
        midnight = _midnight_after(point.at)
        return Lock(
            code=DAILY_LOSS,
            reason=(
                f"{_money(lost)} {point.currency} were lost since midnight UTC, the limit is "
                f"{_money(most)}, {self._limits.max_daily_loss:.1%} of the day's first equity; "
                f"nothing new is opened until {midnight:%Y-%m-%d %H:%M} UTC"
            ),
            until=midnight,
        )

    def _drawdown(self, peak: Decimal, point: EquityPoint) -> Lock | None:
        best = peak + point.transferred
        lost = peak - point.made
        most = max(ZERO, best) * self._limits.max_drawdown
        if lost <= most:
            return None
        return Lock(
            code=DRAWDOWN,
            reason=(
                f"{_money(lost)} {point.currency} were lost since the best moment, the limit is "
                f"{_money(most)}, {self._limits.max_drawdown:.1%} of {_money(best)}; "
                "a person has to resume"
            ),
            until=None,
        )


def _midnight_after(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
