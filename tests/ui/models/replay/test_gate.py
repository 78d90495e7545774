from __future__ import annotations

from datetime import timedelta
from typing import Any

from fks_desk.core.clock import to_ms
from fks_desk.core.messages import CandleClosed, EngineReady
from fks_desk.core.model import Span, Timeframe
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.replay.gate import Gate
from tests.fakes.charts import START, MadeCandles, made_candle, made_frame
from tests.fakes.rows import BTC

FRAME = made_frame(300, end=START)


def made_gate(bridge: Bridge) -> Gate:
    return Gate(MadeCandles({(BTC, Timeframe.M5): FRAME}), bridge)


async def test_no_bar_that_closes_later_than_now_can_be_read(bridge: Bridge) -> None:
    gate = made_gate(bridge)
    gate.until = START - timedelta(minutes=103)
    latest = await gate.latest(BTC, Timeframe.M5, 50)
    span = Span(start=START - timedelta(hours=5), end=START + timedelta(hours=1))
    ranged = await gate.range(BTC, Timeframe.M5, span)
    newest = to_ms(START - timedelta(minutes=110))

    assert latest.time[-1] == ranged.time[-1] == newest
    assert len(latest) == 50
    late = Span(start=START, end=START + timedelta(hours=1))
    assert len(await gate.range(BTC, Timeframe.M5, late)) == 0


async def test_without_a_replay_everything_can_be_read(bridge: Bridge) -> None:
    gate = made_gate(bridge)

    assert len(await gate.latest(BTC, Timeframe.M5, 1_000)) == 300
    assert await gate.extent(BTC, Timeframe.M5) is not None
    assert await gate.stored() == [(BTC, Timeframe.M5, 300)]


def test_live_candles_wait_outside_and_other_news_comes_in(bridge: Bridge) -> None:
    gate, heard = made_gate(bridge), list[Any]()
    gate.subscribe(CandleClosed, heard.append)
    stop = gate.subscribe(EngineReady, heard.append)
    live = CandleClosed(candle=made_candle(BTC, Timeframe.M5, START, ("1", "2", "1", "2")))
    ready = EngineReady(accounts=(), seconds=1.0)
    bridge.post(live)
    bridge.flush()
    gate.until = START
    bridge.post(live)
    bridge.post(ready)
    bridge.flush()
    stop()

    assert heard == [live, ready]
