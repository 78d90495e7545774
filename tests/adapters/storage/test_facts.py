"""Ask exact questions and follow citations to their rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.adapters.storage.fact_queries import FACTS
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Money, OrderState, RowRef, Side, Timeframe
from fks_desk.core.ports import TradingChange
from tests.adapters.storage.test_tables import report
from tests.fakes.rows import (
    BTC,
    DEMO,
    ETH,
    NOW,
    balance,
    candle,
    draft,
    fill,
    filled_change,
    instrument,
    order,
    position,
    signal,
)

HOUR = timedelta(hours=1)


@pytest.fixture
async def facts(stores):
    """Return the fact book of a small history: two round trips, one won and one lost."""
    usdt = {"currency": "USDT"}
    steps = [
        ("1", BTC, Side.BUY, "100", "0.5", "0", "0.5"),
        ("2", BTC, Side.SELL, "120", "0.5", "9.89", "0"),
        ("3", ETH, Side.BUY, "10", "2", "0", "2"),
        ("4", ETH, Side.SELL, "9", "1", "-1.01", "1"),
    ]
    for number, (trade, where, side, price, size, realised, held) in enumerate(steps):
        at = NOW + number * HOUR
        change = TradingChange(
            account=DEMO,
            orders=(order(f"t-{trade}", OrderState.FILLED, at),),
            fills=(
                fill(
                    trade,
                    f"t-{trade}",
                    at,
                    instrument=where,
                    side=side,
                    price=Decimal(price),
                    size=Decimal(size),
                    fee=Money(amount=Decimal("0.05"), **usdt),
                ),
            ),
            positions=(position(held, realised, at, instrument=where),),
            balances=(balance(free=str(9000 + number), at=at),),
            events=(draft("fill.recorded", at, f"t-{trade}"),),
        )
        await stores.trading_writer.record(change)
    await stores.trading_writer.record(TradingChange(account=DEMO, orders=(order("t-9"),)))
    await stores.signals.record_signals([signal(1), signal(2)])
    await stores.backtests.record_backtest(report())
    await stores.candle_writer.upsert([candle(n, close=str(100 + n)) for n in range(5)])
    await stores.instruments.save_instruments([instrument()])
    return stores.facts


@pytest.mark.parametrize("name", sorted(FACTS))
async def test_every_fact_runs_and_cites_rows_that_exist(facts, name):
    arguments = {
        "instrument": BTC,
        "timeframe": "5m",
        "client_id": "t-1",
        "correlation": "t-1",
    }
    fact = FACTS[name]
    if name in {"biggest_losses", "open_positions"}:
        arguments["instrument"] = ETH

    rows = await facts.ask(
        name, **{key: value for key, value in arguments.items() if key in fact.parameters}
    )

    assert rows
    for row in rows:
        assert await facts.row(RowRef.parse(row["ref"])) is not None
        for ref in row.get("refs", ()):
            assert await facts.row(RowRef.parse(ref)) is not None


@pytest.mark.parametrize("name", sorted(FACTS))
async def test_every_fact_is_silent_about_an_empty_desk(stores, name):
    assert list(await stores.facts.ask(name)) == []


async def test_sums_are_exact(facts):
    volume = {row["instrument"]: row for row in await facts.ask("traded_volume")}
    fees = await facts.ask("fees_sum")
    result = {row["instrument"]: row["realised"] for row in await facts.ask("realised_sum")}
    wins = (await facts.ask("win_rate"))[0]

    assert volume[BTC]["notional"] == Decimal(110)
    assert volume[ETH]["size"] == Decimal(3)
    assert [(row["currency"], row["fees"]) for row in fees] == [("USDT", Decimal("0.20"))]
    assert result == {BTC: Decimal("9.89"), ETH: Decimal("-1.01")}
    assert (wins["closings"], wins["wins"], wins["losses"]) == (2, 1, 1)
    assert wins["rate"] == Decimal("0.5")


async def test_filters_narrow_and_limits_hold(facts):
    buys = await facts.ask("newest_fills", side="buy", account=DEMO)
    late = await facts.ask("newest_fills", start=NOW + HOUR, end=NOW + 3 * HOUR)
    one = await facts.ask("newest_fills", limit=1)

    assert [row["trade_id"] for row in buys] == ["3", "1"]
    assert [row["trade_id"] for row in late] == ["3", "2"]
    assert [row["trade_id"] for row in one] == ["4"]


async def test_the_biggest_win_and_loss_are_closing_fills(facts):
    assert [row["trade_id"] for row in await facts.ask("biggest_wins")] == ["2"]
    assert [row["trade_id"] for row in await facts.ask("biggest_losses")] == ["4"]


async def test_a_candle_span_is_summed_up(facts):
    change = (await facts.ask("candle_change", instrument=BTC, timeframe="5m"))[0]

    assert (change["open"], change["close"], change["candles"]) == (100.0, 104.0, 5)
    assert change["change_pct"] == pytest.approx(4.0)


ROWS = {
    "order:t-1": ("client_id", "t-1"),
    f"position:{DEMO}/{BTC}": ("realised", Decimal("9.89")),
    f"balance:{DEMO}/USDT": ("total", Decimal(9003)),
    "signal:s-1": ("strategy", "sma_cross"),
    "backtest:run-1": ("run", "run-1"),
    f"candle:{BTC}/5m/{to_ms(NOW + Timeframe.M5.delta)}": ("close", 101.0),
    "journal:1": ("type", "fill.recorded"),
}


@pytest.mark.parametrize("ref", ROWS)
async def test_a_citation_leads_to_its_row(facts, ref):
    row = await facts.row(RowRef.parse(ref))

    column, value = ROWS[ref]
    assert row[column] == value
    assert row["ref"] == ref


@pytest.mark.parametrize(
    "ref", ["trade:999999", "order:none", "journal:0", "candle:demo:spot:BTC/USDT/5m/0"]
)
async def test_a_row_that_is_gone_is_none(facts, ref):
    assert await facts.row(RowRef.parse(ref)) is None


@pytest.mark.parametrize(
    "ref", ["trade:x", "position:demo", "candle:a", "candle:a/5m/x", "table:1", "journal:1e9"]
)
async def test_an_unreadable_citation_is_refused(facts, ref):
    with pytest.raises(DataError):
        await facts.row(RowRef.parse(ref))


async def test_unknown_facts_and_arguments_are_refused(stores):
    with pytest.raises(DataError, match="there is no fact"):
        await stores.facts.ask("everything")
    with pytest.raises(DataError, match="not colour"):
        await stores.facts.ask("newest_fills", colour="red")


async def test_an_argument_is_never_sql(facts):
    assert list(await facts.ask("newest_fills", instrument="x' OR 1=1 --")) == []


async def test_a_fill_cites_its_own_row(stores):
    await stores.trading_writer.record(filled_change("77"))
    row = (await stores.facts.ask("newest_fills"))[0]

    cited = await stores.facts.row(RowRef.parse(row["ref"]))
    assert cited["trade_id"] == "77"
