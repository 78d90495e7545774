"""Show that a staged order always stands on the tick and the lot, and is sent once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import Instrument, OrderKind, Side, VenueId
from fks_desk.ui.models.staging import StagedOrder, Staging


def instrument(tick="0.01", lot="0.00001", **more):
    return Instrument(
        venue=VenueId("demo"),
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        settle="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        **more,
    )


@pytest.fixture
def staging(qapp):
    return Staging()


ticks = st.sampled_from(["0.01", "0.00000001", "0.5", "5", "0.25", "1"])
prices = st.decimals(min_value="0.0000001", max_value="1000000", allow_nan=False, places=10)


@given(tick=ticks, price=prices, moves=st.lists(st.sampled_from([-10, -1, 1, 10]), max_size=20))
def test_every_price_is_a_whole_number_of_ticks_whatever_the_nudges(tick, price, moves):
    staging = Staging()
    staging.stage(instrument(tick), Side.BUY, price, Decimal(1))
    for move in moves:
        staging.nudge_price(move)

        assert staging.order.price % Decimal(tick) == 0
        assert staging.order.price >= Decimal(tick)


@given(
    lot=st.sampled_from(["0.00001", "0.1", "1", "0.025"]),
    size=st.decimals(min_value="0.000001", max_value="100000", places=8),
    moves=st.lists(st.sampled_from([-3, -1, 1, 2]), max_size=20),
)
def test_every_size_is_a_whole_number_of_lots_and_never_below_one(lot, size, moves):
    staging = Staging()
    staging.stage(instrument(lot=lot), Side.SELL, Decimal(100), size)
    for move in moves:
        staging.nudge_size(move)

        assert staging.order.size % Decimal(lot) == 0
        assert staging.order.size >= Decimal(lot)


def test_a_nudge_moves_by_exactly_one_tick(staging):
    staging.stage(instrument(), Side.BUY, Decimal("67123.456"), Decimal("0.01"))

    assert staging.order.price == Decimal("67123.46")
    staging.nudge_price(1)
    assert staging.order.price == Decimal("67123.47")
    staging.nudge_price(-10)
    assert staging.order.price == Decimal("67123.37")


def test_a_size_nudge_can_be_undone(staging):
    staging.stage(instrument(), Side.BUY, Decimal(60000), Decimal("0.01"))

    assert staging.order.size_step == Decimal("0.001")
    staging.nudge_size(-1)
    assert staging.order.size == Decimal("0.009")
    staging.nudge_size(1)
    assert staging.order.size == Decimal("0.010")


def test_a_preset_sizes_by_notional_and_rounds_down_to_the_lot(staging):
    staging.stage(instrument(), Side.BUY, Decimal(30000), Decimal("0.5"))
    staging.use_preset(4)

    assert staging.order.size == Decimal("0.03333")
    assert staging.order.notional <= 1000


def test_a_preset_that_does_not_exist_changes_nothing(staging):
    staged = staging.stage(instrument(), Side.BUY, Decimal(30000), Decimal("0.5"))
    staging.use_preset(9)

    assert staging.order == staged


def test_enter_sends_once(staging):
    sent = []
    staging.sent.connect(sent.append)
    staged = staging.stage(instrument(), Side.BUY, Decimal(30000), Decimal("0.5"))
    staging.send()
    staging.send()

    assert sent == [staged]
    assert not staging.is_staged


def test_nothing_is_staged_any_more_when_the_sending_is_heard(staging):
    seen = []
    staging.sent.connect(lambda order: seen.append(staging.order))
    staging.stage(instrument(), Side.BUY, Decimal(30000), Decimal("0.5"))
    staging.send()

    assert seen == [None]


def test_drop_forgets_and_sends_nothing(staging):
    sent, dropped = [], []
    staging.sent.connect(sent.append)
    staging.dropped.connect(dropped.append)
    staged = staging.stage(instrument(), Side.SELL, Decimal(30000), Decimal("0.5"))
    staging.drop()
    staging.drop()
    staging.send()

    assert sent == []
    assert dropped == [staged]


@pytest.mark.parametrize(
    ("limits", "size", "words"),
    [
        ({"min_size": Decimal("0.1")}, "0.05", "0.1 or more"),
        ({"max_size": Decimal(1)}, "2", "1 at most"),
        ({"min_notional": Decimal(10)}, "0.001", "10 or more"),
    ],
)
def test_what_the_venue_would_refuse_stays_staged_with_a_reason(staging, limits, size, words):
    notices, sent = [], []
    staging.notice_changed.connect(notices.append)
    staging.sent.connect(sent.append)
    staging.stage(instrument(**limits), Side.BUY, Decimal(100), Decimal(size))
    staging.send()

    assert sent == []
    assert staging.is_staged
    assert words in notices[0]


def test_a_market_order_follows_the_last_price_until_it_is_given_one(staging):
    staging.stage(instrument(), Side.BUY, Decimal(100), Decimal("0.5"), kind=OrderKind.MARKET)
    staging.follow(Decimal("101.5"))

    assert staging.order.price == Decimal("101.5")
    assert staging.order.kind is OrderKind.MARKET
    staging.nudge_price(-1)
    staging.follow(Decimal(90))
    assert staging.order.kind is OrderKind.LIMIT
    assert staging.order.price == Decimal("101.49")


def test_without_a_stop_everything_is_at_risk_and_with_one_the_distance_is(staging):
    staged = staging.stage(instrument(), Side.BUY, Decimal(100), Decimal(2))

    assert staged.risk == 200
    assert staged.risk_pct(Decimal(10000)) == 2
    assert staged.risk_pct(None) is None
    staged = staging.stage(instrument(), Side.BUY, Decimal(100), Decimal(2), stop=Decimal(95))
    assert staged.risk == 10
    short = staging.stage(instrument(), Side.SELL, Decimal(100), Decimal(2), stop=Decimal(105))
    assert short.risk == 10


def test_each_change_is_told_and_no_change_is_not(staging):
    told = []
    staging.changed.connect(told.append)
    staging.stage(instrument(), Side.BUY, Decimal(100), Decimal(2))
    staging.set_price(Decimal(100))
    staging.set_size(Decimal(3))
    staging.set_side(Side.SELL)
    staging.drop()

    assert [type(order) for order in told] == [StagedOrder, StagedOrder, StagedOrder, type(None)]
