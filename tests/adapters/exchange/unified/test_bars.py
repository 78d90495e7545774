"""Bars built from prints are whole or not told at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fks_desk.adapters.exchange.unified.bars import BarsFromPrints
from fks_desk.core.model import Provenance, Timeframe
from tests.fakes.market import START, a_trade


def printed(seconds: int, price: str):
    moment = START + timedelta(seconds=seconds)
    return replace(a_trade(seconds), price=Decimal(price), ts_event=moment)


def test_the_bar_joined_midway_is_never_complete():
    bars = BarsFromPrints(Timeframe.M1)

    assert bars.take(printed(30, "5")) == []
    assert bars.take(printed(40, "6")) == []
    (state,) = bars.take(printed(61, "7"))
    assert (state.opened, state.is_closed, state.open) == (
        START + timedelta(minutes=1),
        False,
        Decimal(7),
    )


def test_a_bar_closes_with_the_first_print_after_it():
    bars = BarsFromPrints(Timeframe.M1)
    for seconds, price in ((1, "1"), (61, "5"), (70, "9"), (80, "3"), (75, "4"), (20, "99")):
        bars.take(printed(seconds, price))
    closed, begun = bars.take(printed(200, "8"))

    assert (closed.open, closed.high, closed.low, closed.close) == tuple(
        map(Decimal, ("5", "9", "3", "4"))
    )
    assert (closed.volume, closed.is_closed, closed.provenance) == (4, True, Provenance.BUILT)
    assert closed.ts_event == closed.closes
    assert begun.opened == START + timedelta(minutes=3)
