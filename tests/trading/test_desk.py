from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.messages import (
    CancelAllOrders,
    CancelOrder,
    ClosePosition,
    HaltTrading,
    NoticeRaised,
    OrderFilled,
    OrderMoved,
    PlaceOrder,
    PositionMoved,
    ResumeTrading,
    TradingStateMoved,
)
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    OrderState,
    Origin,
    Side,
    TradingState,
    VenueOrderId,
)
from fks_desk.trading.limits import RiskLimits
from tests.fakes.trading import (
    BTC,
    DEMO,
    ETH,
    QUICK,
    FakeVenue,
    LedgerOrder,
    Life,
    MemoryRows,
    difference,
    wish,
)

Scene = tuple[FakeVenue, MemoryRows]


async def test_a_limit_order_rests_until_the_price_crosses(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(Side.BUY, "0.5", "99")

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.tick(BTC, Decimal(99))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    await life.quiet()

    position = life.rows.positions[BTC.id]
    assert position.size == Decimal("0.4995")
    assert [type(e) for e in life.events if isinstance(e, OrderFilled | PositionMoved)] == [
        OrderFilled,
        PositionMoved,
    ]
    await life.desk.close()


async def test_an_order_is_written_before_it_is_sent_and_sent_once(scene: Scene) -> None:
    venue, rows = scene
    life = await Life(venue, rows).begin()
    intent = wish()
    written: list[bool] = []
    venue.disturb = lambda report: written.append(intent.client_id in rows.orders) or (report,)

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: bool(venue.posts))
    await life.quiet()

    assert written[0]
    assert venue.posts == [intent.client_id]
    types = [row.draft.type for row in rows.journal if row.draft.correlation == intent.client_id]
    assert types[:3] == ["order.persisted", "order.sending", "order.accepted"]
    await life.desk.close()


async def test_twenty_commands_of_one_wish_make_one_order(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish()

    await asyncio.gather(*(life.desk.handle(PlaceOrder(intent=intent)) for _ in range(20)))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)

    assert life.venue.posts == [intent.client_id]
    assert life.denials() == []
    await life.desk.close()


async def test_another_wish_under_a_known_id_is_denied(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))

    await life.desk.handle(PlaceOrder(intent=wish(limit="91", client_id=intent.client_id)))

    assert [code for code, _ in life.denials()] == ["DUPLICATE_ID"]
    await life.desk.close()


async def test_a_refusal_of_the_venue_rejects_the_order(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("refused")
    intent = wish()

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.REJECTED)

    assert "NOTIONAL" in life.rows.orders[intent.client_id].reason
    await life.desk.close()


