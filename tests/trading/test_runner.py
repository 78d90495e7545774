from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.frame import Frame
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.messages import CandleClosed, CandlesRepaired, Event, NoticeRaised, SignalRaised
from fks_desk.core.model import (
    Candle,
    InstrumentId,
    Span,
    Stance,
    StrategyName,
    Timeframe,
)
from fks_desk.core.nursery import Nursery
from fks_desk.trading.runner import HISTORY_BARS, MOST_CHARTED, StrategyRunner
from fks_desk.trading.signals import StrategyRun
from tests.fakes.trading import BTC, START, MemoryRows, MemoryStore

CROSS = StrategyRun(
    strategy=StrategyName("sma_cross"),
    instrument=BTC.id,
    timeframe=Timeframe.M1,
    params={"fast": 2, "slow": 4},
)
MACD = StrategyRun(strategy=StrategyName("macd_trend"), instrument=BTC.id, timeframe=Timeframe.M1)


def candle(minute: int, close: float) -> Candle:
    price = Decimal(str(close))
    opened = START + timedelta(minutes=minute)
    return Candle(
        instrument=BTC.id,
        timeframe=Timeframe.M1,
        opened=opened,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(1),
        is_closed=True,
        ts_event=opened + timedelta(minutes=1),
        ts_init=opened + timedelta(minutes=1),
    )


class StoredCandles:
    """Be the candles that storage has written so far."""

    def __init__(self, candles: Sequence[Candle]) -> None:
        self.candles = list(candles)
        self.reads = 0
        self.is_down = False

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        self.reads += 1
        if self.is_down:
            raise StorageUnavailable("connection refused")
        found = [c for c in self.candles if before is None or c.opened < before]
        return Frame.of(found[-count:])

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        raise NotImplementedError


class Stage:
    """Hold a runner with everything around it."""

    def __init__(self, stored: Sequence[Candle], *runs: StrategyRun) -> None:
        clock = SteppedClock(START)
        self.candles = StoredCandles(stored)
        self.rows = MemoryRows(clock)
        self.events: list[Event] = []
        self.nursery = Nursery()
        self.runner = StrategyRunner(
            runs=runs or (CROSS,),
            candles=self.candles,
            store=MemoryStore(self.rows),
            clock=clock,
            publish=self.events.append,
            nursery=self.nursery,
            everywhere=[CROSS.strategy],
        )

    async def close(self, closed: Candle) -> list[SignalRaised]:
        before = len(self.events)
        self.runner.on_candle_closed(CandleClosed(candle=closed))
        async with asyncio.timeout(60):
            while len(self.nursery):
                await asyncio.sleep(0.001)
        return [event for event in self.events[before:] if isinstance(event, SignalRaised)]


def falling(count: int) -> list[Candle]:
    return [candle(minute, 200 - minute) for minute in range(count)]


async def test_a_turn_of_stance_raises_one_signal_and_staying_raises_none() -> None:
    stage = Stage(falling(20))

    (raised,) = await stage.close(candle(20, 300))

    assert raised.signal.stance is Stance.LONG
    assert raised.signal.price == Decimal("300.0")
    assert raised.signal.ts_event == START + timedelta(minutes=21)
    assert raised.signal.expires == START + timedelta(minutes=22)
    assert await stage.close(candle(21, 301)) == []


async def test_the_same_bar_twice_is_one_signal() -> None:
    stage = Stage(falling(20))

    assert len(await stage.close(candle(20, 300))) == 1
    assert await stage.close(candle(20, 300)) == []
    assert len(stage.rows.signals) == 1


async def test_candles_that_follow_one_another_are_read_once() -> None:
    stage = Stage(falling(20))

    for minute in range(20, 26):
        await stage.close(candle(minute, 200 - minute))

    assert stage.candles.reads == 1


async def test_a_gap_or_a_repair_makes_the_runner_read_again() -> None:
    stage = Stage(falling(20))
    await stage.close(candle(20, 180))
    await stage.close(candle(25, 175))
    assert stage.candles.reads == 2

    span = Span(start=START, end=START + timedelta(minutes=5))
    stage.runner.on_candles_repaired(
        CandlesRepaired(instrument=BTC.id, timeframe=Timeframe.M1, span=span, count=5)
    )
    await stage.close(candle(26, 174))
    assert stage.candles.reads == 3


async def test_no_signal_crosses_a_hole_and_the_reason_is_said_once() -> None:
    stage = Stage(falling(20))
    raised = []
    for minute in range(30, 36):
        raised += await stage.close(candle(minute, 300 + minute))
        stage.candles.candles.append(candle(minute, 300 + minute))
    told = [event.text for event in stage.events if isinstance(event, NoticeRaised)]

    # Across the hole the first close alone would have been a turn.
    assert [signal.signal.ts_event for signal in raised] == []
    assert len(told) == 1
    assert "sma_cross" in told[0]
    assert "10 candles are missing before 2026-01-05 00:30 UTC" in told[0].replace(
        f"{START:%Y-%m-%d}", "2026-01-05"
    )


