"""Hold the trading stores, real and in memory, to one contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Mode,
    Money,
    OrderKind,
    OrderState,
    Side,
    TimeInForce,
)
from fks_desk.core.ports import TradingChange
from fks_desk.core.terms import Exits, Family, ParentId, Role, Terms
from tests.fakes.rows import (
    BTC,
    DEMO,
    ETH,
    NOW,
    account,
    balance,
    draft,
    fill,
    filled_change,
    intent,
    order,
    position,
)
from tests.fakes.storage import MemoryTrading


@dataclass
class Desk:
    accounts: Any
    writer: Any
    reader: Any
    journal: Any


@pytest.fixture(params=["memory", "postgres"])
def desk(request):
    if request.param == "memory":
        memory = MemoryTrading(accounts=[account()])
        return Desk(memory, memory, memory, memory.journal)
    stores = request.getfixturevalue("stores")
    return Desk(stores.accounts, stores.trading_writer, stores.trading, stores.journal)


async def test_a_change_is_stored_whole(desk):
    change = filled_change()

    new = await desk.writer.record(change)

    assert list(new) == list(change.fills)
    assert await desk.reader.orders(DEMO) == list(change.orders)
    assert await desk.reader.fills(DEMO) == list(change.fills)
    assert await desk.reader.positions(DEMO) == list(change.positions)
    assert await desk.reader.balances(DEMO) == sorted(change.balances, key=lambda one: one.currency)
    assert [row.draft for row in await desk.journal.read(0)] == list(change.events)


async def test_a_fill_counted_twice_is_refused_with_its_whole_change(desk):
    await desk.writer.record(filled_change())
    again = replace(
        filled_change(at=NOW + timedelta(seconds=1)),
        positions=(position("0.999"),),
        events=(draft("fill.again"),),
    )

    new = await desk.writer.record(again)

    assert list(new) == []
    assert [one.size for one in await desk.reader.positions(DEMO)] == [Decimal("0.4995")]
    assert [row.draft.type for row in await desk.journal.read(0)] == ["fill.recorded"]
    assert len(await desk.reader.fills(DEMO)) == 1


async def test_of_a_change_with_a_known_fill_the_new_ones_are_named_but_unstored(desk):
    await desk.writer.record(filled_change("7"))
    mixed = TradingChange(account=DEMO, orders=(order(),), fills=(fill("7"), fill("8")))

    new = await desk.writer.record(mixed)

    assert list(new) == [fill("8")]
    assert list(await desk.writer.known_fills(mixed.fills)) == [fill("7")]


def steps_of_one_order() -> list[TradingChange]:
    """Return an order's way from its start to its end, with what it did to position and money."""
    changes = [TradingChange(account=DEMO, orders=(order("o-1", state=OrderState.OPEN),))]
    realised, size = Decimal(0), Decimal(1)
    for number in range(1, 5):
        size -= Decimal("0.25")
        realised += number
        at = NOW + timedelta(seconds=number)
        moved = replace(
            order("o-1", state=OrderState.PARTIAL), filled=Decimal(number) / 4, updated=at
        )
        changes.append(
            TradingChange(
                account=DEMO,
                orders=(moved, moved),
                fills=(replace(fill(str(number), side=Side.SELL), ts_event=at),),
                positions=(position(str(size), realised=str(realised)),),
                balances=(replace(balance("USDT"), free=Decimal(number), updated=at),),
                events=(draft(correlation=f"o-1-{number}"),),
            )
        )
    return changes


async def test_changes_stored_together_leave_what_they_leave_one_by_one(stores, database):
    start = TradingChange(account=DEMO, positions=(position("1"),))
    tables = {
        "orders": "SELECT * FROM orders",
        "events": "SELECT state, filled, reason, ts_event FROM order_events ORDER BY id",
        "trades": "SELECT trade_id, is_closing, realised, ts_event FROM trades ORDER BY id",
        "positions": "SELECT * FROM positions",
        "balances": "SELECT * FROM balances",
        "history": "SELECT currency, ts, free FROM balance_history ORDER BY ts",
        "journal": "SELECT correlation, payload FROM journal ORDER BY sequence",
    }
    found = []
    for is_together in (False, True):
        async with database.writing() as connection:
            await connection.execute("ALTER TABLE journal DISABLE TRIGGER USER")
            await connection.execute(
                "TRUNCATE orders, order_events, trades, fill_ids, positions, balances, "
                "balance_history, journal"
            )
            await connection.execute("ALTER TABLE journal ENABLE TRIGGER USER")
        await stores.trading_writer.record(start)
        changes = steps_of_one_order()
        if is_together:
            assert len(await stores.trading_writer.record(*changes)) == 4
        else:
            for change in changes:
                await stores.trading_writer.record(change)
        found.append({name: await database.rows(query) for name, query in tables.items()})
        assert await stores.journal.verify() is None

    assert found[0] == found[1]
    assert [row["realised"] for row in found[1]["trades"]] == [1, 2, 3, 4]
    assert len(found[1]["events"]) == 5


