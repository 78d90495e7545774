from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import Balance
from fks_desk.trading.books.funds import Funds
from tests.fakes.trading import DEMO, START


def balance(total: int, second: int, locked: int = 0) -> Balance:
    return Balance(
        account=DEMO.id,
        currency="USDT",
        free=Decimal(total - locked),
        locked=Decimal(locked),
        updated=START + timedelta(seconds=second),
    )


def test_an_unnamed_currency_holds_nothing() -> None:
    funds = Funds()

    assert funds.total("BTC") == 0
    assert funds.said("BTC") is None
    assert funds.currencies() == frozenset()


def test_an_execution_counts_on_top_until_the_venues_word_includes_it() -> None:
    funds = Funds([balance(100, 0, locked=40)])
    funds.move({"USDT": Decimal(-30), "BTC": Decimal(1)}, START + timedelta(seconds=5))
    assert (funds.total("USDT"), funds.total("BTC")) == (Decimal(70), Decimal(1))

    funds.hear(balance(70, 5))
    assert funds.total("USDT") == 70
    assert funds.currencies() == {"USDT", "BTC"}


def test_an_execution_that_the_venues_word_includes_is_not_counted_again() -> None:
    funds = Funds([balance(70, 5)])
    funds.move({"USDT": Decimal(-30)}, START + timedelta(seconds=5))

    assert funds.total("USDT") == 70


def test_a_word_between_two_executions_replaces_the_first_only() -> None:
    funds = Funds([balance(100, 0)])
    funds.move({"USDT": Decimal(-10)}, START + timedelta(seconds=1))
    funds.move({"USDT": Decimal(-20)}, START + timedelta(seconds=3))

    funds.hear(balance(90, 2))

    assert funds.total("USDT") == 70


@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_once_everything_has_arrived_the_venues_total_is_ours(amounts: list[int], chance) -> None:
    funds, total, news = Funds([balance(1000, 0)]), 1000, []
    for second, amount in enumerate(amounts, start=1):
        total += amount
        news.append((second, Decimal(amount), balance(total, second)))
    late = list(news)
    chance.shuffle(late)
    for second, amount, _ in late:
        funds.move({"USDT": amount}, START + timedelta(seconds=second))
    for _, _, word in news:
        funds.hear(word)

    assert funds.total("USDT") == total
