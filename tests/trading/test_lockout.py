from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.ledger import EquityPoint
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.lockout import COOL_DOWN, DAILY_LOSS, DRAWDOWN, Lockout
from tests.fakes.trading import DEMO, START

LIMITS = RiskLimits(max_daily_loss=Decimal("0.05"), max_drawdown=Decimal("0.2"), cooldown_losses=3)


def point(equity: str | Decimal, transferred: str = "10000", at: datetime = START) -> EquityPoint:
    return EquityPoint(
        account=DEMO.id,
        at=at,
        currency="USDT",
        equity=Decimal(equity),
        transferred=Decimal(transferred),
    )


def test_five_percent_of_the_days_first_equity_lock_until_midnight_utc() -> None:
    lockout = Lockout(LIMITS)

    assert lockout.on_equity(point("10000")) == []
    assert lockout.on_equity(point("9500", at=START + timedelta(hours=5))) == []
    (lock,) = lockout.on_equity(point("9499.99", at=START + timedelta(hours=6)))

    assert lock.code == DAILY_LOSS
    assert lock.until == START + timedelta(days=1)
    assert "500.01 USDT were lost since midnight UTC, the limit is 500.00, 5.0%" in lock.reason


def test_a_new_day_counts_from_its_own_first_equity() -> None:
    lockout = Lockout(LIMITS)
    lockout.on_equity(point("10000"))
    lockout.on_equity(point("9000", at=START + timedelta(hours=1)))

    assert lockout.on_equity(point("9000", at=START + timedelta(days=1))) == []


def test_a_withdrawal_is_no_loss_and_a_deposit_no_gain() -> None:
    lockout = Lockout(LIMITS)
    lockout.on_equity(point("10000"))

    assert lockout.on_equity(point("2000", transferred="2000")) == []
    assert lockout.on_equity(point("50000", transferred="50000")) == []
    (lock,) = lockout.on_equity(point("49499", transferred="50000"))
    assert lock.code == DAILY_LOSS


def test_a_drawdown_from_the_best_moment_locks_until_a_person_resumes() -> None:
    lockout = Lockout(LIMITS)
    lockout.restore([], Decimal(10_000))  # trading had made 10 000 once: 20 000 in all
    lockout.on_equity(point("16000"))
    codes = {lock.code: lock for lock in lockout.on_equity(point("15999"))}

    assert codes[DRAWDOWN].until is None
    assert "4001.00 USDT were lost since the best moment" in codes[DRAWDOWN].reason
    lockout.forgive()
    assert DRAWDOWN not in {lock.code for lock in lockout.on_equity(point("15999"))}


def test_a_restart_goes_on_with_the_days_first_equity() -> None:
    lockout = Lockout(LIMITS)
    lockout.restore([point("10000"), point("9600")], Decimal(0))

    assert [lock.code for lock in lockout.on_equity(point("9499"))] == [DAILY_LOSS]


def test_losses_in_a_row_call_for_a_pause_and_a_gain_in_between_does_not() -> None:
    lockout = Lockout(LIMITS)
    results = ["-1", "-1", "5", "-1", "-1"]

    assert [lockout.on_round_trip(Decimal(one), START) for one in results] == [None] * 5
    lock = lockout.on_round_trip(Decimal(-1), START)
    assert lock is not None
    assert lock.code == COOL_DOWN
    assert lock.until == START + timedelta(seconds=900)
    assert not lock.is_over(START + timedelta(seconds=899))
    assert lock.is_over(START + timedelta(seconds=900))


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=30))
def test_it_locks_exactly_when_more_than_the_limit_is_lost(worths: list[int]) -> None:
    lockout = Lockout(LIMITS)
    peak = Decimal(worths[0])

    for worth in worths:
        codes = {lock.code for lock in lockout.on_equity(point(Decimal(worth), "0"))}
        peak = max(peak, Decimal(worth))
        lost = Decimal(worths[0] - worth)

        assert (DAILY_LOSS in codes) is (lost > worths[0] * LIMITS.max_daily_loss)
        assert (DRAWDOWN in codes) is (peak - worth > peak * LIMITS.max_drawdown)
