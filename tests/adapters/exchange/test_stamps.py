from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fks_desk.adapters.exchange.stamps import in_ms, moment_of
from fks_desk.adapters.exchange.wire import trade
from tests.fakes.trading import BTC

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MS = 1_772_366_400_000


@pytest.mark.parametrize("stamp", [MS, MS * 1_000, MS * 1_000 + 999, MS * 1_000_000])
def test_milli_micro_and_nanoseconds_are_told_apart_by_their_size(stamp: int) -> None:
    assert moment_of(stamp) == NOON
    assert in_ms(stamp) == MS


@pytest.mark.parametrize("stamp", [0, 1, -MS, 4_102_444_800_000])
def test_any_stamp_up_to_this_century_is_taken_for_what_it_is(stamp: int) -> None:
    assert in_ms(stamp) == stamp


@pytest.mark.parametrize("unit", [1, 1_000])
def test_a_print_in_microseconds_is_the_print_in_milliseconds(unit: int) -> None:
    message = {"e": "trade", "t": 7, "p": "100", "q": "1", "m": False, "T": MS * unit}

    assert trade(message, BTC.id, NOON).ts_event == NOON
