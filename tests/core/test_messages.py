from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core import messages
from fks_desk.core.messages import (
    LASTING,
    AnswerGrew,
    BacktestMoved,
    BookMoved,
    CandleMoved,
    Event,
    HealthMoved,
    HealthState,
    MarketTraded,
    NoticeRaised,
    OrderMoved,
    Severity,
    TaskMoved,
    TaskRecord,
    TaskState,
    TickerMoved,
)
from fks_desk.core.model import (
    Candle,
    MarketTrade,
    Order,
    OrderBook,
    OrderState,
    RunId,
    Side,
    Timeframe,
    TradeId,
)
from tests.fakes.trading import BTC, ETH, START, ticker, wish


def candle(minute: int) -> Candle:
    one = Decimal(1)
    return Candle(
        instrument=BTC.id,
        timeframe=Timeframe.M1,
        opened=START + timedelta(minutes=minute),
        open=one,
        high=one,
        low=one,
        close=one,
        volume=one,
        is_closed=False,
        ts_event=START,
        ts_init=START,
    )


def task(state: TaskState) -> TaskRecord:
    return TaskRecord(task=1, job="x", queue="low", state=state, attempts=0, queued=START)


def trade(number: int) -> MarketTrade:
    return MarketTrade(
        instrument=BTC.id,
        trade_id=TradeId(str(number)),
        side=Side.BUY,
        price=Decimal(1),
        size=Decimal(1),
        ts_event=START,
        ts_init=START,
    )


BOOK = OrderBook(instrument=BTC.id, bids=(), asks=(), sequence=1, ts_event=START, ts_init=START)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (CandleMoved(candle=candle(0)), CandleMoved(candle=candle(0))),
        (MarketTraded(trade=trade(1)), MarketTraded(trade=trade(2))),
        (
            TickerMoved(ticker=ticker(BTC.id, Decimal(1), START)),
            TickerMoved(ticker=ticker(BTC.id, Decimal(2), START)),
        ),
        (BookMoved(book=BOOK), BookMoved(book=BOOK)),
        (
            BacktestMoved(run=RunId("r"), fraction=0.1, note=""),
            BacktestMoved(run=RunId("r"), fraction=0.2, note=""),
        ),
        (AnswerGrew(question="q", text="a"), AnswerGrew(question="q", text="ab")),
        (
            HealthMoved(part="feed", state=HealthState.GOOD, detail=""),
            HealthMoved(part="feed", state=HealthState.BAD, detail="x"),
        ),
        (TaskMoved(record=task(TaskState.RUNNING)), TaskMoved(record=task(TaskState.RUNNING))),
    ],
)
def test_a_newer_state_of_the_same_thing_replaces_the_older(older: Event, newer: Event) -> None:
    assert older.merge_key is not None
    assert older.merge_key == newer.merge_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CandleMoved(candle=candle(0)), CandleMoved(candle=candle(1))),
        (
            TickerMoved(ticker=ticker(BTC.id, Decimal(1), START)),
            TickerMoved(ticker=ticker(ETH.id, Decimal(1), START)),
        ),
        (TaskMoved(record=task(TaskState.RUNNING)), TaskMoved(record=task(TaskState.DONE))),
        (
            TickerMoved(ticker=ticker(BTC.id, Decimal(1), START)),
            MarketTraded(trade=trade(1)),
        ),
    ],
)
def test_different_things_stay_apart(one: Event, other: Event) -> None:
    assert one.merge_key != other.merge_key


def test_nothing_of_money_can_be_merged() -> None:
    order = Order(intent=wish(), state=OrderState.OPEN, updated=START)

    assert OrderMoved(order=order).merge_key is None
    assert NoticeRaised(severity=Severity.INFO, text="x").merge_key is None


def test_no_lasting_event_declares_a_merge_key() -> None:
    assert all(kind.merge_key is Event.merge_key for kind in LASTING)


def test_lasting_events_are_some_of_all_events() -> None:
    every = {
        kind
        for kind in vars(messages).values()
        if isinstance(kind, type) and issubclass(kind, Event)
    }

    assert set(LASTING) < every
