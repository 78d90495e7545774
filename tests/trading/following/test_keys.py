"""Rows R8, R17 and C7: a venue that does not take the key any more halts the account."""

from __future__ import annotations

import pytest

from fks_desk.core.errors import FeedUnavailable, KeyRefused, OrderKeyRefused, OrderRefused
from fks_desk.core.messages import (
    CancelOrder,
    HaltTrading,
    NoticeRaised,
    PlaceOrder,
    Reconciled,
    ResumeTrading,
    Severity,
    TradingStateMoved,
)
from fks_desk.core.model import ClientOrderId, OrderState, Side, TradingState
from fks_desk.trading.following.keys import KeyWatch
from tests.fakes.trading import DEMO, NO_KEY, FakeVenue, Life, MemoryRows, wish

Scene = tuple[FakeVenue, MemoryRows]

# A stream and a look that the venue refuses are told in the log.
pytestmark = pytest.mark.allow_warnings


def errors(life: Life) -> list[str]:
    told = [event for event in life.events if isinstance(event, NoticeRaised)]
    return [event.text for event in told if event.severity is Severity.ERROR]


def halts(life: Life) -> list[str]:
    rows = [row for row in life.rows.journal if row.draft.type == "trading.halted"]
    return [str(row.draft.payload["reason"]) for row in rows]


async def resting(life: Life) -> ClientOrderId:
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    return intent.client_id


def test_only_a_refused_key_halts_and_only_once_until_a_person_resumes() -> None:
    told: list[str] = []
    watch = KeyWatch(told.append)
    for error in (OrderRefused("no money"), FeedUnavailable("gone"), TimeoutError()):
        watch.hear(error)
    assert told == []
    assert not watch.forgive()

    watch.hear(OrderKeyRefused("demo refused the order: no key"))
    watch.hear(KeyRefused("demo does not accept the API key"))
    assert len(told) == 1
    assert "demo refused the order: no key" in told[0]
    assert "Ctrl+F2" in told[0]
    assert watch.forgive()
    watch.hear(KeyRefused("demo does not accept the API key"))
    assert len(told) == 2


async def test_an_order_refused_for_the_key_is_rejected_and_halts_at_once(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.faults.append("key")
    intent = wish()

    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.REJECTED)
    assert life.desk.state is TradingState.HALTED
    await life.settle(lambda: bool(errors(life)))
    await life.desk.handle(PlaceOrder(intent=wish()))

    assert NO_KEY in life.rows.orders[intent.client_id].reason
    assert [code for code, _ in life.denials()] == ["HALTED"]
    assert len(life.venue.posts) == 2
    (told,), (written,) = errors(life), halts(life)
    assert NO_KEY in written
    assert written in told
    (halted,) = [e for e in life.events if isinstance(e, TradingStateMoved) and e.reason == written]
    assert halted.state is TradingState.HALTED
    assert life.state(kept) is OrderState.OPEN
    assert life.venue.cancels == []
    await life.desk.close()


