from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import Money, Order, OrderIntent, OrderKind, OrderState, Position, Side
from fks_desk.trading.closing import closing_intent
from tests.fakes.trading import BTC, DEMO, START, wish


def held(size: str, average: str | None = "100") -> Position:
    nothing = Money(amount=Decimal(0), currency="USDT")
    return Position(
        account=DEMO.id,
        instrument=BTC.id,
        size=Decimal(size),
        average_price=None if average is None else Decimal(average),
        realised=nothing,
        fees=nothing,
        updated=START,
    )


def close(
    position: Position | None,
    *orders: Order,
    free: str = "10",
    last: str | None = "100",
) -> OrderIntent | str:
    return closing_intent(
        position,
        BTC,
        open_orders=orders,
        free_base=Decimal(free),
        last_price=None if last is None else Decimal(last),
        at=START,
    )


def exit_of(size: str, side: Side = Side.SELL) -> Order:
    return Order(intent=wish(side, size, "110"), state=OrderState.OPEN, updated=START)


def test_what_is_held_is_sold_at_the_market_in_whole_lots() -> None:
    intent = close(held("0.999999"))

    assert isinstance(intent, OrderIntent)
    assert (intent.side, intent.kind, intent.size) == (
        Side.SELL,
        OrderKind.MARKET,
        Decimal("0.99999"),
    )
    assert intent.reference_price == 100


def test_what_is_owed_is_bought_back() -> None:
    intent = close(held("-2"), free="0")

    assert isinstance(intent, OrderIntent)
    assert (intent.side, intent.size) == (Side.BUY, Decimal(2))


def test_what_open_orders_close_already_is_left_to_them() -> None:
    intent = close(held("2"), exit_of("0.5"), exit_of("3", Side.BUY))

    assert isinstance(intent, OrderIntent)
    assert intent.size == Decimal("1.5")
    assert close(held("2"), exit_of("2")) == "Open orders close all of BTC/USDT already, 2 of it."


def test_no_more_is_sold_than_is_free() -> None:
    intent = close(held("2"), free="1.2")

    assert isinstance(intent, OrderIntent)
    assert intent.size == Decimal("1.2")


def test_without_a_position_or_a_price_nothing_is_sent() -> None:
    assert close(None) == "There is no position in BTC/USDT to close."
    assert close(held("0", None)) == "There is no position in BTC/USDT to close."
    assert "No price" in str(close(held("1", None), last=None))


def test_without_a_last_price_the_average_one_is_the_reference() -> None:
    intent = close(held("1"), last=None)

    assert isinstance(intent, OrderIntent)
    assert intent.reference_price == 100


def test_dust_is_called_dust() -> None:
    for dust in ("0.000001", "0.01"):
        assert "dust" in str(close(held(dust)))
