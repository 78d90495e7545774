"""A perpetual's state cannot hold what no market says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.model import InstrumentId
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState

NOW = from_ms(5)
FACTS = {
    "instrument": InstrumentId("v:linear:BTC/USDT"),
    "mark": Decimal(1),
    "ts_event": NOW,
    "ts_init": NOW,
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mark": Decimal(0)},
        {"index": Decimal(-1)},
        {"funding_rate": Decimal("NaN")},
        {"open_interest": Decimal(-1)},
        {"ts_event": NOW.replace(tzinfo=None)},
    ],
)
def test_impossible_states_cannot_exist(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PerpetualState(**{**FACTS, **wrong})


def test_a_newer_state_replaces_an_older_one_on_its_way_up():
    one = PerpetualMoved(state=PerpetualState(**FACTS))
    other = PerpetualMoved(state=PerpetualState(**{**FACTS, "funding_rate": Decimal("-0.1")}))

    assert one.merge_key == other.merge_key
