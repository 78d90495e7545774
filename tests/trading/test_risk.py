from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import InstrumentKind, OrderKind, Origin, Side, TradingState
from fks_desk.core.terms import Exits, Terms
from fks_desk.trading.case import Exposure, LastPrice, Refusal
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.risk import is_reducing, refusal
from tests.fakes.trading import BTC, wish

LIMITS = RiskLimits()
CALM = Exposure(
    state=TradingState.ACTIVE,
    position=Decimal(0),
    closing=Decimal(0),
    free_base=Decimal(10),
    free_quote=Decimal(10_000),
    open_orders=0,
    unknown_orders=0,
    orders_last_minute=0,
    total=Decimal(0),
    last=LastPrice(price=Decimal(100), age_s=Decimal(1)),
    rate=Decimal(1),
)
HOLDING = replace(CALM, position=Decimal(2), free_base=Decimal(2))


def code(
    intent: Any = None,
    exposure: Exposure = CALM,
    limits: RiskLimits = LIMITS,
    **instrument: Any,
) -> str | None:
    found = refusal(intent or wish(), replace(BTC, **instrument), limits, exposure)
    return None if found is None else found.code


def test_a_plain_order_passes() -> None:
    assert code() is None
    assert code(wish(Side.SELL)) is None
    assert code(wish(limit=None)) is None


def test_an_instrument_that_is_not_listed_is_refused() -> None:
    found = refusal(wish(), None, LIMITS, CALM)

    assert found == ("NO_INSTRUMENT", "the venue lists no demo:spot:BTC/USDT")


def test_an_adopted_order_is_never_sent() -> None:
    assert code(wish(origin=Origin.EXTERNAL)) == "ORIGIN"


def test_perpetuals_settled_in_coins_are_not_traded() -> None:
    assert code(kind=InstrumentKind.INVERSE) == "KIND"


def test_a_perpetual_needs_margin_and_no_coins() -> None:
    rich = replace(CALM, free_margin=Decimal(1_000_000), leverage=Decimal(10))

    assert code(wish(), rich, kind=InstrumentKind.LINEAR) != "KIND"
    assert (
        code(wish(), replace(rich, free_margin=Decimal(0)), kind=InstrumentKind.LINEAR) == "MARGIN"
    )


def test_a_halted_instrument_is_refused() -> None:
    assert code(is_trading=False) == "NOT_TRADING"


@pytest.mark.parametrize(
    "state", [TradingState.UNRECONCILED, TradingState.REDUCING, TradingState.HALTED]
)
def test_without_an_active_desk_only_reducing_orders_leave(state: TradingState) -> None:
    exposure = replace(HOLDING, state=state)

    assert code(wish(), exposure) == state.name
    assert code(wish(Side.SELL, "2"), exposure) is None
    assert code(wish(Side.SELL, "2.1"), exposure) == state.name
    assert code(wish(Side.SELL, "0.1"), replace(exposure, position=Decimal(0))) == state.name


def test_an_exit_sent_twice_cannot_turn_the_position() -> None:
    exposure = replace(HOLDING, state=TradingState.HALTED, closing=Decimal(2))

    assert code(wish(Side.SELL, "2"), exposure) == "HALTED"
    assert not is_reducing(wish(Side.SELL, "2"), BTC, LIMITS, exposure)
    assert is_reducing(wish(Side.SELL, "2"), BTC, LIMITS, HOLDING)


def test_a_short_position_is_reduced_by_buying() -> None:
    exposure = replace(CALM, state=TradingState.REDUCING, position=Decimal(-1))

    assert code(wish(Side.BUY, "1"), exposure) is None
    assert code(wish(Side.SELL, "1"), exposure) == "REDUCING"


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (wish(limit="100.001"), "TICK"),
        (wish(size="0.000001"), "LOT"),
        (wish(size="0.00001", limit="100"), "MIN_NOTIONAL"),
        (wish(size="9001", limit="100"), "MAX_SIZE"),
        (wish(size="0.1", limit=None, reference="40"), "MIN_NOTIONAL"),
    ],
)
def test_the_venues_filters_are_held(intent: Any, expected: str) -> None:
    assert code(intent) == expected


