from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fks_desk.core.model import AccountId, InstrumentId, Side
from fks_desk.intelligence.questions.reading import read_question
from tests.intelligence.questions.wordings import WORDINGS

NOW = datetime(2026, 3, 5, 15, 30, tzinfo=UTC)
KNOWN = [InstrumentId(f"demo:spot:{base}/USDT") for base in ("BTC", "ETH", "SOL", "ADA", "ONE")] + [
    InstrumentId("binance:spot:BTC/USDT")
]
ALL = [(topic, text) for topic, texts in WORDINGS.items() for text in texts]


def read(text, instrument="demo:spot:BTC/USDT"):
    return read_question(
        text,
        account=AccountId("demo"),
        instrument=InstrumentId(instrument) if instrument else None,
        known=KNOWN,
        now=NOW,
    )


@pytest.mark.parametrize(("topic", "text"), ALL, ids=[text for _, text in ALL])
def test_a_question_is_understood_in_any_wording(topic, text):
    (question,) = read(text)

    assert [one.value for one in question.topics] == [topic]


@pytest.mark.parametrize(
    "text", ["tell me a joke", "hello", "What is the weather in Berlin?", "", "???", "\x00"]
)
def test_what_is_no_question_of_a_trader_has_no_topic(text):
    (question,) = read(text)

    assert question.topics == ()


def test_an_instrument_of_the_own_venue_comes_first():
    (question,) = read("What is the price of bitcoin?")

    assert question.instruments == (("demo:spot:BTC/USDT", "binance:spot:BTC/USDT"),)


def test_the_chosen_venue_decides():
    (question,) = read("What is the price of BTC?", "binance:spot:BTC/USDT")

    assert question.instruments[0][0] == "binance:spot:BTC/USDT"


def test_several_symbols_are_several_scopes():
    (question,) = read("How much ETH and SOL do I hold?")

    assert [scope[0] for scope in question.instruments] == [
        "demo:spot:ETH/USDT",
        "demo:spot:SOL/USDT",
    ]


def test_this_coin_is_the_one_on_the_chart():
    (question,) = read("What is my position in this coin?")

    assert question.instruments == (("demo:spot:BTC/USDT",),)


def test_a_text_with_two_questions_is_read_as_two():
    first, second = read("What is my win rate on ETH? And how many orders are open?")

    assert (first.topics[0].value, second.topics[0].value) == ("win_rate", "open_orders")


def test_profit_and_loss_is_one_thing():
    assert len(read("What is my profit and loss?")) == 1


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("What was my last trade?", 1),
        ("Show my last trades", 3),
        ("my last five trades", 5),
        ("last 7 fills", 7),
        ("last 999 fills", 10),
        ("my trades of the last 5 days", 3),
    ],
)
def test_a_count_is_read(text, limit):
    assert read(text)[0].limit == limit


@pytest.mark.parametrize(
    ("text", "side"),
    [("last buy", Side.BUY), ("what did I sell", Side.SELL), ("bought and sold", None)],
)
def test_a_side_is_read(text, side):
    assert read(text)[0].side is side


def test_names_of_metrics_strategies_states_and_orders_are_read():
    assert read("best backtest by sharpe")[0].metric == "sharpe"
    assert read("last backtest of sma_cross")[0].strategy == "sma_cross"
    assert read("cancelled orders")[0].state == "canceled"
    assert read("what became of order t-17?")[0].order_id == "t-17"
    assert read("how much USDT have I left?")[0].currencies == ("USDT",)