async def test_of_changes_together_one_known_fill_keeps_all_unstored(desk):
    changes = steps_of_one_order()
    await desk.writer.record(changes[2])

    new = await desk.writer.record(*changes)

    assert {one.trade_id for one in new} == {"1", "3", "4"}
    assert len(await desk.reader.fills(DEMO)) == 1
    assert [
        one.trade_id
        for one in await desk.writer.known_fills(
            [fill for change in changes for fill in change.fills]
        )
    ] == ["2"]


async def test_the_same_fill_twice_in_one_change_is_refused(desk):
    change = TradingChange(account=DEMO, fills=(fill("7"), fill("7")))

    new = await desk.writer.record(change)

    assert list(new) == [fill("7")]
    assert list(await desk.reader.fills(DEMO)) == []


async def test_the_same_trade_id_of_another_instrument_is_another_fill(desk):
    await desk.writer.record(TradingChange(account=DEMO, fills=(fill("7"),)))

    new = await desk.writer.record(TradingChange(account=DEMO, fills=(fill("7", instrument=ETH),)))

    assert len(new) == 1
    assert list(await desk.reader.fills(DEMO, ETH)) == [fill("7", instrument=ETH)]


async def test_open_orders_are_those_in_no_terminal_state(desk):
    for number, state in enumerate(OrderState):
        one = order(f"t-{number:02}", state)
        await desk.writer.record(TradingChange(account=DEMO, orders=(one,)))

    states = {one.state for one in await desk.writer.open_orders(DEMO)}

    assert states == {
        OrderState.PERSISTED,
        OrderState.HELD,
        OrderState.SENDING,
        OrderState.OPEN,
        OrderState.PARTIAL,
        OrderState.CANCEL_PENDING,
        OrderState.UNKNOWN,
    }


async def test_what_was_wanted_never_changes(desk):
    await desk.writer.record(TradingChange(account=DEMO, orders=(order(),)))
    other = intent(size=Decimal(9), limit_price=Decimal(1))

    await desk.writer.record(
        TradingChange(account=DEMO, orders=(order(state=OrderState.CANCELED, wanted=other),))
    )

    stored = await desk.writer.order(DEMO, "t-1")
    assert stored.state is OrderState.CANCELED
    assert stored.intent == intent()


async def test_an_older_balance_does_not_replace_a_newer_one(desk):
    newer, older = balance(free="5", at=NOW + timedelta(seconds=1)), balance(free="4")
    await desk.writer.record(TradingChange(account=DEMO, balances=(newer,)))

    await desk.writer.record(TradingChange(account=DEMO, balances=(older,)))

    assert await desk.reader.balances(DEMO) == [newer]


async def test_the_last_fill_time_is_the_newest_event(desk):
    assert await desk.writer.last_fill_time(DEMO) is None
    for number in (3, 1, 2):
        one = fill(str(number), at=NOW + timedelta(minutes=number))
        await desk.writer.record(TradingChange(account=DEMO, fills=(one,)))

    assert await desk.writer.last_fill_time(DEMO) == NOW + timedelta(minutes=3)
    assert [one.trade_id for one in await desk.reader.fills(DEMO)] == ["3", "2", "1"]


async def test_a_row_of_an_unknown_account_is_refused(desk):
    stranger = AccountId("nobody")
    one = fill(account=stranger)

    with pytest.raises(DataError):
        await desk.writer.record(TradingChange(account=stranger, fills=(one,)))