def test_a_size_under_the_venues_least_is_refused() -> None:
    assert code(wish(size="0.1"), min_size=Decimal("0.2")) == "MIN_SIZE"


def test_a_size_over_our_own_limit_is_refused() -> None:
    limits = RiskLimits(max_order_size=Decimal("0.05"))

    assert code(limits=limits) == "MAX_ORDER_SIZE"
    assert code(limits=limits, max_size=None) == "MAX_ORDER_SIZE"


def test_a_price_that_is_missing_or_old_is_refused_unless_the_order_reduces() -> None:
    old = LastPrice(price=Decimal(100), age_s=Decimal(60))

    assert code(exposure=replace(CALM, last=None)) == "STALE_PRICE"
    assert code(exposure=replace(CALM, last=old)) == "STALE_PRICE"
    assert code(wish(limit=None), replace(CALM, last=None)) == "STALE_PRICE"
    assert code(wish(Side.SELL, "2"), replace(HOLDING, last=old)) is None
    assert code(wish(Side.SELL, "2"), replace(HOLDING, last=None)) is None
    found = refusal(wish(), BTC, LIMITS, replace(CALM, last=old))
    assert found is not None
    assert found.reason == "the last price of BTC/USDT is 60 s old, the limit is 30 s"


@pytest.mark.parametrize(
    ("side", "limit", "expected"),
    [
        (Side.BUY, "105", None),
        (Side.BUY, "105.01", "COLLAR"),
        (Side.BUY, "110", "COLLAR"),
        (Side.BUY, "50", None),
        (Side.BUY, "49.99", "COLLAR"),
        (Side.SELL, "95", None),
        (Side.SELL, "94.99", "COLLAR"),
        (Side.SELL, "150", None),
        (Side.SELL, "150.01", "COLLAR"),
    ],
)
def test_a_price_far_from_the_last_is_refused(side: Side, limit: str, expected: str | None) -> None:
    assert code(wish(side, "1", limit)) == expected


def test_a_market_order_wished_at_another_price_is_refused() -> None:
    assert code(wish(limit=None, reference="110")) == "COLLAR"


def test_too_many_orders_are_refused() -> None:
    assert code(exposure=replace(CALM, orders_last_minute=120)) == "RATE"
    assert code(exposure=replace(CALM, open_orders=100)) == "OPEN_ORDERS"


@pytest.mark.parametrize("busy", [{"orders_last_minute": 500}, {"open_orders": 500}])
def test_no_count_keeps_a_person_or_the_desk_from_leaving(busy: dict[str, int]) -> None:
    held = replace(HOLDING, **busy)
    close = wish(Side.SELL, "2", limit=None)
    target = wish(Side.SELL, "2", "110")

    assert code(close, held) is None
    assert code(replace(close, origin=Origin.DESK), held) is None
    assert code(replace(target, origin=Origin.DESK), held) is None
    assert code(target, held) in {"RATE", "OPEN_ORDERS"}
    assert code(replace(close, origin=Origin.STRATEGY), held) in {"RATE", "OPEN_ORDERS"}


def test_an_unknown_order_blocks_new_exposure_but_no_exit() -> None:
    assert code(exposure=replace(CALM, unknown_orders=1)) == "UNKNOWN_ORDER"
    assert code(wish(Side.SELL, "2"), replace(HOLDING, unknown_orders=1)) is None


def test_nothing_is_sold_that_is_not_held() -> None:
    found = refusal(wish(Side.SELL, "11"), BTC, LIMITS, CALM)

    assert found == ("NOT_HELD", "selling 11 BTC needs as many free, 10 are")


def test_nothing_is_bought_that_cannot_be_paid() -> None:
    exposure = replace(CALM, free_quote=Decimal(100))

    assert code(wish(size="1"), exposure) is None
    assert code(wish(size="1.01"), exposure) == "FUNDS"
    assert code(wish(size="1", limit=None), exposure) == "FUNDS"
    assert code(wish(size="0.995", limit=None), exposure) is None
    assert code(wish(size="1"), exposure, RiskLimits(fee_reserve=Decimal("0.001"))) == "FUNDS"


