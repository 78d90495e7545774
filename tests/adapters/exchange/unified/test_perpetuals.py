"""Binance's perpetuals tell mark, funding and open interest through the real ccxt class."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.unified.perpetuals import UnifiedPerpetuals, _interest
from fks_desk.core.clock import SystemClock, from_ms
from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.model import InstrumentKind
from tests.adapters.exchange.unified.conftest import take


async def test_the_perpetual_is_listed_apart_from_the_coin(futures):
    (btc,) = await futures.market.instruments()

    assert btc.id == "binanceusdm:linear:BTC/USDT"
    assert (btc.kind, btc.settle, btc.tick) == (InstrumentKind.LINEAR, "USDT", Decimal("0.1"))


async def test_streamed_mark_and_asked_interest_become_one_state(futures):
    (btc,) = await futures.market.instruments()
    states = []
    async with asyncio.timeout(60), contextlib.aclosing(futures.perpetuals.perpetual(btc)) as told:
        async for state in told:
            states.append(state)
            marks = {one.mark for one in states}
            if state.open_interest is not None and Decimal("11794.15") in marks:
                break

    assert states[-1].open_interest == Decimal("10659.509")
    assert states[-1].next_funding == from_ms(1597392000000)
    assert {state.funding_rate for state in states} <= {
        Decimal("-0.00038167"),
        Decimal("0.00038246"),
    }


async def test_without_a_stream_all_of_it_is_asked_for(futures):
    (btc,) = await futures.market.instruments()
    client = futures.perpetuals._client
    client.has = {**client.has, "watchMarkPrice": False}
    (state,) = await take(futures.perpetuals.perpetual(btc), 1)

    assert (state.mark, state.index) == (Decimal("11793.63104562"), Decimal("11781.8049597"))
    assert state.funding_rate == Decimal("0.00038246")


async def test_an_exchange_that_tells_nothing_is_named(futures):
    (btc,) = await futures.market.instruments()
    silent = UnifiedPerpetuals(
        venue="quiet", clock=SystemClock(), client=type("Silent", (), {"has": {}})()
    )
    with pytest.raises(DataError, match="quiet tells no mark price or funding"):
        await take(silent.perpetual(btc), 1)


async def test_an_answer_that_fails_ends_the_stream(futures, server):
    (btc,) = await futures.market.instruments()
    client = futures.perpetuals._client
    client.has = {**client.has, "watchMarkPrice": False}
    server.status = 503
    with pytest.raises(FeedUnavailable, match="funding and mark price"):
        await take(futures.perpetuals.perpetual(btc), 1)


async def test_contracts_become_units_of_the_base_currency(futures):
    (btc,) = await futures.market.instruments()
    small = replace(btc, contract_size=Decimal("0.01"))

    told = {"openInterestAmount": 500.0, "markPrice": 100.0}
    assert _interest(told, small) == {"open_interest": Decimal("5.00")}
    assert _interest({"openInterestAmount": 500.0}, small) == {"open_interest": None}