async def test_a_lost_reply_is_resolved_by_asking_and_nothing_is_sent_again(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.disturb = lambda report: ()
    intent = wish(limit="90")

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    assert life.venue.posts == [intent.client_id]
    seen = [e.order.state for e in life.events if isinstance(e, OrderMoved)]
    assert seen == [OrderState.SENDING, OrderState.UNKNOWN, OrderState.OPEN]
    await life.desk.close()


async def test_a_reply_that_never_comes_takes_nothing_from_what_is_proven(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("late")
    intent = wish(limit="90")

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.settle(lambda: not life.desk._courier.is_flying(intent.client_id))

    assert life.state(intent.client_id) is OrderState.OPEN
    assert life.venue.posts == [intent.client_id]
    await life.desk.close()


async def test_a_market_order_that_filled_behind_a_lost_reply_is_counted_once(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.disturb = lambda report: ()
    intent = wish(limit=None, size="1")

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    await life.quiet()

    assert life.venue.posts == [intent.client_id]
    assert life.rows.positions[BTC.id].size == Decimal("0.999")
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_an_adapters_bug_while_sending_leaves_the_outcome_unknown(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("bug")
    intent = wish()

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)
    await asyncio.sleep(0.05)

    assert life.state(intent.client_id) is OrderState.UNKNOWN
    assert life.venue.posts == [intent.client_id]
    await life.desk.close()


async def test_an_unknown_order_blocks_new_exposure_in_its_instrument(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost before")
    lost = wish()
    await life.desk.handle(PlaceOrder(intent=lost))
    await life.settle(lambda: life.state(lost.client_id) is OrderState.UNKNOWN)

    await life.desk.handle(PlaceOrder(intent=wish()))

    assert [code for code, _ in life.denials()] == ["UNKNOWN_ORDER"]
    await life.desk.close()


async def test_fills_told_twice_and_before_the_reply_count_once(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.wire.hold = asyncio.Event()
    life.venue.disturb = lambda report: (report, report)
    intent = wish(limit=None, size="1")

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    life.wire.hold.set()
    await life.quiet()

    assert len(life.rows.fills) == 1
    assert not difference(*scene)
    await life.desk.close()


async def test_a_cancel_takes_the_order_back(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    for _ in range(3):
        await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)

    assert life.venue.cancels == [intent.client_id]
    await life.desk.close()


async def test_a_cancel_of_an_order_that_is_under_way_follows_it(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.wire.hold = asyncio.Event()
    life.venue.disturb = lambda report: ()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: bool(life.venue.orders))

    assert life.venue.cancels == []
    life.wire.hold.set()
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_a_cancel_that_comes_too_late_ends_with_the_fill(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.disturb = lambda report: ()
    life.venue.tick(BTC, Decimal(90))

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    await life.quiet()
    await life.desk.close()


async def test_a_late_fill_after_a_cancel_is_recorded_as_a_correction(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90", size="1")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)

    life.venue.fill(life.venue.orders[0], Decimal("0.4"), Decimal(90))
    await life.quiet()

    assert life.state(intent.client_id) is OrderState.CANCELED
    assert life.rows.orders[intent.client_id].filled == Decimal("0.4")
    assert any(row.draft.type == "fill.corrected" for row in life.rows.journal)
    assert any(isinstance(e, NoticeRaised) and "canceled already" in e.text for e in life.events)
    await life.desk.close()


@pytest.mark.parametrize("fault", ["lost before", "lost after"])
async def test_a_cancel_without_a_reply_is_repeated_until_it_is_settled(
    scene: Scene, fault: str
) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.cancel_faults.append(fault)
    life.venue.disturb = lambda report: ()

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)

    assert life.venue.orders[0].state == "canceled"
    await life.desk.close()


async def test_fifty_orders_at_once_cannot_spend_more_than_there_is(scene: Scene) -> None:
    life = await Life(*scene).begin()
    wishes = [wish(Side.BUY, "5", "99") for _ in range(50)]

    await asyncio.gather(*(life.desk.handle(PlaceOrder(intent=intent)) for intent in wishes))
    await life.settle(lambda: len(life.venue.posts) == 20)
    await life.quiet()

    locked = sum(o.intent.notional for o in life.venue.orders)
    assert locked <= Decimal(10_000)
    assert {code for code, _ in life.denials()} == {"FUNDS"}
    assert len(life.denials()) == 30
    await life.desk.close()


async def test_closing_twice_sells_once(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=wish(limit=None, size="1")))
    await life.settle(lambda: BTC.id in life.rows.positions)
    await life.quiet()
    close = ClosePosition(account=DEMO.id, instrument=BTC.id)

    await asyncio.gather(life.desk.handle(close), life.desk.handle(close))
    await life.settle(lambda: life.rows.positions[BTC.id].size == 0)
    await life.quiet()

    assert [o.intent.side for o in life.venue.orders] == [Side.BUY, Side.SELL]
    await life.desk.close()


async def test_a_halt_keeps_new_orders_at_home_lets_exits_go_and_outlives_a_restart(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=wish(limit=None, size="1")))
    await life.settle(lambda: BTC.id in life.rows.positions)
    await life.quiet()
    await life.desk.handle(HaltTrading(reason="lunch"))
    await life.desk.close()

    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=wish()))
    await life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id))
    await life.settle(lambda: life.rows.positions[BTC.id].size == 0)
    await life.quiet()

    assert [code for code, _ in life.denials()] == ["HALTED"]
    assert life.desk.state is TradingState.HALTED
    told = [e for e in life.events if isinstance(e, TradingStateMoved)]
    assert (told[0].state, told[0].reason) == (TradingState.HALTED, "lunch")
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_without_a_database_orders_stay_home_and_cancels_go(scene: Scene) -> None:
    venue, rows = scene
    life = await Life(venue, rows).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    rows.is_down = True

    await life.desk.handle(PlaceOrder(intent=wish(limit="91")))
    await life.desk.handle(PlaceOrder(intent=wish(limit="92")))
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: bool(venue.cancels))
    rows.is_down = False
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)

    assert [code for code, _ in life.denials()] == ["STORAGE_DOWN", "STORAGE_DOWN"]
    assert venue.posts == [intent.client_id]
    await life.settle(lambda: not life.desk._books.is_storage_down)
    fresh = wish(limit="93")
    await life.desk.handle(PlaceOrder(intent=fresh))
    await life.settle(lambda: life.state(fresh.client_id) is OrderState.OPEN)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_a_row_that_was_stored_without_our_knowing_is_withdrawn(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.rows.refusals.append("unsure")
    intent = wish()

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.REJECTED)

    assert life.venue.posts == []
    assert "never sent" in life.rows.orders[intent.client_id].reason
    await life.desk.close()


