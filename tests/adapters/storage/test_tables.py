"""Store and read instruments, prints, signals, backtests and settings."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import (
    InstrumentKind,
    MarketTrade,
    RunId,
    Side,
    SignalDecision,
    SignalId,
    Span,
    StrategyName,
    Timeframe,
    TradeId,
)
from tests.adapters.storage.conftest import native_only
from tests.fakes.rows import BTC, ETH, NOW, candle, instrument, signal


async def test_instruments_come_back_exactly_and_newer_steps_replace_older(stores):
    first = instrument(tick=Decimal("0.010"), max_size=Decimal("9000.00"))
    perpetual = instrument("ETH", kind=InstrumentKind.LINEAR, contract_size=Decimal("0.1"))
    await stores.instruments.save_instruments([first, perpetual])

    await stores.instruments.save_instruments([replace(first, tick=Decimal("0.1"))])

    found = {one.id: one for one in await stores.instruments.instruments()}
    assert found == {first.id: replace(first, tick=Decimal("0.1")), perpetual.id: perpetual}


async def test_an_instrument_that_only_candles_name_is_not_listed(stores):
    await stores.candle_writer.upsert([candle(0)])

    assert list(await stores.instruments.instruments()) == []
    await stores.instruments.save_instruments([instrument()])
    assert [one.id for one in await stores.instruments.instruments()] == [BTC]
    assert len(await stores.candles.latest(BTC, Timeframe.M5, 5)) == 1


def market_trade(number, minutes=0, instrument_id=BTC):
    moment = NOW + timedelta(minutes=minutes)
    return MarketTrade(
        instrument=instrument_id,
        trade_id=TradeId(str(number)),
        side=Side.SELL,
        price=Decimal("100.10"),
        size=Decimal("0.003"),
        ts_event=moment,
        ts_init=moment,
    )


@native_only
async def test_public_prints_are_stored_once(stores, database):
    prints = [market_trade(1), market_trade(2, 60 * 24 * 40), market_trade(1, instrument_id=ETH)]

    assert await stores.market_trades.record_market_trades(prints) == 3
    assert await stores.market_trades.record_market_trades([*prints, market_trade(3)]) == 1
    assert await stores.market_trades.record_market_trades([]) == 0

    rows = await database.rows(
        "SELECT DISTINCT tableoid::regclass::text AS part FROM market_trades"
    )
    assert {row["part"] for row in rows} == {"market_trades_202603", "market_trades_202604"}


async def test_of_one_strategy_and_bar_one_signal_is_stored(stores):
    one = signal(1)
    twin = replace(one, id=SignalId("other"), price=Decimal(1))

    assert list(await stores.signals.record_signals([one, twin, signal(2)])) == [one, signal(2)]
    assert list(await stores.signals.record_signals([one])) == []
    assert list(await stores.signals.signals()) == [signal(2), one]
    assert list(await stores.signals.signals(ETH)) == []


async def test_what_was_made_of_a_signal_is_kept_with_it_the_newest_word_last(stores):
    await stores.signals.record_signals([signal(1), signal(2)])
    await stores.signals.decide_signal(signal(1).id, SignalDecision.SKIPPED)
    taken = await stores.signals.decide_signal(signal(1).id, SignalDecision.TAKEN)

    assert taken == replace(signal(1), decision=SignalDecision.TAKEN)
    assert list(await stores.signals.signals()) == [signal(2), taken]
    assert list(await stores.signals.record_signals([signal(1)])) == []
    assert list(await stores.signals.signals()) == [signal(2), taken]
    assert await stores.signals.decide_signal(SignalId("none"), SignalDecision.TAKEN) is None


async def test_a_signal_with_an_impossible_confidence_is_refused_with_its_batch(stores):
    with pytest.raises(DataError):
        await stores.signals.record_signals([signal(1), replace(signal(2), confidence=1.5)])

    assert list(await stores.signals.signals()) == []


def report(run="run-1", bars=1000):
    trade = BacktestTrade(
        entry_time=to_ms(NOW),
        exit_time=to_ms(NOW) + 300_000,
        side="long",
        entry_price=100.1,
        exit_price=101.3,
        size=0.1 + 0.2,
        pnl=-1e-9,
        fees=0.25,
    )
    return BacktestReport(
        run=RunId(run),
        spec=BacktestSpec(
            strategy=StrategyName("sma_cross"),
            params={"fast": 10, "slow": 30},
            instrument=BTC,
            timeframe=Timeframe.M5,
            span=Span(start=NOW, end=NOW + timedelta(days=1)),
            cash=Decimal("10000.50"),
        ),
        equity_time=to_ms(NOW) + np.arange(bars, dtype=np.int64) * 300_000,
        equity=np.cumsum(np.random.default_rng(1).normal(0, 1, bars)) + 10_000,
        trades=(trade, replace(trade, side="short")),
        metrics={"total_return": 0.125, "sharpe": math.nan, "profit_factor": math.inf},
        digest="d" * 64,
        seconds=0.5,
    )


async def test_a_backtest_comes_back_whole(stores):
    stored = report()
    await stores.backtests.record_backtest(stored)
    await stores.backtests.record_backtest(report(bars=3))

    back = await stores.backtests.backtest("run-1")

    assert (back.run, back.spec, back.trades, back.digest, back.seconds) == (
        stored.run,
        stored.spec,
        stored.trades,
        stored.digest,
        stored.seconds,
    )
    assert np.array_equal(back.equity_time, stored.equity_time)
    assert np.array_equal(back.equity, stored.equity)
    assert back.metrics["total_return"] == 0.125
    assert math.isnan(back.metrics["sharpe"])
    assert await stores.backtests.backtest("missing") is None


async def test_the_newest_backtests_are_listed_without_their_curves(stores, clock):
    for number in range(3):
        await stores.backtests.record_backtest(report(f"run-{number}"))
        clock.advance(timedelta(minutes=1))

    listed = await stores.backtests.backtests(limit=2)

    assert [one.run for one in listed] == ["run-2", "run-1"]
    assert {one.equity.size for one in listed} == {0}


async def test_an_empty_backtest_is_stored_too(stores):
    await stores.backtests.record_backtest(replace(report(bars=0), trades=()))

    back = await stores.backtests.backtest("run-1")
    assert (back.equity.size, back.trades) == (0, ())


async def test_a_setting_keeps_who_when_old_and_new(stores, clock):
    assert await stores.configs.get("risk") is None
    first = await stores.configs.put("risk", {"limit": "100"}, by="hand")
    same = await stores.configs.put("risk", {"limit": "100"}, by="hand")
    clock.advance(timedelta(minutes=1))
    second = await stores.configs.put("risk", {"limit": "50"}, by="desk")

    assert (first, same, second) == (1, 1, 2)
    assert await stores.configs.get("risk") == {"limit": "50"}
    newest = (await stores.configs.history("risk"))[0]
    assert (newest.old, newest.value, newest.changed_by, newest.changed) == (
        {"limit": "100"},
        {"limit": "50"},
        "desk",
        NOW + timedelta(minutes=1),
    )
