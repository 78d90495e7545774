from decimal import Decimal

from fks_desk.backtest.exact import decided, replay
from fks_desk.core.model import Side, Stance
from fks_desk.strategy.catalog import strategy
from tests.backtest.specs import COSTS
from tests.fakes.candles import frame_of, walk


def test_money_is_exact_to_the_last_digit():
    frame = frame_of([10, 10, 10, 10], [10, 10, 10, 10], [0, 0, 0, 0])
    run = replay(frame, lambda bar: Stance.LONG if bar == 0 else Stance.FLAT, COSTS)
    (trade,) = run.trades
    size = Decimal(9990) / Decimal("10.002")

    assert (trade.side, trade.entry_bar, trade.exit_bar) == (Side.BUY, 1, 2)
    assert abs(trade.size - size) < Decimal("1e-24")
    assert abs(run.equity[-1] - size * Decimal("9.998") * Decimal("0.999")) < Decimal("1e-24")
    assert abs(sum(t.pnl for t in run.trades) - (run.equity[-1] - 10_000)) < Decimal("1e-24")


def test_the_strategy_is_shown_no_later_bar():
    frame, found = walk(60), strategy("sma_cross")
    params = {"fast": 3, "slow": 8}
    stance_at = decided(found, frame, params)

    assert [stance_at(bar) for bar in range(60)] == [
        found.decide(frame.slice(0, bar + 1), params) for bar in range(60)
    ]
