"""Ask the configured strategies after each closed candle, and keep what they say."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from fks_desk.core.clock import Clock, from_ms, to_ms
from fks_desk.core.errors import FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.job import Arguments, Job, JobContext, Queue, RetryPolicy
from fks_desk.core.messages import (
    CandleClosed,
    CandlesRepaired,
    NoticeRaised,
    Severity,
    SignalRaised,
)
from fks_desk.core.model import Candle, InstrumentId, Signal, StrategyName, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader, Publish, SignalStore
from fks_desk.trading.signals import StrategyRun, has_turned, signals, split_by_readiness

log = logging.getLogger(__name__)

Watched = tuple[InstrumentId, Timeframe]

HISTORY_BARS = 1_000
MOST_CHARTED = 16  # candles of charts: the longest unseen make room
_TELL_AT = 2  # bars: the first may only be ahead of what is stored


class StrategyRunner:
    """Record a signal whenever a strategy changes its stance; place no order.

    Beside its runs it asks every strategy of `everywhere` about the candles that charts
    ask for, from their first closed one on: what does not stream is never asked about.

    It keeps its own newest candles, for storage may still be writing the one that
    has just closed. No strategy sees across a hole: it starts anew behind it, and
    says nothing until enough candles have followed.
    """

    def __init__(
        self,
        *,
        runs: Sequence[StrategyRun],
        candles: CandleReader,
        store: SignalStore,
        clock: Clock,
        publish: Publish,
        nursery: Nursery,
        everywhere: Sequence[StrategyName] = (),
    ) -> None:
        self._everywhere = everywhere
        self._charted: dict[Watched, None] = {}  # in the order in which charts asked
        self._runs: dict[Watched, list[StrategyRun]] = {}
        for run in runs:
            self._runs.setdefault((run.instrument, run.timeframe), []).append(run)
        self._fixed = frozenset(self._runs)
        self._candles = candles
        self._store = store
        self._clock = clock
        self._publish = publish
        self._nursery = nursery
        self._frames: dict[Watched, Frame] = {}
        self._holes: Counter[tuple[Watched, int]] = Counter()
        self._turns: defaultdict[Watched, asyncio.Lock] = defaultdict(asyncio.Lock)

    def on_candle_closed(self, event: CandleClosed) -> None:
        """Start deciding, if a strategy watches these candles."""
        candle = event.candle
        watched = candle.instrument, candle.timeframe
        if watched in self._charted and watched not in self._runs:
            self._runs[watched] = [
                StrategyRun(strategy=name, instrument=candle.instrument, timeframe=candle.timeframe)
                for name in self._everywhere
            ]
        if watched in self._runs:
            name = f"signals of {candle.instrument} {candle.timeframe}"
            self._nursery.start(self._decide(candle), name=name)

    def watch(self, instrument: InstrumentId, timeframe: Timeframe) -> None:
        """Ask the strategies about the candles of a chart too, as soon as one closes."""
        watched = instrument, timeframe
        if watched in self._fixed:
            return
        self._charted.pop(watched, None)
        self._charted[watched] = None
        while len(self._charted) > MOST_CHARTED:
            oldest = next(iter(self._charted))
            del self._charted[oldest]
            for held in (self._runs, self._frames):
                held.pop(oldest, None)

    def on_candles_repaired(self, event: CandlesRepaired) -> None:
        """Forget candles that were mended; they are read again."""
        self._frames.pop((event.instrument, event.timeframe), None)

    def jobs(self) -> list[Job]:
        """Return the background work that this room offers."""
        return [
            Job(
                name="generate_signals",
                title="Generate signals",
                queue=Queue.DEFAULT,
                run=self.generate,
                retry=RetryPolicy(tries=3, wait_s=5.0),
                cron="*/5 * * * *",
            )
        ]

    async def generate(self, context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        """Record what every strategy says of the newest stored bar; return counts.

        On the candles of charts they speak when they turn, and only then.
        """
        said: dict[str, int] = {}
        new = 0
        fixed = {watched: runs for watched, runs in self._runs.items() if watched in self._fixed}
        for done, (watched, runs) in enumerate(fixed.items()):
            if context.cancel.is_cancelled:
                break
            instrument, timeframe = watched
            context.progress(done / len(fixed), f"{instrument} {timeframe}")
            frame = await self._candles.latest(instrument, timeframe, HISTORY_BARS)
            now = self._clock.now()
            piece, ready = self._unbroken(watched, runs, frame)
            found = await asyncio.to_thread(signals, ready, piece, ts_init=now)
            for signal in found:
                said[signal.stance.value] = said.get(signal.stance.value, 0) + 1
            new += len(await self._keep(found))
        return {"signals": sum(said.values()), "new": new, "stances": said}

    async def _decide(self, candle: Candle) -> None:
        watched = candle.instrument, candle.timeframe
        async with self._turns[watched]:
            try:
                frame = await self._frame(candle)
                piece, ready = self._unbroken(watched, self._runs.get(watched, ()), frame)
                await self._keep(await asyncio.to_thread(_turns, ready, piece, self._clock.now()))
            except FKSException as error:
                log.warning("no signals after %s of %s: %s", candle.opened, watched, error)

    def _unbroken(
        self, watched: Watched, runs: Sequence[StrategyRun], frame: Frame
    ) -> tuple[Frame, tuple[StrategyRun, ...]]:
        """Return the candles since the last hole and the runs that they are enough for."""
        piece = frame.since_hole(watched[1].milliseconds)
        if len(piece) == len(frame):
            return frame, tuple(runs)
        # Read anew at the next bar: what is missing may be stored by then.
        self._frames.pop(watched, None)
        ready, waiting = split_by_readiness(runs, piece)
        if waiting:
            self._tell_withheld(watched, waiting, frame, piece)
        return piece, ready

    def _tell_withheld(
        self, watched: Watched, waiting: Sequence[StrategyRun], frame: Frame, piece: Frame
    ) -> None:
        """Say once whose signals stay away and why, when a hole has outlasted a bar."""
        instrument, timeframe = watched
        opened = int(piece.time[0])
        self._holes[watched, opened] += 1
        if self._holes[watched, opened] != _TELL_AT:
            return
        before = int(frame.time[len(frame) - len(piece) - 1])
        missing = (opened - before) // timeframe.milliseconds - 1
        names = ", ".join(run.strategy for run in waiting)
        text = (
            f"No signals of {names} on {instrument} {timeframe.value} for now: {missing} candles "
            f"are missing before {from_ms(opened):%Y-%m-%d %H:%M} UTC, and too few have followed."
        )
        log.info("%s", text)
        if watched in self._fixed:
            # A chart shades its holes itself.
            self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="signals"))

    async def _keep(self, found: Sequence[Signal]) -> Sequence[Signal]:
        new = await self._store.record_signals(found) if found else ()
        for signal in new:
            self._publish(SignalRaised(signal=signal))
        return new

    async def _frame(self, candle: Candle) -> Frame:
        """Return the newest candles up to this one, read anew if one is missing."""
        watched = candle.instrument, candle.timeframe
        known = self._frames.get(watched)
        if known is None or not _is_next(known, candle):
            known = await self._candles.latest(*watched, HISTORY_BARS, before=candle.opened)
        frame = _joined(known, candle)
        self._frames[watched] = frame
        return frame


def _turns(runs: Sequence[StrategyRun], frame: Frame, now: datetime) -> list[Signal]:
    """Return the signals of the runs that changed their stance; heavy, so on a thread."""
    said = zip(runs, signals(runs, frame, ts_init=now), strict=True)
    return [signal for run, signal in said if has_turned(run, frame)]


def _is_next(frame: Frame, candle: Candle) -> bool:
    step = candle.timeframe.milliseconds
    return bool(len(frame)) and int(frame.time[-1]) + step == to_ms(candle.opened)


def _joined(frame: Frame, candle: Candle) -> Frame:
    one = Frame.of([candle])
    columns = {
        name: np.concatenate((getattr(frame, name), getattr(one, name)))
        for name in ("time", "open", "high", "low", "close", "volume")
    }
    return Frame(**columns).tail(HISTORY_BARS)