async def test_behind_a_hole_a_strategy_starts_anew_and_turns_again() -> None:
    stage = Stage(falling(20))
    raised = []
    for minute in range(30, 40):
        price = 200 - minute if minute < 38 else 400
        raised += await stage.close(candle(minute, price))
        stage.candles.candles.append(candle(minute, price))

    assert [signal.signal.stance for signal in raised] == [Stance.LONG]
    assert raised[0].signal.ts_event == START + timedelta(minutes=39)


async def test_a_repaired_hole_is_forgotten() -> None:
    stage = Stage(falling(20))
    await stage.close(candle(25, 175))
    stage.candles.candles += [candle(minute, 200 - minute) for minute in range(20, 26)]
    (raised,) = await stage.close(candle(26, 300))

    assert raised.signal.stance is Stance.LONG
    assert not [event for event in stage.events if isinstance(event, NoticeRaised)]


async def test_candles_that_nobody_watches_start_nothing() -> None:
    stage = Stage(
        falling(20), StrategyRun(strategy=CROSS.strategy, instrument=BTC.id, timeframe=Timeframe.H1)
    )

    assert await stage.close(candle(20, 300)) == []
    assert stage.candles.reads == 0


@pytest.mark.allow_warnings
async def test_a_database_that_is_away_costs_one_bar_and_no_more() -> None:
    stage = Stage(falling(20))
    stage.candles.is_down = True
    assert await stage.close(candle(20, 180)) == []

    stage.candles.is_down = False
    stage.candles.candles.append(candle(20, 180))
    assert len(await stage.close(candle(21, 300))) == 1


async def test_the_job_tells_what_every_strategy_says_now_and_stores_it_once() -> None:
    stage = Stage([*falling(40), candle(40, 300)], CROSS, MACD)
    (job,) = stage.runner.jobs()
    told: list[float] = []
    context = JobContext(progress=lambda part, note: told.append(part), cancel=CancelToken())

    first = await job.run(context, {})
    second = await job.run(context, {})

    assert (job.name, first["signals"], first["new"]) == ("generate_signals", 2, 2)
    assert second["new"] == 0
    assert told == [0.0, 0.0]
    assert sum(first["stances"].values()) == 2


async def test_a_cancelled_job_stops_at_once() -> None:
    stage = Stage(falling(20))
    context = JobContext(progress=lambda part, note: None, cancel=CancelToken())
    context.cancel.cancel()

    assert (await stage.runner.generate(context, {}))["signals"] == 0


def test_history_is_long_enough_for_every_strategys_warm_up() -> None:
    assert HISTORY_BARS >= 1_000


def of_chart(made: Candle) -> Candle:
    return replace(made, timeframe=Timeframe.M5, opened=START + 5 * (made.opened - START))


async def test_the_candles_of_any_chart_are_asked_about_once_they_stream() -> None:
    stage = Stage([of_chart(one) for one in falling(60)])
    newest = of_chart(candle(60, 3000))

    assert await stage.close(newest) == []
    stage.runner.watch(newest.instrument, Timeframe.M5)
    (raised,) = await stage.close(newest)

    assert raised.signal.timeframe is Timeframe.M5
    assert raised.signal.stance is Stance.LONG


async def test_a_chart_that_asks_for_the_fixed_candles_changes_nothing() -> None:
    stage = Stage(falling(20))
    stage.runner.watch(CROSS.instrument, CROSS.timeframe)

    assert len(await stage.close(candle(20, 300))) == 1


async def test_the_longest_unseen_chart_makes_room_for_the_newest() -> None:
    stage = Stage([of_chart(one) for one in falling(60)])
    newest = of_chart(candle(60, 3000))
    stage.runner.watch(newest.instrument, Timeframe.M5)
    await stage.close(newest)
    for number in range(MOST_CHARTED):
        stage.runner.watch(InstrumentId(f"demo:spot:N{number}/USDT"), Timeframe.M5)

    assert await stage.close(of_chart(candle(61, 20))) == []


async def test_the_job_leaves_the_candles_of_charts_to_their_turns() -> None:
    stage = Stage([of_chart(one) for one in falling(60)])
    newest = of_chart(candle(60, 3000))
    stage.runner.watch(newest.instrument, Timeframe.M5)
    await stage.close(newest)
    context = JobContext(progress=lambda part, note: None, cancel=CancelToken())
    await stage.runner.generate(context, {})

    said = [one for one in stage.rows.signals.values() if one.timeframe is Timeframe.M5]
    assert len(said) == 1
