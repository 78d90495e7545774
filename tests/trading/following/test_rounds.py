from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.messages import Event, NoticeRaised, Reconciled
from fks_desk.core.model import Order, OrderState, TradingState
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.following.rounds import Rounds
from fks_desk.trading.following.standing import Standing
from tests.fakes.trading import DEMO, QUICK, START, wish

pytestmark = pytest.mark.allow_warnings


class Books:
    """Hold only what rounds look at."""

    account = DEMO

    def __init__(self) -> None:
        self.blotter = Blotter(remembered=5)
        self.parked: dict[str, str] = {}
        self.owed: dict[str, str] = {}


class Track:
    """Run rounds with a look that does as told."""

    def __init__(self, **options: Any) -> None:
        self.looks: list[bool] = []
        self.during: Callable[[], None] = lambda: None
        self.error: Exception | None = None
        self.events: list[Event] = []
        self.afters = 0
        self.noted: list[str] = []
        self.books = Books()
        self.standing = Standing(account=DEMO.id, publish=lambda event: None)
        self.rounds = Rounds(
            books=self.books,  # type: ignore[arg-type]  # rounds ask no more of them
            standing=self.standing,
            reconciler=self,  # type: ignore[arg-type]  # likewise
            publish=self.events.append,
            options=replace(QUICK, **options),
            after=self._count,
            note=self._note,
            is_puzzled=lambda: False,
        )

    async def look(self, *, is_thorough: bool) -> tuple[str, ...]:
        self.looks.append(is_thorough)
        self.during()
        if self.error is not None:
            raise self.error
        return ("a repair",)

    async def _note(self, sentences: Sequence[str]) -> None:
        self.noted.extend(sentences)

    def _count(self) -> None:
        self.afters += 1

    async def run(self, seconds: float = 0.03, *asks: Callable[[], None]) -> None:
        task = asyncio.create_task(self.rounds.run())
        for ask in asks:
            await asyncio.sleep(0)
            ask()
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_look_is_thorough_and_tells_what_it_mended() -> None:
    track = Track()
    track.standing.connect()

    await track.run(0.03, track.rounds.ask)

    assert track.looks == [True]
    assert track.events == [Reconciled(account=DEMO.id, repairs=("a repair",))]
    assert track.standing.state is TradingState.ACTIVE
    assert track.afters == 1


async def test_a_look_that_fails_is_repeated_thoroughly_and_told_once() -> None:
    track = Track()
    track.error = FeedUnavailable("no route to host")

    await track.run(0.08, track.rounds.ask)

    assert len(track.looks) >= 2
    assert all(track.looks)
    (notice,) = [event for event in track.events if isinstance(event, NoticeRaised)]
    assert "no route to host" in notice.text


async def test_a_look_without_an_answer_in_time_is_told_in_words() -> None:
    track = Track()
    track.error = TimeoutError()

    await track.run(0.02, track.rounds.ask)

    (notice,) = [event for event in track.events if isinstance(event, NoticeRaised)]
    assert "no answer in time" in notice.text


async def test_a_connection_during_a_look_asks_for_another() -> None:
    track = Track()
    track.standing.connect()
    once = [True]

    def reconnect() -> None:
        if once:
            once.pop()
            track.standing.connect()

    track.during = reconnect
    await track.run(0.03, track.rounds.ask)

    assert track.looks == [True, True]
    assert track.standing.state is TradingState.ACTIVE


async def test_open_orders_are_looked_at_in_turn_and_unknown_ones_often() -> None:
    track = Track(reconcile_s=0.02)
    track.books.blotter.put(Order(intent=wish(), state=OrderState.OPEN, updated=START))
    await track.run(0.1, track.rounds.ask)
    assert track.looks[0]
    assert 2 <= len(track.looks) <= 6
    assert not any(track.looks[1:])

    urgent = Track(reconcile_s=60.0)
    urgent.books.blotter.put(Order(intent=wish(), state=OrderState.UNKNOWN, updated=START))
    await urgent.run(0.1, urgent.rounds.ask)
    assert len(urgent.looks) >= 3


async def test_an_idle_account_is_left_alone() -> None:
    track = Track()
    await track.run(0.06, track.rounds.ask)

    assert track.looks == [True]


async def test_a_later_look_happens_only_if_something_is_still_unsettled() -> None:
    settled = Track()
    await settled.run(0.05, settled.rounds.ask, settled.rounds.ask_later)
    assert settled.looks == [True]

    waiting = Track(settle_s=0.02)
    waiting.books.blotter.put(Order(intent=wish(), state=OrderState.CANCEL_PENDING, updated=START))
    waiting.rounds._is_thorough = False
    later = waiting.rounds.ask_later
    await waiting.run(0.04, later, later)
    assert waiting.looks == [False]


async def test_an_order_that_opens_in_a_long_rest_is_looked_at_soon() -> None:
    track = Track(reconcile_s=0.01, reconcile_idle_s=3600.0)
    track.standing.connect()
    task = asyncio.create_task(track.rounds.run())
    await asyncio.sleep(0)
    track.rounds.ask()
    async with asyncio.timeout(20):
        while len(track.looks) < 1:
            await asyncio.sleep(0.001)
        # The rest has begun with nothing open, and nobody asks for a look.
        await asyncio.sleep(0.05)
        assert len(track.looks) == 1
        track.books.blotter.put(Order(intent=wish(), state=OrderState.OPEN, updated=START))
        while len(track.looks) < 2:
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert track.looks[:2] == [True, False]
