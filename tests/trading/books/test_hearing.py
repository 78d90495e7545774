from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.errors import DataError
from fks_desk.core.messages import Event, NoticeRaised, OrderFilled, OrderMoved, PositionMoved
from fks_desk.core.model import ClientOrderId, Fill, OrderState, Side, TradeId
from fks_desk.core.ports import TradingChange
from fks_desk.trading.books.hearing import Money, Word
from fks_desk.trading.portfolio import in_order, replay
from tests.fakes.trading import BTC, ETH, START, wish
from tests.trading.books.test_account import Shelf


class Story:
    """Trade at the venue and keep each word it would tell, in order."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.words: list[Word] = []

    async def tell(self) -> Story:
        """Fill three orders piece by piece; one of them nobody at the desk has placed."""
        shelf = self.shelf
        shelf.venue.money |= {"BTC": Decimal(50), "ETH": Decimal(50)}
        wishes = [
            wish(Side.BUY, "9", "90", client_id="one"),
            wish(Side.SELL, "5", "110", client_id="two"),
            wish(Side.BUY, "4", "9", client_id="three", instrument=ETH),
        ]
        for intent in wishes:
            await shelf.books.open((intent,), lambda: None)
        placed = [shelf.venue.place(intent) for intent in wishes]
        placed.append(shelf.venue.place(wish(Side.BUY, "3", "80", client_id="elsewhere")))
        self.words += [shelf.venue.word(order) for order in placed]
        for number in range(12):
            order = placed[number % 4]
            shelf.venue.clock.advance(timedelta(seconds=1))
            fill = shelf.venue.fill(order, Decimal(1), order.intent.worst_price + number)
            self.words += [fill, shelf.venue.word(order), Money(balances=shelf.venue.balances())]
        shelf.venue.cancel(ClientOrderId("one"))
        self.words.append(shelf.venue.word(placed[0]))
        return self

    async def hear(self, cuts: set[int], words: list[Word] | None = None) -> None:
        """Let the desk hear the words in batches that end at the cuts."""
        batch: list[Word] = []
        for number, word in enumerate(words or self.words):
            batch.append(word)
            if number in cuts:
                await self.shelf.books.hear(batch)
                batch = []
        await self.shelf.books.hear(batch)

    def outcome(self) -> tuple[object, ...]:
        """Return what is stored, remembered and told, without the times of writing."""
        shelf = self.shelf
        blotter = shelf.books.blotter
        journal = [(row.draft.type, row.draft.payload) for row in shelf.rows.journal]
        assert blotter.positions == shelf.rows.positions
        return (
            shelf.rows.orders,
            shelf.rows.fills,
            shelf.rows.positions,
            {c: (b.free, b.locked) for c, b in shelf.rows.balances.items()},
            [one for one in journal if one[0] != "balance.moved"],
            {c: blotter.funds.total(c) for c in ("BTC", "ETH", "USDT")},
            {c: shelf.books.ledger.counted(c) for c in ("BTC", "ETH", "USDT")},
            [type(event).__name__ for event in shelf.events],
        )


@settings(max_examples=40, deadline=None)
@given(cuts=st.sets(st.integers(0, 40)))
def test_however_words_are_batched_they_leave_the_same_behind(cuts: set[int]) -> None:
    async def heard(at: set[int]) -> tuple[object, ...]:
        story = await Story().tell()
        await story.hear(at)
        return story.outcome()

    async def both() -> None:
        assert await heard(cuts) == await heard(set(range(100)))

    asyncio.run(both())


@settings(max_examples=40, deadline=None)
@given(cuts=st.sets(st.integers(0, 40)), seed=st.randoms(use_true_random=False))
def test_fills_in_any_order_twice_and_in_any_batches_count_once_at_their_place(
    cuts: set[int], seed: object
) -> None:
    async def check() -> None:
        story = await Story().tell()
        fills = [word for word in story.words if isinstance(word, Fill)]
        orders = list(story.words[:4])
        mixed = [*fills, *fills]
        seed.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis' random
        await story.hear(cuts, [*orders, *mixed])

        rows = story.shelf.rows
        assert set(rows.fills) == {fill.key for fill in fills}
        assert len([r for r in rows.journal if r.draft.type.startswith("fill.")]) == len(fills)
        for instrument in (BTC, ETH):
            mine = [fill for fill in fills if fill.instrument == instrument.id]
            assert rows.positions[instrument.id] == replay(mine, instrument, "USDT")
        assert story.shelf.books.blotter.positions == rows.positions

    asyncio.run(check())


async def test_words_that_wait_are_stored_in_one_transaction() -> None:
    story = await Story().tell()
    writes: list[int] = []
    record = story.shelf.store.record

    async def note(*changes: TradingChange) -> object:
        writes.append(len(changes))
        return await record(*changes)

    story.shelf.store.record = note  # type: ignore[method-assign, assignment]  # counts writes
    await story.hear(set())

    assert len(writes) == 1
    assert writes[0] > 24


async def test_nothing_of_a_batch_is_told_before_all_of_it_is_stored_and_remembered() -> None:
    story = await Story().tell()
    shelf, seen = story.shelf, list[bool]()

    def watch(event: Event) -> None:
        if isinstance(event, OrderMoved | OrderFilled):
            client_id = event.order.client_id
            last = shelf.books.blotter.order(client_id)
            seen.append(len(shelf.rows.fills) == 12 and shelf.rows.orders[client_id] == last)
        if isinstance(event, PositionMoved):
            seen.append(shelf.books.blotter.positions == shelf.rows.positions)

    shelf.books._publish = watch
    await story.hear(set())

    assert len(seen) > 30
    assert all(seen)


async def test_a_fill_of_a_batch_that_is_stored_already_costs_the_others_nothing() -> None:
    story = await Story().tell()
    fills = [word for word in story.words if isinstance(word, Fill)]
    await story.hear(set(), [*story.words[:4], fills[0], fills[5]])
    # Forgotten by memory, known to the store.
    for fill in (fills[0], fills[5]):
        del story.shelf.books._hearing.tally._counted[fill.key]

    draft = await story.shelf.books.hear(fills)

    assert set(draft.counted) == {f.key for f in fills} - {fills[0].key, fills[5].key}
    assert len(story.shelf.rows.fills) == 12
    mine = [fill for fill in fills if fill.instrument == BTC.id]
    assert story.shelf.rows.positions[BTC.id] == replay(mine, BTC, "USDT")


async def test_a_word_that_the_store_refuses_does_not_take_those_before_it_along() -> None:
    story = await Story().tell()
    fills = [word for word in story.words if isinstance(word, Fill)]
    record = story.shelf.store.record

    async def picky(*changes: TradingChange) -> object:
        if any(fill.trade_id == fills[3].trade_id for c in changes for fill in c.fills):
            raise DataError("the database refuses a value")
        return await record(*changes)

    story.shelf.store.record = picky  # type: ignore[method-assign, assignment]  # refuses one fill
    with pytest.raises(DataError):
        await story.hear(set(), [*story.words[:4], *fills])

    assert set(story.shelf.rows.fills) == {fill.key for fill in fills[:3]}


@pytest.mark.allow_warnings
@pytest.mark.parametrize("fault", ["down", "unsure"])
async def test_a_batch_survives_writes_that_fail_and_counts_once(fault: str) -> None:
    story = await Story().tell()
    story.shelf.rows.refusals.extend([fault, "down"])

    await story.hear(set())

    other = await Story().tell()
    await other.hear(set())
    told = [event for event in story.shelf.events if not isinstance(event, NoticeRaised)]
    assert story.outcome()[:-1] == other.outcome()[:-1]
    assert len(told) == len(other.shelf.events)


async def test_an_old_execution_of_a_forgotten_time_is_counted_at_its_place() -> None:
    shelf = Shelf()
    order = await shelf.resting(size="9")
    early, *later = [
        replace(
            shelf.venue.fill(shelf.venue.orders[0], Decimal(1), Decimal(90 + number)),
            trade_id=TradeId(str(number)),
            ts_event=START + timedelta(minutes=number),
        )
        for number in range(4)
    ]
    await shelf.books.hear(later)
    fresh = Shelf()
    fresh.books._store = fresh.books._rows = fresh.books._writer._store = shelf.store
    fresh.venue = shelf.venue
    await fresh.books.load()

    assert await fresh.books.hear_fill(early)
    assert shelf.rows.positions[BTC.id] == replay([early, *later], BTC, "USDT")
    assert shelf.rows.orders[order.client_id].state is OrderState.PARTIAL
    assert in_order(early) < in_order(later[0])