async def test_while_only_orders_are_refused_what_rests_is_watched(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.faults.append("key")
    await life.desk.handle(PlaceOrder(intent=wish()))
    await life.settle(lambda: life.desk.state is TradingState.HALTED)

    order = life.venue.newest(kept)
    assert order is not None
    life.venue.fill(order, order.intent.size, order.intent.worst_price)
    await life.settle(lambda: life.state(kept) is OrderState.FILLED)
    await life.quiet()

    assert life.desk.state is TradingState.HALTED
    reducing = wish(Side.SELL, "0.05", "100")
    await life.desk.handle(PlaceOrder(intent=reducing))
    await life.settle(lambda: life.state(reducing.client_id) is OrderState.FILLED)
    await life.desk.close()


async def test_a_key_that_reads_nothing_any_more_halts_without_an_order(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.is_key_refused = True

    await life.settle(lambda: life.desk.state is TradingState.HALTED)
    await life.settle(lambda: bool(errors(life)))
    assert "does not accept the API key" in errors(life)[0]
    assert life.state(kept) is OrderState.OPEN
    await life.desk.close()


async def test_a_stream_that_the_venue_refuses_halts_an_idle_account(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.is_key_refused = True
    life.venue.drop_connections()

    await life.settle(lambda: life.desk.state is TradingState.HALTED)
    await life.settle(lambda: bool(halts(life)))
    await life.desk.close()


async def test_a_cancel_refused_for_the_key_is_asked_for_again_after_a_resume(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.cancel_faults.append("key")

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=kept))
    await life.settle(lambda: life.desk.state is TradingState.HALTED)
    await life.quiet()
    assert life.state(kept) is OrderState.CANCEL_PENDING
    assert life.venue.cancels == [kept]

    await life.settle(lambda: bool(errors(life)))
    await life.desk.handle(ResumeTrading())
    await life.settle(lambda: life.state(kept) is OrderState.CANCELED)
    await life.desk.close()


async def test_by_hand_it_is_asked_for_at_once(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.cancel_faults.append("key")
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=kept))
    await life.settle(lambda: life.desk.state is TradingState.HALTED)

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=kept))

    await life.settle(lambda: life.state(kept) is OrderState.CANCELED)
    await life.desk.close()


async def test_a_cancel_refused_for_the_key_outlives_a_crash(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.cancel_faults.append("key")
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=kept))
    await life.settle(lambda: bool(halts(life)))
    await life.die()

    life = await Life(*scene).begin()

    await life.settle(lambda: life.state(kept) is OrderState.CANCELED)
    await life.desk.close()


async def test_after_a_resume_the_account_is_compared_before_it_trades(scene: Scene) -> None:
    life = await Life(*scene).begin()
    kept = await resting(life)
    life.venue.is_key_refused = True
    await life.settle(lambda: life.desk.state is TradingState.HALTED)
    order = life.venue.newest(kept)
    assert order is not None
    life.venue.disturb = lambda report: ()
    life.venue.fill(order, order.intent.size, order.intent.worst_price)
    life.venue.is_key_refused = False

    life.events.clear()
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.UNRECONCILED
    await life.desk.handle(PlaceOrder(intent=wish()))
    assert [code for code, _ in life.denials()] == ["UNRECONCILED"]
    await life.settle(lambda: life.desk.state is TradingState.ACTIVE)
    assert life.state(kept) is OrderState.FILLED
    kinds = [type(e) for e in life.events if isinstance(e, Reconciled | TradingStateMoved)]
    assert kinds[-1] is TradingStateMoved
    assert Reconciled in kinds
    await life.desk.close()


async def test_a_resume_with_a_key_that_is_still_refused_halts_again(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.is_key_refused = True
    life.venue.drop_connections()
    await life.settle(lambda: len(halts(life)) == 1)

    await life.desk.handle(ResumeTrading())
    await life.settle(lambda: len(halts(life)) == 2)
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()


async def test_the_halt_for_a_key_outlives_a_restart(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("key")
    await life.desk.handle(PlaceOrder(intent=wish()))
    await life.settle(lambda: bool(errors(life)))
    await life.desk.close()

    life = await Life(*scene).begin()
    assert life.desk.state is TradingState.HALTED
    told = [e for e in life.events if isinstance(e, TradingStateMoved)]
    assert NO_KEY in told[0].reason
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()


async def test_a_halt_that_comes_while_another_is_lifted_stands(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(HaltTrading(reason="lunch"))
    append, meanwhile = life.store.append, HaltTrading(reason="storm")

    async def slow(drafts, **named):  # type: ignore[no-untyped-def]  # as the store's own
        if drafts[0].type == "trading.resumed":
            life.desk._work.start(life.desk.handle(meanwhile), name="meanwhile")
            for _ in range(5):
                await life.store._pass()
        return await append(drafts, **named)

    life.store.append = slow  # type: ignore[method-assign]  # one slow write
    await life.desk.handle(ResumeTrading())
    places = life.rows.offsets
    await life.settle(lambda: places["trading.halted:demo"] > places["trading.resumed:demo"])
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()

    life = await Life(*scene).begin()
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()
