from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import Timeframe
from fks_desk.ui.models.chart_state import ChartState, Group, StudyState
from tests.fakes.rows import BTC


@given(
    st.sampled_from(list(Timeframe)),
    st.sampled_from(list(Group)),
    st.booleans(),
    st.floats(0.01, 200),
    st.lists(st.sampled_from(["SMA", "RSI"]), max_size=3),
)
def test_what_is_kept_comes_back(timeframe, group, flag, width, names) -> None:
    state = ChartState(
        name="chart-2",
        instrument=BTC,
        timeframe=timeframe,
        has_volume=flag,
        is_log=not flag,
        group=group,
        bar_width=width,
        studies=tuple(StudyState(name=name, params={"timeperiod": 9.0}) for name in names),
    )

    assert ChartState.of_json(json.loads(json.dumps(state.as_json()))) == state


def test_the_colours_come_round() -> None:
    group, seen = Group.NONE, []
    for _ in Group:
        group = group.after
        seen.append(group)

    assert set(seen) == set(Group)
    assert seen[-1] is Group.NONE