def test_a_market_order_counts_at_the_dearer_of_wish_and_market() -> None:
    dearer = replace(
        CALM,
        free_quote=Decimal(103),
        last=LastPrice(price=Decimal(104), age_s=Decimal(0)),
    )

    assert code(wish(size="1", limit=None), dearer) == "FUNDS"


def test_orders_over_the_notional_or_exposure_limit_are_refused() -> None:
    assert code(wish(size="2"), limits=RiskLimits(max_order_notional=Decimal(199))) == (
        "MAX_NOTIONAL"
    )
    limits = RiskLimits(max_exposure=Decimal(300))
    assert code(wish(size="2"), replace(CALM, total=Decimal(100)), limits) is None
    assert code(wish(size="2"), replace(CALM, total=Decimal(101)), limits) == "EXPOSURE"
    assert code(wish(Side.SELL, "2"), replace(HOLDING, total=Decimal(301)), limits) is None


def test_an_order_in_a_currency_without_a_rate_is_refused() -> None:
    assert code(exposure=replace(CALM, rate=None)) == "NO_RATE"


@pytest.mark.parametrize("name", ["max_order_size", "max_exposure", "collar", "max_open_orders"])
@pytest.mark.parametrize(
    "bad", [Decimal(0), Decimal(-1), Decimal("Infinity"), Decimal("NaN"), 1.5, "1", None, True]
)
def test_a_limit_that_limits_nothing_stops_the_start(name: str, bad: Any) -> None:
    with pytest.raises(ConfigError, match=name):
        RiskLimits(**{name: bad})


def test_a_buffer_may_be_zero_but_not_negative() -> None:
    assert RiskLimits(market_buffer=Decimal(0)).market_buffer == 0
    with pytest.raises(ConfigError, match="fee_reserve"):
        RiskLimits(fee_reserve=Decimal("-0.1"))


@given(
    size=st.decimals("0.00001", "100", places=5),
    price=st.decimals("95", "105", places=2),
    free=st.decimals("0", "10000", places=2),
    total=st.decimals("0", "5000", places=2),
)
def test_what_passes_never_breaks_a_limit(
    size: Decimal, price: Decimal, free: Decimal, total: Decimal
) -> None:
    limits = RiskLimits(max_exposure=Decimal(5000), max_order_notional=Decimal(1000))
    exposure = replace(CALM, free_quote=free, total=total)

    if refusal(wish(size=str(size), limit=str(price)), BTC, limits, exposure) is None:
        worth = size * price
        assert worth <= free
        assert worth <= 1000
        assert total + worth <= 5000
        assert worth >= BTC.min_notional


def test_each_limit_itself_is_still_allowed() -> None:
    assert code(wish(size="1"), limits=RiskLimits(max_order_size=Decimal(1))) is None
    assert code(wish(size="2"), limits=RiskLimits(max_order_notional=Decimal(200))) is None
    assert code(wish(size="0.05", limit="100")) is None
    edge = LastPrice(price=Decimal(100), age_s=Decimal(30))
    assert code(exposure=replace(CALM, last=edge)) is None
    assert code(exposure=replace(CALM, orders_last_minute=119, open_orders=99)) is None
    assert code(max_size=Decimal("0.1"), min_size=Decimal("0.1")) is None


def test_notionals_count_in_the_reporting_currency() -> None:
    doubled = replace(CALM, rate=Decimal(2))
    limits = RiskLimits(max_order_notional=Decimal(300))

    assert code(wish(size="1.5"), doubled, limits) is None
    assert code(wish(size="1.6"), doubled, limits) == "MAX_NOTIONAL"


def test_a_collar_is_a_share_of_the_last_price() -> None:
    cheap = replace(CALM, last=LastPrice(price=Decimal(10), age_s=Decimal(1)))

    assert code(wish(size="1", limit="10.5"), cheap) is None
    assert code(wish(size="1", limit="10.51"), cheap) == "COLLAR"
    found = refusal(wish(size="1", limit="11"), BTC, LIMITS, cheap)
    assert found is not None
    assert found.reason == (
        "the price 11 is 10.0% from the last price 10, the limit on this side is 5.0%"
    )
    away = refusal(wish(size="2", limit="4"), BTC, LIMITS, cheap)
    assert away is not None
    assert "60.0%" in away.reason
    assert "50.0%" in away.reason


