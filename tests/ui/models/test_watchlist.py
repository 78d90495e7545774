from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import FeedMoved, FeedState, InstrumentsListed, WatchMarket
from fks_desk.core.model import InstrumentId, InstrumentKind, Timeframe, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState
from fks_desk.ui.models.watchlist import WatchlistModel, WatchRow
from tests.fakes.panes import ACCOUNT, BTC, ETH, Desk, MemoryCandles

OFFLINE = InstrumentId("binance:spot:BTC/USDT")


class Watching:
    def __init__(self) -> None:
        self.desk = Desk(Nursery())
        candles = MemoryCandles()
        candles.frames[OFFLINE, Timeframe.M5] = Frame.empty()
        self.model = WatchlistModel(
            venue=ACCOUNT.venue,
            market=self.desk.market,
            candles=candles,
            send=self.desk.sent.append,
            nursery=self.desk.nursery,
        )
        self.changed: list[WatchRow] = []
        self.model.rows_changed.connect(self.changed.extend)


@pytest.fixture
async def watching() -> Watching:
    made = Watching()
    await made.model._load()
    made.desk.list_instruments()
    return made


async def test_stored_instruments_stand_below_those_with_a_feed(watching: Watching) -> None:
    rows = watching.model.rows()

    assert [(row.instrument, row.is_offline) for row in rows] == [
        (BTC.id, False),
        (ETH.id, False),
        (OFFLINE, True),
    ]


async def test_listed_instruments_are_watched_once(watching: Watching) -> None:
    watching.desk.list_instruments()

    assert watching.desk.sent == [WatchMarket(instrument=BTC.id), WatchMarket(instrument=ETH.id)]


async def test_quotes_are_gathered_before_the_table_is_touched(watching: Watching) -> None:
    for last in ("1", "2", "3"):
        watching.desk.quote(last=last)
    watching.model.flush()

    assert [str(row.last) for row in watching.changed] == ["3"]


async def test_choosing_moves_the_mark_and_tells_the_others(watching: Watching) -> None:
    chosen: list[InstrumentId] = []
    watching.model.instrument_chosen.connect(chosen.append)

    watching.model.choose(BTC.id)
    watching.changed.clear()
    watching.model.choose(ETH.id)

    assert chosen == [BTC.id, ETH.id]
    assert [(row.symbol, row.is_chosen) for row in watching.changed] == [
        ("BTC/USDT", False),
        ("ETH/USDT", True),
    ]


async def test_what_the_chart_chose_is_marked_without_telling_anybody(watching: Watching) -> None:
    chosen: list[InstrumentId] = []
    watching.model.instrument_chosen.connect(chosen.append)

    watching.model.mark(ETH.id)

    assert chosen == []
    assert [(row.symbol, row.is_chosen) for row in watching.changed] == [("ETH/USDT", True)]


async def test_stepping_walks_round_the_list(watching: Watching) -> None:
    seen: list[InstrumentId] = []
    watching.model.instrument_chosen.connect(seen.append)

    for _ in range(4):
        watching.model.step(1)
    watching.model.step(-1)

    assert seen == [BTC.id, ETH.id, OFFLINE, BTC.id, OFFLINE]


async def test_a_filter_ignores_case_and_slashes(watching: Watching) -> None:
    shown: list[list[WatchRow]] = []
    watching.model.rows_reset.connect(shown.append)

    watching.model.set_filter("ethusdt")
    watching.desk.quote(last="9")
    watching.model.flush()

    assert [row.symbol for row in shown[-1]] == ["ETH/USDT"]
    assert watching.changed == []


async def test_an_instrument_of_another_venue_joins_once_somebody_streams_it(
    watching: Watching,
) -> None:
    perp = replace(BTC, venue=VenueId("binanceusdm"), kind=InstrumentKind.LINEAR)
    watching.desk.market.on_instruments_listed(InstrumentsListed(instruments=(perp,)))
    assert perp.id not in {row.instrument for row in watching.model.rows()}
    watching.desk.market.on_feed_moved(
        FeedMoved(instrument=perp.id, stream="trades", state=FeedState.STALE)
    )
    state = PerpetualState(
        instrument=perp.id, mark=Decimal(1), ts_event=from_ms(1), ts_init=from_ms(1)
    )
    watching.desk.market.on_perpetual_moved(PerpetualMoved(state=state))
    watching.model.flush()
    row = next(row for row in watching.model.rows() if row.instrument == perp.id)

    assert (row.symbol, row.venue, row.is_offline) == ("BTC/USDT.P", "binanceusdm", False)
    assert (row.perpetual, row.streams) == (state, (("trades", FeedState.STALE),))
    assert watching.changed[-1] == row
    assert WatchMarket(instrument=perp.id) not in watching.desk.sent
