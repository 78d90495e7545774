from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.errors import StorageError
from fks_desk.core.messages import Event, NoticeRaised, OrderMoved, Severity
from fks_desk.core.model import ClientOrderId, Order, OrderState, VenueOrderId
from fks_desk.core.orders import OrderMove
from fks_desk.trading.books.account import STORAGE_DOWN, Books
from fks_desk.trading.books.tally import Tally
from fks_desk.trading.case import Refusal
from tests.fakes.trading import BTC, DEMO, QUICK, START, MemoryStore, wish, world


class Shelf:
    """Hold the books of one account over the fakes."""

    def __init__(self) -> None:
        self.venue, self.rows = world()
        self.events: list[Event] = []
        self.store = MemoryStore(self.rows)
        self.books = Books(
            account=DEMO,
            store=self.store,
            rows=self.store,
            instruments=lambda: self.venue.instruments,
            clock=self.venue.clock,
            publish=self.events.append,
            options=QUICK,
            ledger=self.store,
        )

    async def resting(self, limit: str = "90", size: str = "1") -> Order:
        """Return an order that both sides hold open."""
        intent = wish(limit=limit, size=size)
        await self.books.open((intent,), lambda: None)
        order = await self.books.hear_order(self.venue.word(self.venue.place(intent)))
        assert order is not None
        return order


async def test_an_intent_that_the_check_refuses_leaves_no_trace() -> None:
    shelf = Shelf()
    refused = Refusal("HALTED", "trading is halted")

    assert await shelf.books.open((wish(),), lambda: refused) is refused
    assert shelf.rows.orders == {}
    assert shelf.rows.journal == []


async def test_state_is_stored_before_it_is_told() -> None:
    shelf = Shelf()
    stored: list[bool] = []

    def watch(event: Event) -> None:
        assert isinstance(event, OrderMoved)
        stored.append(shelf.rows.orders[event.order.client_id] == event.order)

    shelf.books._publish = watch
    await shelf.resting()

    assert stored == [True, True]


@pytest.mark.allow_warnings
async def test_an_order_waits_only_so_long_for_its_turn() -> None:
    shelf = Shelf()
    shelf.books._options = replace(QUICK, patience_s=0.02)

    async with shelf.books.turn():
        assert await shelf.books.open((wish(),), lambda: None) is STORAGE_DOWN
    shelf.books._options = QUICK
    assert isinstance(await shelf.books.open((wish(),), lambda: None), tuple)


async def test_withdrawing_an_order_that_was_never_stored_changes_nothing() -> None:
    shelf = Shelf()
    await shelf.books.withdraw(wish())

    assert shelf.rows.orders == {}


async def test_an_illegal_or_unknown_move_moves_nothing() -> None:
    shelf = Shelf()
    order = await shelf.resting()

    assert await shelf.books.move(ClientOrderId("none"), OrderMove.CANCEL) is None
    assert await shelf.books.move(order.client_id, OrderMove.REJECT) is None
    assert (
        await shelf.books.move(
            order.client_id, OrderMove.LOSE_SIGHT, only_from=frozenset({OrderState.SENDING})
        )
        is None
    )


async def test_a_fill_of_an_order_nobody_knows_is_parked_until_it_is_adopted() -> None:
    shelf = Shelf()
    placed = shelf.venue.place(wish(limit="90", size="1", client_id="web-9"))
    fill = replace(shelf.venue.fill(placed, Decimal(1), Decimal(90)), client_id=ClientOrderId(""))

    assert not await shelf.books.hear_fill(fill)
    assert list(shelf.books.parked) == [fill.key]
    await shelf.books.hear_order(shelf.venue.word(placed))

    assert shelf.books.parked == {}
    assert shelf.rows.orders[ClientOrderId("web-9")].state is OrderState.FILLED
    assert shelf.rows.fills[fill.key].client_id == "web-9"
    assert shelf.books.owed == {}


async def test_a_stored_fill_of_a_forgotten_order_is_not_parked() -> None:
    shelf = Shelf()
    order = await shelf.resting()
    fill = shelf.venue.fill(shelf.venue.orders[0], Decimal(1), Decimal(90))
    await shelf.books.hear_fill(fill)
    fresh = Shelf()
    fresh.books._store = fresh.books._rows = MemoryStore(shelf.rows)
    nameless = replace(fill, client_id=ClientOrderId(""), venue_order_id=VenueOrderId("elsewhere"))

    assert not await fresh.books.hear_fill(nameless)
    assert fresh.books.parked == {}
    assert order.client_id in shelf.rows.orders


async def test_a_word_on_a_dead_external_order_is_no_reason_to_adopt_it() -> None:
    shelf = Shelf()
    placed = shelf.venue.place(wish(limit="90", client_id="web-1"))
    shelf.venue.end(placed, "canceled")

    assert await shelf.books.hear_order(shelf.venue.word(placed)) is None
    nameless = replace(shelf.venue.word(placed), state="open", intent=None)
    assert await shelf.books.hear_order(nameless) is None
    assert shelf.rows.orders == {}