def entry(size: str = "1", stop: str = "95", **terms: Any) -> Any:
    return replace(wish(size=size), terms=Terms(exits=Exits(stop=Decimal(stop)), **terms))


RICH = replace(CALM, free_quote=Decimal(10**9), equity=Decimal(10_000))
WIDE = RiskLimits(max_order_notional=Decimal(10**9), max_exposure=Decimal(10**9))
WIDER = replace(WIDE, max_symbol_exposure=Decimal(10**9))


def test_a_stop_one_percent_away_lets_two_hundred_of_ten_thousand_be_lost() -> None:
    assert code(entry("200", "99"), RICH, WIDER) is None
    assert code(entry("200.00001", "99"), RICH, WIDER) == "TRADE_RISK"


@given(st.integers(1, 3000), st.integers(1, 99), st.integers(1, 10**6))
def test_no_entry_that_passes_can_lose_more_than_its_share(
    size: int, stop: int, equity: int
) -> None:
    exposure = replace(RICH, equity=Decimal(equity))

    passed = code(entry(str(size), str(stop)), exposure, WIDER) is None

    assert passed is ((100 - stop) * size <= equity * WIDER.risk_per_trade)


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (entry(stop="100"), "STOP_SIDE"),
        (entry(stop="101"), "STOP_SIDE"),
        (replace(wish(), terms=Terms(exits=Exits(target=Decimal(99)))), "TARGET_SIDE"),
        (replace(wish(Side.SELL), terms=Terms(exits=Exits(stop=Decimal(110)))), "EXITS"),
        (entry(stop="95.001"), "TICK"),
    ],
)
def test_exits_that_could_not_guard_are_refused(intent: Any, expected: str) -> None:
    assert code(intent, RICH) == expected


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "passes"),
    [
        (OrderKind.STOP, Side.BUY, "101", True),
        (OrderKind.STOP, Side.BUY, "99", False),
        (OrderKind.STOP, Side.SELL, "99", True),
        (OrderKind.STOP, Side.SELL, "101", False),
        (OrderKind.TAKE_PROFIT, Side.BUY, "99", True),
        (OrderKind.TAKE_PROFIT, Side.BUY, "101", False),
        (OrderKind.TAKE_PROFIT, Side.SELL, "101", True),
        (OrderKind.TAKE_PROFIT, Side.SELL, "99", False),
    ],
)
def test_a_trigger_waits_on_its_own_side_of_the_market(
    kind: OrderKind, side: Side, trigger: str, passes: bool
) -> None:
    intent = replace(wish(side, "1", None), kind=kind, terms=Terms(trigger_price=Decimal(trigger)))

    assert (code(intent) is None) is passes


def test_a_reduce_only_order_never_opens_nor_turns_a_position() -> None:
    only = Terms(is_reduce_only=True)

    assert code(replace(wish(Side.SELL, "2"), terms=only), HOLDING) is None
    assert code(replace(wish(Side.SELL, "2.1"), terms=only), HOLDING) == "REDUCE_ONLY"
    assert code(replace(wish(), terms=only), HOLDING) == "REDUCE_ONLY"


def test_one_symbol_and_the_count_of_positions_have_limits_of_their_own() -> None:
    limits = RiskLimits(max_symbol_exposure=Decimal(50), max_positions=2)

    assert code(exposure=replace(CALM, symbol_total=Decimal(41)), limits=limits) == (
        "SYMBOL_EXPOSURE"
    )
    full = replace(CALM, positions=2)
    assert code(exposure=full, limits=limits) == "POSITIONS"
    assert code(exposure=replace(full, symbol_total=Decimal(1)), limits=limits) is None


@pytest.mark.parametrize("state", [TradingState.ACTIVE, TradingState.REDUCING])
def test_a_lock_out_names_itself_and_lets_positions_be_made_smaller(state: TradingState) -> None:
    locked = replace(HOLDING, state=state, lock=Refusal("DAILY_LOSS", "too much was lost"))

    assert code(wish(), locked) == "DAILY_LOSS"
    assert code(wish(Side.SELL, "1"), locked) is None
