"""First in first out beside average cost: by hand, and by chance against the position."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.fifo import FifoBook
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Fill,
    Liquidity,
    Money,
    Side,
    TradeId,
    VenueOrderId,
)
from fks_desk.trading.portfolio import replay
from tests.fakes.trading import BTC, START

BUY, SELL = Side.BUY, Side.SELL


def fill(number: int, side: Side, size: str, price: str, fee: str = "0", of: str = "USDT") -> Fill:
    at = START + timedelta(minutes=number)
    return Fill(
        account=AccountId("demo"),
        instrument=BTC.id,
        trade_id=TradeId(str(number)),
        client_id=ClientOrderId("o"),
        venue_order_id=VenueOrderId("1"),
        side=side,
        price=Decimal(price),
        size=Decimal(size),
        fee=Money(amount=Decimal(fee), currency=of),
        liquidity=Liquidity.TAKER,
        ts_event=at,
        ts_init=at,
    )


def test_the_oldest_lot_leaves_first_and_the_average_stands_beside_it() -> None:
    book = FifoBook(
        BTC,
        [
            fill(1, BUY, "1", "100", "0.1"),
            fill(2, BUY, "1", "200", "0.2"),
            fill(3, SELL, "1.5", "300", "0.45"),
        ],
    )

    first, second = book.legs
    assert (first.cost, first.proceeds, first.fee, first.gain) == (
        Decimal(100), Decimal(300), Decimal("0.3"), Decimal("199.7"),
    )  # fmt: skip
    assert (second.size, second.cost, second.gain) == (
        Decimal("0.5"), Decimal(100), Decimal("49.85"),
    )  # fmt: skip
    assert first.average_gain + second.average_gain == Decimal("224.55")
    # 300 * 1.5 less 100 less 100, less 0.1, 0.2 and 0.45.
    assert book.realised == Decimal("249.25")
    (lot,) = book.lots
    assert (lot.size, lot.cost, lot.price, book.unrealised(Decimal(250))) == (
        Decimal("0.5"), Decimal(100), Decimal(200), Decimal(25),
    )  # fmt: skip


def test_a_fee_in_what_was_bought_makes_it_dearer() -> None:
    book = FifoBook(BTC, [fill(1, BUY, "1", "100", "0.001", "BTC")])

    assert (book.size, book.cost, book.realised) == (Decimal("0.999"), Decimal(100), 0)


def test_a_position_that_turns_round_closes_one_side_and_opens_the_other() -> None:
    book = FifoBook(BTC, [fill(1, BUY, "1", "100"), fill(2, SELL, "3", "110")])

    assert (book.size, book.cost, book.realised) == (Decimal(-2), Decimal(-220), Decimal(10))
    assert book.unrealised(Decimal(100)) == 20


MOVES = st.lists(
    st.tuples(
        st.sampled_from([BUY, SELL]),
        st.integers(1, 50),
        st.integers(90, 110),
        st.sampled_from(["USDT", "BTC", "BNB"]),
    ),
    min_size=1,
    max_size=30,
)


@given(moves=MOVES)
def test_both_ways_hold_the_same_and_agree_whenever_the_position_is_flat(
    moves: list[tuple[Side, int, int, str]],
) -> None:
    fills = [
        fill(number, side, f"{size}", f"{price}", f"{Decimal(size) / 1000}", currency)
        for number, (side, size, price, currency) in enumerate(moves, 1)
    ]
    held = replay(fills, BTC, "USDT").size
    if held:
        side = SELL if held > 0 else BUY
        fills.append(fill(len(fills) + 1, side, f"{abs(held)}", "100"))

    book, position = FifoBook(BTC, fills), replay(fills, BTC, "USDT")

    assert book.size == position.size == 0
    assert abs(book.realised - position.realised.amount) <= Decimal("1e-15")
    assert abs(sum((leg.gain - leg.average_gain for leg in book.legs), Decimal(0))) <= Decimal(
        "1e-15"
    )