async def test_fills_in_the_same_answer_count_before_the_answer() -> None:
    shelf = Shelf()
    intent = wish(limit="90", size="1")
    await shelf.books.open((intent,), lambda: None)
    placed = shelf.venue.place(intent)
    fill = shelf.venue.fill(placed, Decimal(1), Decimal(90))

    await shelf.books.hear_order(replace(shelf.venue.word(placed), fills=(fill,)))

    order = shelf.rows.orders[intent.client_id]
    assert (order.state, order.venue_order_id) == (OrderState.FILLED, placed.venue_id)
    assert shelf.books.owed == {}


async def test_a_venue_order_id_learned_after_the_end_is_written() -> None:
    shelf = Shelf()
    intent = wish(limit="90", size="1")
    await shelf.books.open((intent,), lambda: None)
    placed = shelf.venue.place(intent)
    fill = replace(
        shelf.venue.fill(placed, Decimal(1), Decimal(90)), venue_order_id=VenueOrderId("")
    )
    await shelf.books.hear_fill(fill)
    assert shelf.rows.orders[intent.client_id].venue_order_id is None

    await shelf.books.hear_order(shelf.venue.word(placed))
    assert shelf.rows.orders[intent.client_id].venue_order_id == placed.venue_id


@pytest.mark.allow_warnings
async def test_a_second_order_of_the_same_name_is_an_alarm_and_moves_nothing() -> None:
    shelf = Shelf()
    order = await shelf.resting()
    other = replace(
        shelf.venue.word(shelf.venue.orders[0]),
        venue_order_id=VenueOrderId("2000"),
        state="canceled",
    )

    assert await shelf.books.hear_order(other) is None
    assert shelf.rows.orders[order.client_id].state is OrderState.OPEN
    (notice,) = [e for e in shelf.events if isinstance(e, NoticeRaised)]
    assert notice.severity is Severity.ERROR


async def test_balances_are_written_when_they_change_and_in_the_order_heard() -> None:
    shelf = Shelf()
    (usdt,) = shelf.venue.balances()

    await shelf.books.hear_balances((usdt,))
    await shelf.books.hear_balances((usdt,))
    written = shelf.rows.balances["USDT"].updated
    # A replaying venue stamps its stream years before our lists.
    early = replace(usdt, free=Decimal(9), updated=START.replace(year=2020))
    await shelf.books.hear_balances((early,))

    assert len(shelf.rows.journal) == 2
    assert shelf.rows.balances["USDT"].free == 9
    assert shelf.rows.balances["USDT"].updated > written


async def test_loading_brings_back_what_was_stored() -> None:
    shelf = Shelf()
    order = await shelf.resting(size="2")
    fill = shelf.venue.fill(shelf.venue.orders[0], Decimal(1), Decimal(90))
    await shelf.books.hear_fill(fill)
    await shelf.books.hear_balances(shelf.venue.balances())

    fresh = Shelf()
    fresh.books._store = fresh.books._rows = MemoryStore(shelf.rows)
    await fresh.books.load()

    assert fresh.books.blotter.order(order.client_id) == shelf.rows.orders[order.client_id]
    assert fresh.books.blotter.positions == shelf.rows.positions
    assert fresh.books.blotter.funds.total("USDT") == shelf.venue.money["USDT"]
    assert not await fresh.books.hear_fill(fill)
    assert fresh.events == []


async def test_changes_of_one_account_do_not_interleave() -> None:
    shelf = Shelf()
    order = await shelf.resting(size="50")
    fills = [
        shelf.venue.fill(shelf.venue.orders[0], Decimal(1), Decimal(80 + number))
        for number in range(20)
    ]

    await asyncio.gather(*(shelf.books.hear_fill(fill) for fill in reversed(fills)))

    assert shelf.rows.orders[order.client_id].filled == 20
    assert shelf.rows.positions[BTC.id].size == Decimal("19.98")
    assert len(shelf.rows.fills) == 20


async def test_only_so_many_counted_fills_are_remembered_in_memory() -> None:
    shelf = Shelf()
    shelf.books._hearing.tally = Tally(remembered=2)
    await shelf.resting(size="5")
    fills = [shelf.venue.fill(shelf.venue.orders[0], Decimal(1), Decimal(90)) for _ in range(4)]
    for fill in (*fills, *fills):
        await shelf.books.hear_fill(fill)

    assert len(shelf.books._hearing.tally._counted) == 2
    assert len(shelf.rows.fills) == 4
    assert shelf.rows.positions[BTC.id].size == Decimal("3.996")


@pytest.mark.allow_warnings
async def test_a_database_error_at_the_door_keeps_the_order_at_home() -> None:
    shelf = Shelf()

    async def broken(change: object) -> None:
        raise StorageError("out of disk space")

    shelf.store.record = broken  # type: ignore[method-assign, assignment]  # a broken disk
    assert await shelf.books.open((wish(),), lambda: None) is STORAGE_DOWN
    assert not shelf.books.is_storage_down  # nobody waits: the next order finds out
