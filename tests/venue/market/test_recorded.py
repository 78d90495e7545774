"""A replayed recording prints what was printed and shows the book that was there."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import InstrumentId
from fks_desk.core.recordings import RecordedRows, RecordedTape, RowKind
from fks_desk.venue.market.recorded import BASE, RecordedPair, frame_of, recorded_listing
from fks_desk.venue.market.replay import ReplayOptions, ReplaySource

FIRST_MS = 1_767_571_200_000


def tape(*rows: tuple[int, int, int, int]) -> RecordedTape:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return RecordedTape(
        instrument=InstrumentId("demo:spot:BTC/USDT"),
        tick=Decimal("0.01"),
        lot=Decimal("0.001"),
        rows=RecordedRows(
            time=(FIRST_MS + columns[:, 0]) * 1000,
            kind=columns[:, 1].astype(np.int8),
            price=columns[:, 2],
            size=columns[:, 3],
        ),
    )


TAPE = tape(
    (100, RowKind.BOOK, 0, 0),
    (100, RowKind.BID, 9_999, 5),
    (100, RowKind.ASK, 10_001, 7),
    (1_000, RowKind.BOUGHT, 10_000, 3),
    (59_000, RowKind.SOLD, 9_990, 4),
    (61_000, RowKind.BID, 9_998, 2),
    (61_500, RowKind.BOUGHT, 10_010, 1),
    (61_500, RowKind.SOLD, 10_005, 2),
    (62_000, RowKind.BID, 9_999, 0),
    (130_000, RowKind.SOLD, 10_020, 6),
)


def pair(recorded: RecordedTape = TAPE) -> RecordedPair:
    listing = recorded_listing(recorded)
    options = ReplayOptions(
        symbol="BTC/USDT", timeframe=BASE, frame=frame_of(recorded), recorded=recorded
    )
    source = ReplaySource(options, listing.instrument)
    return RecordedPair(listing, source, recorded, speed=1.0)


def test_the_minutes_add_up_to_the_prints():
    frame = frame_of(TAPE)

    assert frame.time.tolist() == [FIRST_MS, FIRST_MS + 60_000, FIRST_MS + 120_000]
    assert frame.open.tolist() == [100.0, 100.1, 100.2]
    assert frame.close.tolist() == pytest.approx([99.9, 100.05, 100.2])
    assert frame.volume.tolist() == pytest.approx([0.007, 0.003, 0.006])


def test_every_print_comes_at_its_moment_in_its_order():
    market = pair()
    market.start(FIRST_MS + 60_000)
    prints = market.advance(FIRST_MS + 61_500)

    assert [(str(one.price), str(one.size), one.is_sell) for one in prints] == [
        ("100.10", "0.001", False),
        ("100.05", "0.002", True),
    ]
    assert [one.moment_ms for one in prints] == [FIRST_MS + 61_500] * 2
    assert [one.price for one in market.advance(FIRST_MS + 131_000)] == [Decimal("100.20")]


def test_the_book_is_the_one_that_was_recorded():
    market = pair()
    market.start(FIRST_MS + 60_000)
    before, turn = market.market_depth(), market.turn
    market.advance(FIRST_MS + 61_100)
    between = market.market_depth()
    market.advance(FIRST_MS + 62_500)
    after = market.market_depth()

    assert (before.bids.ticks, before.bids.lots) == ((9_999,), (5,))
    assert between.bids.ticks == (9_999, 9_998)
    assert (after.bids.ticks, after.asks.ticks) == ((9_998,), (10_001,))
    assert market.turn > turn


def test_without_a_recorded_book_one_is_made_up_around_the_price():
    prints = TAPE.rows.prints
    rows = RecordedRows(
        **{name: getattr(TAPE.rows, name)[prints] for name in RecordedRows.__slots__}
    )
    market = pair(RecordedTape(instrument=TAPE.instrument, tick=TAPE.tick, lot=TAPE.lot, rows=rows))
    market.start(FIRST_MS + 60_000)

    assert len(market.market_depth().bids.ticks) > 1


def test_a_recording_without_a_print_cannot_be_replayed():
    with pytest.raises(ConfigError, match="no print"):
        frame_of(tape((0, RowKind.BOOK, 0, 0)))
