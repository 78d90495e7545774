"""Turn recorded trades into the delta of each bar and its running total."""

from __future__ import annotations

import numpy as np

from fks_desk.core.flow import TradeFlow
from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.indicators import Drawing, Indicator, Output, Placement


def order_flow_indicators() -> tuple[Indicator, ...]:
    """Describe what is made of recorded trades."""
    return (
        _described(
            "DELTA",
            "Order-flow delta: what takers bought less what they sold (recorded trades)",
            Output(name="delta", drawing=Drawing.HISTOGRAM),
        ),
        _described("CVD", "Cumulative volume delta (recorded trades)", Output(name="cvd")),
    )


def deltas(bars: Frame, flow: TradeFlow) -> Floats:
    """Return each bar's bought less sold size, NaN where no trade of it is recorded.

    A bar in which nothing was traded at all has a delta of zero.
    """
    found = np.full(len(bars), np.nan)
    if len(flow):
        place = np.minimum(np.searchsorted(flow.time, bars.time), len(flow) - 1)
        known = flow.time[place] == bars.time
        found[known] = (flow.bought - flow.sold)[place[known]]
        inside = (bars.time >= flow.time[0]) & (bars.time <= flow.time[-1])
        found[inside & ~known & (bars.volume == 0)] = 0.0
    return found


def running_total(delta: Floats) -> Floats:
    """Return the sum of the deltas so far; it begins anew behind bars that are not recorded."""
    known = np.isfinite(delta)
    total = np.cumsum(np.where(known, delta, 0.0))
    gap = np.maximum.accumulate(np.where(known, -1, np.arange(delta.size)), axis=0)
    before = np.where(gap >= 0, total[np.maximum(gap, 0)], 0.0) if delta.size else total
    return np.where(known, total - before, np.nan)


def _described(name: str, title: str, output: Output) -> Indicator:
    return Indicator(
        name=name,
        title=title,
        group="Of recorded trades",
        placement=Placement.PANE,
        parameters=(),
        outputs=(output,),
        function="",
        columns=(),
    )
