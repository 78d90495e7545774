from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import (
    FIRST_DAY,
    Balance,
    Candle,
    Fill,
    InstrumentKind,
    Liquidity,
    MarketTrade,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    RowRef,
    Side,
    Span,
    Timeframe,
    TradeId,
    VenueOrderId,
    digits,
    instrument_id,
    parse_decimal,
)
from tests.fakes.trading import BTC, DEMO, START, wish

CANDLE = Candle(
    instrument=BTC.id,
    timeframe=Timeframe.M5,
    opened=START,
    open=Decimal(100),
    high=Decimal(110),
    low=Decimal(90),
    close=Decimal(105),
    volume=Decimal(0),
    is_closed=True,
    ts_event=START,
    ts_init=START,
)


def test_sides_know_their_sign_and_their_opposite() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY


@pytest.mark.parametrize("timeframe", Timeframe)
def test_a_timeframe_floors_any_moment_to_its_grid(timeframe: Timeframe) -> None:
    moment = datetime.fromisoformat("2026-03-01T13:37:42.123456+00:00")
    opened = timeframe.floor(moment)

    assert opened <= moment < opened + timeframe.delta
    assert timeframe.floor(opened) == opened
    assert timeframe.milliseconds == timeframe.delta / timedelta(milliseconds=1)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1,000", "abc", "", "1e"])
def test_text_that_is_no_finite_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="size must be"):
        parse_decimal(text, "size")


def test_a_number_is_read_as_it_stands() -> None:
    assert parse_decimal(" 0.10 ", "size") == Decimal("0.10")
    assert parse_decimal("1e-8", "size") == Decimal("0.00000001")


def test_money_adds_only_to_its_own_kind() -> None:
    one = Money(amount=Decimal(1), currency="USDT")

    assert (one + one).amount == 2
    with pytest.raises(ValueError, match="cannot add BTC to USDT"):
        one + Money(amount=Decimal(1), currency="BTC")
    with pytest.raises(ValueError, match="currency must be named"):
        Money(amount=Decimal(1), currency="")
    with pytest.raises(ValueError, match="amount must be finite"):
        Money(amount=Decimal("NaN"), currency="USDT")


def test_an_instrument_is_venue_kind_and_symbol() -> None:
    assert BTC.id == "demo:spot:BTC/USDT"
    assert instrument_id("demo", InstrumentKind.LINEAR, "BTC/USDT") == "demo:linear:BTC/USDT"
    assert (BTC.price_digits, BTC.size_digits) == (2, 5)
    assert (digits(Decimal("0.10")), digits(Decimal(5)), digits(Decimal("1e3"))) == (1, 0, 0)
    assert digits(Decimal("NaN")) == 0


@given(st.decimals("0.01", "1000000", places=8))
def test_a_snapped_order_fits_the_steps_and_never_oversells(number: Decimal) -> None:
    assert BTC.snap_size(number) % BTC.lot == 0
    assert number - BTC.lot < BTC.snap_size(number) <= number
    assert BTC.snap_price(number) % BTC.tick == 0
    assert abs(BTC.snap_price(number) - number) <= BTC.tick / 2


@pytest.mark.parametrize("name", ["tick", "lot", "contract_size"])
@pytest.mark.parametrize("step", ["0", "-1", "NaN", "Infinity"])
def test_an_instrument_without_a_step_is_refused(name: str, step: str) -> None:
    with pytest.raises(ValueError, match=name):
        replace(BTC, **{name: Decimal(step)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"open": Decimal(0)}, "open must be above zero"),
        ({"close": Decimal("NaN")}, "close must be finite"),
        ({"volume": Decimal(-1)}, "volume must be zero or more"),
        ({"volume": Decimal("Infinity")}, "volume must be zero or more"),
        ({"high": Decimal(104)}, "need low <= open, close <= high"),
        ({"low": Decimal(101)}, "need low <= open, close <= high"),
        ({"opened": datetime(2026, 3, 1)}, "opened must be aware UTC"),
    ],
)
def test_a_candle_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CANDLE, **change)


