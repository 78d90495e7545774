from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.model import Fill, Side, TradeId
from fks_desk.trading.books.track import Mark, Track, marks_of
from fks_desk.trading.portfolio import in_order, replay
from tests.fakes.trading import BTC, START, wish, world


def fills(count: int) -> list[Fill]:
    """Return buys and sales at changing prices, one a second."""
    venue, _ = world()
    made = []
    for number in range(count):
        side = Side.SELL if number % 3 == 2 else Side.BUY
        order = (
            venue.place(wish(side, "1", "90", client_id=f"track-{number}")) if not number else None
        )
        order = order or venue.orders[0]
        fill = venue.fill(order, Decimal(1 + number % 4), Decimal(90 + number * 7 % 11))
        made.append(
            replace(
                fill,
                side=side,
                trade_id=TradeId(str(number + 1)),
                ts_event=START + timedelta(seconds=number),
            )
        )
    return made


async def counted(track: Track, batches: list[list[Fill]]) -> Track:
    for batch in batches:
        track = await track.with_late(batch, BTC, "USDT")
    return track


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(9)), cut=st.integers(1, 8))
def test_in_whatever_order_executions_come_the_position_is_that_of_their_replay(
    order: list[int], cut: int
) -> None:
    every = fills(9)
    told = [every[number] for number in order]

    track = asyncio.run(counted(Track(), [told[:cut], told[cut:]]))

    assert track.position == replay(every, BTC, "USDT")
    assert track.newest == in_order(every[-1])


async def test_what_is_older_than_the_track_needs_the_store() -> None:
    first, second, third = fills(3)
    start = replay([first, second], BTC, "USDT")
    track = Track(start, in_order(second))

    assert not track.reaches(in_order(first))
    assert track.reaches(in_order(third))
    assert track.position == start
    assert (await track.with_late([third], BTC, "USDT")).position == replay(
        [first, second, third], BTC, "USDT"
    )


async def test_a_long_track_forgets_its_oldest_marks_and_counts_on_from_there() -> None:
    every = fills(30)
    marks = await marks_of([(in_order(one), one) for one in every], None, BTC, "USDT")
    track = Track(remembered=5)
    for mark in marks[:-1]:
        track.follow([mark])

    assert not track.reaches(in_order(every[2]))
    assert track.reaches(in_order(every[-4]))
    track.follow([Mark(marks[-1].place, marks[-1].fill, marks[-1].position)])
    assert track.position == replay(every, BTC, "USDT")


async def test_others_run_while_a_long_history_is_counted_anew() -> None:
    ran = []

    async def other() -> None:
        ran.append(True)

    waiting = asyncio.get_running_loop().create_task(other())
    await marks_of([(in_order(one), one) for one in fills(250)], None, BTC, "USDT")

    assert ran == [True]
    await waiting
