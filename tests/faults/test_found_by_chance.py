"""Keep what chance has found: each failure as the few steps that were left of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fks_desk.core.model import Side, TradingState
from tests.faults.drill import Drill

pytestmark = pytest.mark.allow_warnings


@pytest.fixture
def drill() -> Iterator[Drill]:
    one = Drill()
    one.has_replace = False
    one.start()
    one.wait(1)
    yield one
    one.end()


@pytest.mark.parametrize("amount", ["1000", "-1000"])
def test_a_deposit_or_a_withdrawal_is_no_gain_and_no_loss(drill: Drill, amount: str) -> None:
    drill.transfer(amount)
    drill.drop_stream()
    drill.wait(60)

    assert drill.life is not None
    assert drill.life.desk.state is TradingState.ACTIVE
    assert "risk.locked" not in {row.draft.type for row in drill.rows.journal}
    drill.settle()


def test_a_trade_of_somebody_else_is_waited_for_while_the_venues_lists_lag(drill: Drill) -> None:
    drill.disconnect()
    drill.lag(50)
    drill.trade_outside(Side.BUY, "0.01")
    drill.reconnect()
    drill.wait(90)

    assert [fill.size for fill in drill.rows.fills.values()] == [drill.venue.fills[0].size]
    assert {one.kind for one in drill.rows.transfers} == {"opening"}
    drill.settle()


@pytest.mark.parametrize("turns", range(8))
def test_an_order_that_was_still_being_written_stays_at_home_when_the_stream_goes(
    drill: Drill, turns: int
) -> None:
    drill.place(Side.BUY, "0.06", "95.01", turns=0)
    drill.replace(0, None, "95", turns=turns)
    drill.drop_stream()

    # Whenever it happens: what left had left before the desk knew (see `Drill.check`).
    drill.settle()


def test_an_order_that_was_still_being_written_stays_at_home_when_somebody_halts(
    drill: Drill,
) -> None:
    drill.place(Side.BUY, "0.06", "95.01", turns=0)
    drill.replace(0, None, "95", turns=3)
    drill.halt()
    drill.settle()

    assert len(drill.venue.posts) == 1


def test_a_desk_that_wakes_while_a_fill_is_being_written_counts_it_once(drill: Drill) -> None:
    drill.place(Side.BUY, "0.06", "98")
    drill.wait(2)
    drill.fail_write("unsure")
    drill.fill_part(0, "0.25")
    drill.wake()
    drill.settle()

    assert len(drill.rows.fills) == 1