@pytest.mark.allow_warnings
@pytest.mark.parametrize("fault", ["down", "unsure"])
async def test_a_fill_survives_writes_that_fail_and_counts_once(scene: Scene, fault: str) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90", size="1")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.rows.refusals.extend([fault, fault, "down"])

    life.venue.tick(BTC, Decimal(90))
    await life.quiet()
    # Stored is not yet remembered: the desk has to find out that the doubtful write came through.
    await life.settle(lambda: BTC.id in life.desk._books.blotter.positions)

    assert life.rows.positions[BTC.id] == life.desk._books.blotter.positions[BTC.id]
    recorded = [row for row in life.rows.journal if row.draft.type == "fill.recorded"]
    assert len(recorded) == 1
    await life.desk.close()


async def test_a_strategy_that_sends_too_fast_is_halted_until_a_person_resumes(
    scene: Scene,
) -> None:
    life = await Life(*scene, limits=RiskLimits(max_orders_per_minute=3)).begin()

    for _ in range(10):
        intent = wish(limit="90", origin=Origin.STRATEGY)
        await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: len(life.venue.posts) == 3)

    assert [code for code, _ in life.denials()] == ["RATE", *["HALTED"] * 6]
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()


async def test_a_hand_that_sends_too_fast_is_only_slowed(scene: Scene) -> None:
    life = await Life(*scene, limits=RiskLimits(max_orders_per_minute=1)).begin()

    for _ in range(3):
        await life.desk.handle(PlaceOrder(intent=wish(limit="90")))

    assert [code for code, _ in life.denials()] == ["RATE", "RATE"]
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()