def test_a_candle_ends_where_the_next_opens() -> None:
    assert CANDLE.closes == START + timedelta(minutes=5)


def test_a_print_needs_a_price_and_a_size() -> None:
    good = MarketTrade(
        instrument=BTC.id,
        trade_id=TradeId("1"),
        side=Side.BUY,
        price=Decimal(1),
        size=Decimal(1),
        ts_event=START,
        ts_init=START,
    )
    with pytest.raises(ValueError, match="price"):
        replace(good, price=Decimal(-1))
    with pytest.raises(ValueError, match="size"):
        replace(good, size=Decimal(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": Decimal(0)}, "size must be above zero"),
        ({"reference_price": Decimal(-1)}, "reference_price must be above zero"),
        ({"limit_price": None}, "a limit order needs a limit price"),
        ({"kind": OrderKind.MARKET}, "a market order has none"),
        ({"limit_price": Decimal(0)}, "limit_price must be above zero"),
        ({"created": datetime(2026, 3, 1)}, "created must be aware UTC"),
    ],
)
def test_an_intent_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(wish(), **change)


def test_an_intent_counts_at_its_limit_or_at_the_price_it_was_wished_at() -> None:
    limit: OrderIntent = wish(size="2", limit="90")
    market = wish(size="2", limit=None, reference="95")

    assert (limit.worst_price, limit.notional) == (Decimal(90), Decimal(180))
    assert (market.worst_price, market.notional) == (Decimal(95), Decimal(190))


def test_an_order_knows_what_is_left() -> None:
    intent = wish(size="2")
    order = Order(intent=intent, state=OrderState.PARTIAL, filled=Decimal("0.5"), updated=START)

    assert (order.client_id, order.remaining) == (intent.client_id, Decimal("1.5"))


def test_a_fill_is_unique_by_account_instrument_and_trade() -> None:
    fill = Fill(
        account=DEMO.id,
        instrument=BTC.id,
        trade_id=TradeId("7"),
        client_id=wish().client_id,
        venue_order_id=VenueOrderId("1"),
        side=Side.BUY,
        price=Decimal(100),
        size=Decimal(2),
        fee=Money(amount=Decimal("-0.1"), currency="USDT"),
        liquidity=Liquidity.MAKER,
        ts_event=START,
        ts_init=START,
    )

    assert fill.key == (DEMO.id, BTC.id, "7")
    assert fill.notional == 200
    for name in ("price", "size"):
        with pytest.raises(ValueError, match=name):
            replace(fill, **{name: Decimal(0)})


def test_a_position_tells_what_closing_would_add() -> None:
    nothing = Money(amount=Decimal(0), currency="USDT")
    flat = Position(
        account=DEMO.id,
        instrument=BTC.id,
        size=Decimal(0),
        average_price=None,
        realised=nothing,
        fees=nothing,
        updated=START,
    )
    short = replace(flat, size=Decimal(-2), average_price=Decimal(100))

    assert flat.unrealised(Decimal(50)) == nothing
    assert short.unrealised(Decimal(90)) == Money(amount=Decimal(20), currency="USDT")


def test_a_balance_is_free_and_locked_together() -> None:
    balance = Balance(
        account=DEMO.id, currency="USDT", free=Decimal(3), locked=Decimal(4), updated=START
    )

    assert balance.total == 7


def test_a_citation_is_written_kind_and_key() -> None:
    assert str(RowRef.parse("order:t-1:x")) == "order:t-1:x"
    assert RowRef.parse("trade:8") == RowRef(kind="trade", key="8")
    for text in ("trade", "trade:", ":8", ""):
        with pytest.raises(ValueError, match="kind:key"):
            RowRef.parse(text)


def test_a_span_ends_after_it_starts() -> None:
    assert Span(start=FIRST_DAY, end=START).end == START
    with pytest.raises(ValueError, match="need start < end"):
        Span(start=START, end=START)
    with pytest.raises(ValueError, match="end must be aware UTC"):
        Span(start=START, end=datetime(2027, 1, 1))
