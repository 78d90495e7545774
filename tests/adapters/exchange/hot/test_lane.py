"""The lane takes what it can read, tells once what it cannot, and can be switched off."""

from __future__ import annotations

import logging

from fks_desk.adapters.exchange.hot.lane import HotLane
from tests.adapters.exchange.hot.test_frames import DEPTH, TRADE


def test_busy_frames_are_taken_and_others_left():
    lane = HotLane(venue="v")

    assert lane.take(TRADE).t == 77
    assert lane.take(DEPTH).u == 7
    assert lane.take('{"e":"24hrTicker"}') is None
    assert lane.take(b"bytes") is None
    assert (lane.read, lane.detail) == (2, "")


def test_what_it_cannot_read_is_told_once_and_counted(caplog):
    lane, odd = HotLane(venue="v"), TRADE.replace('"t":77', '"t":"77"')
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert lane.take(odd) is None
            lane.note_left("trade")

    assert len(caplog.records) == 1
    assert lane.detail == "3 frames (trade) took ccxt's slower way"


def test_a_lane_that_is_off_takes_and_counts_nothing():
    lane = HotLane(venue="v", is_on=False)
    lane.note_left("trade")

    assert lane.take(TRADE) is None
    assert lane.detail == ""


def test_endless_brackets_end_in_a_shrug():
    deep = '{"e":"depthUpdate","b":' + "[" * 100_000

    assert HotLane(venue="v").take(deep) is None
