from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.messages import (
    CancelOrder,
    NoticeRaised,
    PlaceOrder,
    Reconciled,
    TradingStateMoved,
)
from fks_desk.core.model import (
    Balance,
    ClientOrderId,
    Order,
    OrderState,
    Origin,
    Side,
    TradeId,
    TradingState,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder
from fks_desk.trading.reconcile import Picture
from tests.fakes.trading import (
    BTC,
    DEMO,
    ETH,
    QUICK,
    START,
    FakeVenue,
    Life,
    MemoryRows,
    difference,
    wish,
)

Scene = tuple[FakeVenue, MemoryRows]


def repairs(life: Life) -> list[str]:
    return [text for e in life.events if isinstance(e, Reconciled) for text in e.repairs]


def deaf(report: OrderReport) -> Sequence[OrderReport]:
    return ()


async def open_order(life: Life, limit: str = "90", size: str = "1") -> Order:
    intent = wish(limit=limit, size=size)
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    return life.rows.orders[intent.client_id]


async def test_the_desk_is_active_only_after_the_account_was_compared(scene: Scene) -> None:
    life = Life(*scene)
    life.see_prices()
    await life.desk.start()
    await life.desk.handle(PlaceOrder(intent=wish()))

    assert [code for code, _ in life.denials()] == ["UNRECONCILED"]
    await life.desk.ready()
    states = [e.state for e in life.events if isinstance(e, TradingStateMoved)]
    assert (states[0], states[-1]) == (TradingState.UNRECONCILED, TradingState.ACTIVE)
    await life.desk.close()


async def test_a_start_reads_the_account_once(scene: Scene) -> None:
    life = Life(*scene, options=replace(QUICK, reconcile_first_wait_s=5.0))
    read, looks = life.wire.open_orders, 0

    async def counted() -> Sequence[VenueOrder]:
        nonlocal looks
        looks += 1
        return await read()

    life.wire.open_orders = counted  # type: ignore[method-assign]  # counts the looks
    await life.begin()

    assert looks == 1
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()


async def test_without_a_stream_the_account_is_read_all_the_same(scene: Scene) -> None:
    life = Life(*scene)
    reports = life.wire.reports

    async def silent() -> AsyncIterator[OrderReport]:
        await asyncio.Event().wait()
        async for one in reports():
            yield one

    life.wire.reports = silent  # type: ignore[method-assign]  # a venue that does not answer
    bought = scene[0].place(wish(Side.BUY, "1", None))
    life.see_prices()
    await life.desk.start()

    await life.settle(lambda: life.state(bought.intent.client_id) is OrderState.FILLED)
    assert life.desk.state is TradingState.UNRECONCILED
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_fills_during_a_lost_connection_are_found_before_trading_goes_on(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    order = await open_order(life)
    life.venue.drop_connections()
    life.venue.tick(BTC, Decimal(90), share=Decimal("0.3"))
    life.venue.tick(BTC, Decimal(90))

    await life.settle(lambda: life.state(order.client_id) is OrderState.FILLED)
    await life.quiet()

    assert len([text for text in repairs(life) if "was missing" in text]) == 2
    states = [e.state for e in life.events if isinstance(e, TradingStateMoved)]
    assert states[-2:] == [TradingState.UNRECONCILED, TradingState.ACTIVE] or states[-1] is (
        TradingState.UNRECONCILED
    )
    await life.desk.close()


async def test_a_fill_that_the_stream_lost_is_found_while_the_stream_lives(scene: Scene) -> None:
    life = await Life(*scene).begin()
    order = await open_order(life)
    life.venue.disturb = deaf
    life.venue.tick(BTC, Decimal(90), share=Decimal("0.5"))

    await life.settle(lambda: life.state(order.client_id) is OrderState.PARTIAL)
    await life.quiet()
    await life.desk.close()


async def test_fills_that_arrive_in_the_wrong_order_give_the_same_position(scene: Scene) -> None:
    life = await Life(*scene).begin()
    first = await open_order(life, "99", "1")
    held: list[OrderReport] = []
    life.venue.disturb = lambda report: held.append(report) or ()
    life.venue.fill(life.venue.orders[0], Decimal("0.5"), Decimal(99))
    life.clock.advance(timedelta(seconds=1))
    life.venue.fill(life.venue.orders[0], Decimal("0.5"), Decimal(98))
    for report in reversed(held):
        for queue in life.venue.listeners:
            queue.put_nowait(report)

    await life.settle(lambda: life.state(first.client_id) is OrderState.FILLED)
    await life.quiet()
    await life.desk.close()


@pytest.mark.parametrize("is_together", [False, True])
async def test_money_that_is_told_in_the_wrong_order_is_the_newest(
    scene: Scene, is_together: bool
) -> None:
    life = await Life(*scene, options=replace(QUICK, reconcile_s=30.0)).begin()
    first = await open_order(life, "99", "1")
    held: list[OrderReport] = []
    life.venue.disturb = lambda report: held.append(report) or ()
    for price in (99, 98):
        life.clock.advance(timedelta(seconds=1))
        life.venue.fill(life.venue.orders[0], Decimal("0.5"), Decimal(price))
    for report in reversed(held):
        (queue,) = life.venue.listeners
        queue.put_nowait(report)
        for _ in range(0 if is_together else 20):
            await asyncio.sleep(0)

    # No look at the account mends it: the next one is half a minute away.
    await life.settle(lambda: life.state(first.client_id) is OrderState.FILLED)
    await life.settle(lambda: not difference(*scene), timeout_s=10)
    await life.desk.close()


async def test_an_order_from_outside_is_taken_over_with_its_fills(scene: Scene) -> None:
    venue, rows = scene
    foreign = wish(Side.BUY, "1", "90", client_id="web-1")
    venue.place(foreign)
    venue.fill(venue.orders[0], Decimal("0.25"), Decimal(90))
    life = await Life(venue, rows).begin()
    await life.quiet()

    order = rows.orders[foreign.client_id]
    assert order.intent.origin is Origin.EXTERNAL
    assert (order.state, order.filled) == (OrderState.PARTIAL, Decimal("0.25"))
    assert any("outside of the desk" in text for text in repairs(life))
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=foreign.client_id))
    await life.settle(lambda: life.state(foreign.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_an_order_from_outside_that_the_stream_tells_of_is_taken_over(scene: Scene) -> None:
    life = await Life(*scene).begin()
    foreign = wish(Side.BUY, "1", None, client_id="web-2", instrument=ETH, reference="10")

    life.venue.place(foreign)
    await life.settle(lambda: life.state(foreign.client_id) is OrderState.FILLED)
    await life.quiet()
    await life.desk.close()


async def test_a_deposit_is_taken_over_and_told(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await open_order(life)
    life.venue.move("USDT", Decimal(500))

    await life.settle(lambda: any("10500" in text for text in repairs(life)))
    await life.quiet()
    await life.desk.close()


async def test_a_currency_that_the_venue_no_longer_lists_is_empty(scene: Scene) -> None:
    venue, rows = scene
    venue.move("XRP", Decimal(3))
    life = await Life(venue, rows).begin()
    await open_order(life)
    venue.money["XRP"] = Decimal(0)

    await life.settle(lambda: rows.balances["XRP"].total == 0)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_what_was_sold_whole_unheard_is_stored_as_nothing(scene: Scene) -> None:
    life = await Life(*scene).begin()
    bought = wish(Side.BUY, "1", None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)
    await life.quiet()
    # The execution is told and the money is not; a venue lists no empty currency.
    life.venue.disturb = lambda report: (replace(report, balances=()),)
    sold = wish(Side.SELL, "0.999", None)
    life.clock.advance(timedelta(seconds=1))
    await life.desk.handle(PlaceOrder(intent=sold))
    await life.settle(lambda: life.state(sold.client_id) is OrderState.FILLED)

    life.venue.drop_connections()

    await life.quiet()
    assert life.rows.balances["BTC"].total == 0
    await life.desk.close()


async def test_three_looks_in_a_row_change_nothing(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await open_order(life)
    await life.quiet()
    reconciler = life.desk._rounds._reconciler
    await reconciler.look(is_thorough=True)
    before = (dict(life.rows.orders), dict(life.rows.positions), len(life.rows.journal))

    for _ in range(3):
        assert await reconciler.look(is_thorough=True) == ()

    after = (dict(life.rows.orders), dict(life.rows.positions), len(life.rows.journal))
    assert after == before
    await life.desk.close()


async def test_silence_is_no_absence_until_a_minute_of_full_agreement(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost before")
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)

    for _ in range(2):
        await asyncio.sleep(0.05)
        life.clock.advance(timedelta(seconds=25))
        assert life.state(intent.client_id) is OrderState.UNKNOWN
    await asyncio.sleep(0.05)
    assert life.state(intent.client_id) is OrderState.UNKNOWN
    life.clock.advance(timedelta(seconds=25))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.ABSENT)

    assert "agreed" in life.rows.orders[intent.client_id].reason
    assert life.venue.posts == [intent.client_id]
    await life.desk.close()


async def test_an_order_that_a_slow_database_hides_is_found_in_the_end(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.disturb = deaf
    life.venue.lag = True
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    await asyncio.sleep(0.05)
    life.clock.advance(timedelta(seconds=5))
    assert life.state(intent.client_id) is OrderState.UNKNOWN

    life.venue.orders[0].hidden_from_queries = False
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_an_order_declared_absent_that_shows_up_is_believed(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.disturb = deaf
    life.venue.lag = True
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    for _ in range(4):
        await asyncio.sleep(0.05)
        life.clock.advance(timedelta(seconds=25))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.ABSENT)

    life.venue.orders[0].hidden_from_queries = False
    life.venue.drop_connections()
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_queries_that_fail_for_long_leave_an_order_unknown(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.disturb = deaf
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    life.venue.is_unreachable = True
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    for _ in range(10):
        life.clock.advance(timedelta(minutes=1))
        await asyncio.sleep(0.01)

    assert life.state(intent.client_id) is OrderState.UNKNOWN
    told = [e for e in life.events if isinstance(e, NoticeRaised) and "compared" in e.text]
    assert len(told) == 1
    life.venue.is_unreachable = False
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.desk.close()


async def test_an_order_that_the_venue_lost_goes_unknown_and_then_absent(scene: Scene) -> None:
    life = await Life(*scene).begin()
    order = await open_order(life)
    life.venue.orders.clear()
    await asyncio.sleep(0.05)
    assert life.state(order.client_id) is OrderState.OPEN

    life.clock.advance(timedelta(seconds=11))
    await life.settle(lambda: life.state(order.client_id) is OrderState.UNKNOWN)
    for _ in range(4):
        await asyncio.sleep(0.05)
        life.clock.advance(timedelta(seconds=25))
    await life.settle(lambda: life.state(order.client_id) is OrderState.ABSENT)
    await life.desk.close()


async def test_an_order_that_was_leaving_when_the_desk_died_is_asked_for(scene: Scene) -> None:
    venue, rows = scene
    life = await Life(venue, rows).begin()
    venue.faults.append("late")
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: bool(venue.orders))
    await life.die()

    life = await Life(venue, rows).begin()
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    assert venue.posts == [intent.client_id]
    await life.desk.close()


async def test_a_cancel_that_was_asked_before_a_crash_is_asked_again(scene: Scene) -> None:
    venue, rows = scene
    life = await Life(venue, rows).begin()
    order = await open_order(life)
    rows.orders[order.client_id] = replace(
        rows.orders[order.client_id], state=OrderState.CANCEL_PENDING
    )
    await life.die()

    life = await Life(venue, rows).begin()
    await life.settle(lambda: life.state(order.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_an_end_is_believed_only_with_all_its_fills(scene: Scene) -> None:
    life = await Life(*scene).begin()
    order = await open_order(life)
    # Executions reach the lists late; the end is told at once.
    life.venue.disturb = lambda report: (replace(report, fill=None),)
    life.venue.fill(life.venue.orders[0], Decimal("0.5"), Decimal(90))
    life.venue.end(life.venue.orders[0], "canceled")

    await life.settle(lambda: life.state(order.client_id) is OrderState.CANCELED)
    await life.quiet()

    types = [row.draft.type for row in life.rows.journal]
    assert "fill.recorded" in types
    assert "fill.corrected" not in types
    await life.desk.close()


async def test_an_old_debt_makes_the_desk_read_every_fill(scene: Scene) -> None:
    life = await Life(*scene).begin()
    first, second = await open_order(life, "90"), await open_order(life, "91")
    # The newest fill is far ahead of one that no recent list will show.
    life.venue.disturb = lambda report: (replace(report, fill=None),)
    life.venue.fill(life.venue.orders[0], Decimal(1), Decimal(90))
    life.venue.fills[0] = replace(life.venue.fills[0], ts_event=START - timedelta(days=2))
    life.venue.disturb = lambda report: (report,)
    life.venue.fill(life.venue.orders[1], Decimal(1), Decimal(91))
    await life.settle(lambda: life.state(second.client_id) is OrderState.FILLED)
    await asyncio.sleep(0.05)
    assert life.state(first.client_id) is not OrderState.FILLED

    life.clock.advance(timedelta(seconds=11))
    await life.settle(lambda: life.state(first.client_id) is OrderState.FILLED)
    await life.quiet()
    await life.desk.close()


async def test_a_fill_whose_order_no_list_shows_is_traced_by_its_name(scene: Scene) -> None:
    life = await Life(*scene).begin()
    # The order is older than what recent lists go back to.
    life.venue.disturb = lambda report: (replace(report, order=None),)
    foreign = life.venue.place(wish(limit="90", size="1", client_id="old-1"))
    life.venue.orders[0].updated = START - timedelta(days=30)
    await open_order(life, "80")
    await life.desk._books.hear_fill(
        life.venue.fill(life.venue.orders[1], Decimal("0.5"), Decimal(80))
    )
    life.venue.fill(foreign, Decimal(1), Decimal(90))
    life.venue.orders[0].updated = START - timedelta(days=30)

    await life.settle(lambda: life.state(foreign.intent.client_id) is OrderState.FILLED)
    await life.quiet()
    await life.desk.close()


async def no_rows(*_anything: object) -> list[object]:
    return []


async def test_an_end_that_no_list_shows_is_asked_for(scene: Scene) -> None:
    life = await Life(*scene).begin()
    order = await open_order(life)
    life.wire.recent_orders = no_rows  # type: ignore[method-assign, assignment]  # short lists
    life.venue.disturb = deaf
    life.venue.end(life.venue.orders[0], "expired")

    await life.settle(lambda: life.state(order.client_id) is OrderState.EXPIRED)
    await life.desk.close()


async def test_an_execution_speaks_against_the_absence_of_its_order(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost before")
    intent = wish(limit="90", size="1")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    placed = life.venue.place(intent)
    life.venue.disturb = deaf
    made = life.venue.fill(placed, Decimal("0.5"), Decimal(90))
    reconciler = life.desk._rounds._reconciler
    order = life.rows.orders[intent.client_id]
    picture = Picture(orders=(), fills=(replace(made, client_id=intent.client_id),))

    assert reconciler._has_fill(order, picture)
    assert not reconciler._has_fill(order, Picture(orders=(), fills=()))
    assert await reconciler._miss(order, picture) is None
    by_number = replace(order, venue_order_id=placed.venue_id)
    nameless = Picture(orders=(), fills=(replace(made, client_id=ClientOrderId("")),))
    assert reconciler._has_fill(by_number, nameless)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_a_request_that_nobody_followed_to_its_end_goes_unknown(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk._books.open((intent,), lambda: None)
    life.venue.drop_connections()

    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    assert "nobody learned" in life.rows.orders[intent.client_id].reason
    await life.desk.close()


async def test_a_nameless_fill_that_nothing_explains_stays_parked(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.disturb = deaf
    foreign = life.venue.place(wish(limit="90", size="1", client_id="web-5"))
    made = life.venue.fill(foreign, Decimal(1), Decimal(90))
    nameless = replace(
        made, client_id=ClientOrderId(""), venue_order_id=VenueOrderId("9"), trade_id=TradeId("99")
    )
    await life.desk._books.hear_fill(nameless)

    life.desk._rounds.ask()
    await life.quiet()
    assert list(life.desk._books.parked) == [nameless.key]
    await life.desk.close()


async def test_balances_read_while_money_moved_are_put_aside(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.quiet()
    read = life.wire.balances

    async def slow() -> Sequence[Balance]:
        balances = await read()
        life.desk._books._hearing.generation += 1
        return [replace(balance, free=Decimal(1)) for balance in balances]

    life.wire.balances = slow  # type: ignore[method-assign, assignment]  # a slow answer
    assert await life.desk._rounds._reconciler._weigh() == []
    assert life.rows.balances["USDT"].free == 10_000
    await life.desk.close()


async def test_of_a_long_list_only_what_the_account_has_to_do_with_is_read(scene: Scene) -> None:
    venue, rows = scene
    venue.place(wish(Side.BUY, "1", "90", client_id="web-1"))
    many = {
        one.id: one for one in (replace(ETH, symbol=f"X{n}/USDT", base=f"X{n}") for n in range(99))
    }
    venue.instruments.update(many)
    life = Life(venue, rows)
    read: list[str] = []
    ask = life.wire.recent_orders

    async def recent_orders(instrument, since):
        read.append(instrument)
        return await ask(instrument, since)

    life.wire.recent_orders = recent_orders  # type: ignore[method-assign]  # a listening wire
    life = await life.begin()
    await life.quiet()

    assert set(read) == {BTC.id}
    assert rows.orders[ClientOrderId("web-1")].state is OrderState.OPEN
    await life.desk.close()