async def test_a_denial_is_in_the_journal_with_its_reason(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(size="200")

    await life.desk.handle(PlaceOrder(intent=intent))

    ((code, reason),) = life.denials()
    (row,) = [row for row in life.rows.journal if row.draft.type == "order.denied"]
    assert (row.draft.payload["code"], row.draft.payload["reason"]) == (code, reason)
    assert row.draft.correlation == intent.client_id
    await life.desk.close()


async def test_cancelling_everything_takes_one_instrument_or_all(scene: Scene) -> None:
    life = await Life(*scene).begin()
    btc, eth = wish(limit="90"), wish(size="1", limit="9", instrument=ETH)
    for intent in (btc, eth):
        await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(btc.client_id) is OrderState.OPEN)
    await life.settle(lambda: life.state(eth.client_id) is OrderState.OPEN)

    await life.desk.handle(CancelAllOrders(account=DEMO.id, instrument=ETH.id))
    await life.settle(lambda: life.state(eth.client_id) is OrderState.CANCELED)
    assert life.state(btc.client_id) is OrderState.OPEN
    await life.desk.handle(CancelAllOrders(account=DEMO.id))
    await life.settle(lambda: life.state(btc.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_a_command_that_can_do_nothing_says_so(scene: Scene) -> None:
    life = await Life(*scene).begin()
    paper = AccountId("paper")

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=ClientOrderId("none")))
    await life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id))
    await life.desk.handle(ClosePosition(account=DEMO.id, instrument=InstrumentId("x:spot:Y/Z")))
    await life.desk.handle(CancelAllOrders(account=paper))

    texts = [event.text for event in life.events if isinstance(event, NoticeRaised)]
    assert texts == [
        "Order none is not open.",
        "There is no position in BTC/USDT to close.",
        "The venue lists no x:spot:Y/Z.",
        "This desk trades demo; nothing was done for paper.",
    ]
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_a_halt_holds_at_once_even_if_it_cannot_be_written(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.rows.is_down = True

    await life.desk.handle(HaltTrading(reason="storm"))
    assert life.desk.state is TradingState.HALTED
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.HALTED
    texts = [event.text for event in life.events if isinstance(event, NoticeRaised)]
    assert any("could not be written down" in text for text in texts)
    assert any("the halt stays" in text for text in texts)
    life.rows.is_down = False
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_a_cancel_that_leaves_unwritten_does_not_close_the_door_for_good(
    scene: Scene,
) -> None:
    hasty = replace(QUICK, patience_s=0.05)
    life = await Life(*scene, options=hasty).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.rows.is_down = True
    life.venue.cancel_faults.append("lost before")
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: bool(life.venue.cancels))
    life.rows.is_down = False

    fresh = wish(limit="93")
    await life.desk.handle(PlaceOrder(intent=fresh))
    await life.settle(lambda: life.state(fresh.client_id) is OrderState.OPEN)
    assert life.denials() == []
    await life.desk.close()


async def test_a_caller_that_goes_away_stops_no_command_half_way(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")

    caller = asyncio.create_task(life.desk.handle(PlaceOrder(intent=intent)))
    await asyncio.sleep(0)
    caller.cancel()
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    assert life.venue.posts == [intent.client_id]
    await life.desk.close()


async def test_closing_the_desk_leaves_a_request_under_way_unknown(scene: Scene) -> None:
    life = await Life(*scene, options=replace(QUICK, close_s=0.02, send_timeout_s=5)).begin()
    life.venue.faults.append("late")
    life.venue.disturb = lambda report: ()
    life.desk._rounds._wait = 60.0
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: bool(life.venue.orders))
    await life.desk.close()

    assert life.state(intent.client_id) in {OrderState.UNKNOWN, OrderState.OPEN}
    assert life.venue.posts == [intent.client_id]


@pytest.mark.allow_warnings
async def test_a_stream_that_fails_by_a_bug_leaves_the_desk_unable_to_raise_exposure(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    life.desk._books.hear = None  # type: ignore[method-assign, assignment]  # a bug
    life.venue.end(LedgerOrder(intent=wish(), venue_id=VenueOrderId("1")), "expired")
    await life.settle(lambda: life.desk.state is TradingState.UNRECONCILED)

    await life.desk.handle(PlaceOrder(intent=wish()))
    assert [code for code, _ in life.denials()] == ["UNRECONCILED"]
    assert any(isinstance(e, NoticeRaised) and "private stream" in e.text for e in life.events)
    await life.desk.close()