async def test_an_account_keeps_its_mode_and_may_change_its_title(desk):
    await desk.accounts.ensure_account(account(title="My demo"))

    with pytest.raises(ConfigError, match="stays that"):
        await desk.accounts.ensure_account(account(mode=Mode.LIVE))

    assert [(one.mode, one.title) for one in await desk.reader.accounts()] == [
        (Mode.DEMO, "My demo")
    ]


async def test_an_unknown_order_is_none(desk):
    assert await desk.writer.order(DEMO, "missing") is None
    assert list(await desk.writer.known_fills([])) == []


amounts = st.decimals(
    min_value=Decimal("1e-18"), max_value=Decimal("1e15"), allow_nan=False, allow_infinity=False
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_decimals_come_back_digit_for_digit(stores, data):
    price, size, fee = (data.draw(amounts) for _ in range(3))
    key = uuid4().hex  # not drawn: a repeated example must not be a repeated fill
    one = fill(key, price=price, size=size, fee=Money(amount=-fee, currency="BNB"))

    await stores.trading_writer.record(TradingChange(account=DEMO, fills=(one,)))

    back = (await stores.trading_writer.known_fills([one]))[0]
    assert back == one
    assert (f"{back.price:f}", f"{back.size:f}") == (f"{price:f}", f"{size:f}")


async def test_each_step_of_an_order_is_an_event_and_a_repetition_is_none(stores, database):
    for state in (OrderState.PERSISTED, OrderState.SENDING, OrderState.OPEN, OrderState.OPEN):
        change = TradingChange(account=DEMO, orders=(order(state=state),))
        await stores.trading_writer.record(change)

    rows = await database.rows("SELECT state FROM order_events ORDER BY id")
    assert [row["state"] for row in rows] == ["persisted", "sending", "open"]


async def test_a_closing_fill_carries_its_realised_result(stores, database):
    await stores.trading_writer.record(filled_change("7"))
    sold = TradingChange(
        account=DEMO,
        fills=(fill("8", side=Side.SELL, size=Decimal("0.4995")),),
        positions=(position("0", realised="12.34"),),
    )
    await stores.trading_writer.record(sold)

    rows = await database.rows("SELECT is_closing, realised FROM trades ORDER BY id")
    assert [(row["is_closing"], row["realised"]) for row in rows] == [
        (False, Decimal(0)),
        (True, Decimal("12.34")),
    ]


async def test_a_refused_value_leaves_nothing_behind(stores, database):
    change = replace(filled_change(), positions=(position(leverage=Decimal("NaN")),))

    with pytest.raises(DataError, match="refuses a value"):
        await stores.trading_writer.record(change)

    counts = await database.rows(
        "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM trades) "
        "+ (SELECT count(*) FROM fill_ids) + (SELECT count(*) FROM journal) AS rows"
    )
    assert counts[0]["rows"] == 0


async def test_the_database_itself_keeps_an_account_in_its_mode(stores, database):
    with pytest.raises(DataError, match="never change"):
        await database.rows("UPDATE accounts SET mode = 'live' RETURNING id")


async def test_two_changes_at_once_count_a_fill_once(stores):
    import asyncio

    results = await asyncio.gather(
        *(stores.trading_writer.record(filled_change("7")) for _ in range(6))
    )

    assert sorted(len(new) for new in results) == [0, 0, 0, 0, 0, 1]
    assert len(await stores.trading.fills(DEMO, BTC)) == 1


async def test_an_orders_terms_and_family_come_back_to_the_last_digit(desk):
    await desk.accounts.ensure_account(account())
    wanted = intent(
        kind=OrderKind.STOP_LIMIT,
        time_in_force=TimeInForce.GTD,
        terms=Terms(
            trigger_price=Decimal("99.90"),
            is_reduce_only=True,
            expires=NOW + timedelta(hours=1),
            exits=Exits(target=Decimal("110.00"), trail_bps=150),
            beside=Decimal("120.50"),
        ),
        family=Family(parent=ParentId("p-1"), role=Role.STOP, number=2),
        replaces=ClientOrderId("t-0"),
    )

    await desk.writer.record(
        TradingChange(account=DEMO, orders=(order(state=OrderState.HELD, wanted=wanted),))
    )

    assert [one.intent for one in await desk.writer.open_orders(DEMO)] == [wanted]
