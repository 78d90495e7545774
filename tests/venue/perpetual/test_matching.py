"""Margin, positions, funding and liquidation: every digit accounted for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.model import BookLevel, InstrumentKind, PositionSide, Side, TimeInForce
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.records import Deposited, LedgerKind, LedgerStatus, SelfTrade
from fks_desk.venue.ledger.rules import Refusal
from fks_desk.venue.market.listing import spot
from fks_desk.venue.perpetual.ledger import PerpLedger, PerpState
from fks_desk.venue.perpetual.margin import liquidation_price, maintenance_of, standing_of
from fks_desk.venue.perpetual.matching import PerpMatching
from fks_desk.venue.perpetual.records import Agreed, Hedged, MarginMoved, Terms
from fks_desk.venue.perpetual.request import (
    NOT_AMENDABLE,
    NOTHING_TO_REDUCE,
    SHORT_OF_MARGIN,
    WOULD_TAKE,
    PerpRequest,
)

BTC = "BTC/USDT"
INSTRUMENT = replace(
    spot(BTC, tick="0.1", lot="0.001", max_size="1000"), kind=InstrumentKind.LINEAR
)
NET = (BTC, PositionSide.NET)
NAMES = itertools.count(1)


class Desk:
    """Trade perpetuals against a market that always offers a hundred coins at the mark."""

    def __init__(self, wallet: str = "10000") -> None:
        self.ledger = PerpLedger()
        self.mark = Decimal(50_000)
        self.matching = PerpMatching(
            ledger=self.ledger,
            instruments={BTC: INSTRUMENT},
            liquidity=self.liquidity,
            mark_of=lambda _symbol: self.mark,
        )
        for uid in (1, 2):
            self.matching.record(Deposited(uid, "USDT", Decimal(wallet), 0))

    def liquidity(self, _symbol: str) -> Liquidity:
        offer = [BookLevel(price=self.mark, size=Decimal(100))]
        return Liquidity(last=self.mark, bids=offer, asks=offer)

    def place(self, side: str, size: str, price: str = "", **more):
        request = PerpRequest(
            uid=more.pop("uid", 1),
            symbol=BTC,
            client_id=f"c{next(NAMES)}",
            side=Side(side),
            kind=more.pop("kind", LedgerKind.LIMIT if price else LedgerKind.MARKET),
            price=Decimal(price or 0),
            size=Decimal(size),
            **more,
        )
        outcome = self.matching.place(request, 1)
        return outcome if isinstance(outcome, Refusal) else self.ledger.order(outcome[0][1].id)

    def now(self, order):
        return self.ledger.order(order.id)

    def position(self, side: PositionSide = PositionSide.NET, uid: int = 1):
        return self.ledger.position(uid, (BTC, side))

    def standing(self, uid: int = 1):
        return standing_of(self.ledger, uid, lambda _symbol: self.mark)

    def agree(self, leverage: int, *, is_isolated: bool = False) -> None:
        self.matching.record(Agreed(1, BTC, Terms(leverage, is_isolated)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_long_gains_as_the_mark_rises_and_realises_it_when_closed(desk):
    desk.place("buy", "0.5")
    desk.mark = Decimal(51_000)
    assert desk.standing().unrealised == Decimal(500)

    desk.place("sell", "0.5", reduce_only=True)

    fees = Decimal("12.5") + Decimal("12.75")
    assert desk.standing().wallet == Decimal(10_500) - fees
    assert (desk.position().size, desk.position().cost) == (0, 0)
    assert desk.ledger.fills[-1].realised == Decimal(500)


def test_an_order_larger_than_the_position_turns_it_around(desk):
    desk.place("buy", "0.2")
    desk.mark = Decimal(49_000)

    desk.place("sell", "0.3")

    assert desk.ledger.fills[-1].realised == Decimal(-200)
    assert (desk.position().size, desk.position().entry_price) == (Decimal("-0.1"), desk.mark)


def test_a_reducing_order_never_opens(desk):
    assert desk.place("sell", "0.1", reduce_only=True) == NOTHING_TO_REDUCE
    desk.place("buy", "0.1")

    order = desk.place("sell", "0.3", reduce_only=True)

    assert desk.position().size == 0
    assert (order.status, order.filled) == (LedgerStatus.EXPIRED, Decimal("0.1"))


def test_leverage_says_how_much_the_wallet_carries(desk):
    assert desk.place("buy", "5") == SHORT_OF_MARGIN
    desk.agree(50)
    assert desk.place("buy", "5").status is LedgerStatus.FILLED
    assert desk.standing().position_margin == Decimal(5_000)


def test_hedge_mode_holds_long_and_short_apart(desk):
    desk.matching.record(Hedged(1, True))
    assert isinstance(desk.place("buy", "0.1"), Refusal)

    desk.place("buy", "0.2", position_side=PositionSide.LONG)
    desk.place("sell", "0.1", position_side=PositionSide.SHORT)

    assert desk.position(PositionSide.LONG).size == Decimal("0.2")
    assert desk.position(PositionSide.SHORT).size == Decimal("-0.1")
    desk.place("buy", "0.1", position_side=PositionSide.SHORT)
    assert desk.position(PositionSide.SHORT).size == 0


def test_post_only_and_stops_work_as_on_spot(desk):
    assert desk.place("buy", "0.1", "50001", kind=LedgerKind.LIMIT_MAKER) == WOULD_TAKE
    desk.place("buy", "0.2")
    stop = {"kind": LedgerKind.STOP_LOSS, "stop_price": Decimal(49_000)}
    order = desk.place("sell", "0", closes=True, reduce_only=True, **stop)

    desk.mark = Decimal(48_990)
    desk.matching.on_print(BTC, desk.mark, 2)

    assert (desk.now(order).status, desk.now(order).filled) == (LedgerStatus.FILLED, Decimal("0.2"))


def test_an_amended_order_goes_behind_the_others_and_may_fill_at_once(desk):
    first = desk.place("buy", "0.1", "49000")
    second = desk.place("buy", "0.1", "49000", uid=2)
    desk.matching.amend(first, Decimal("0.2"), Decimal(49_000), 2)

    desk.matching.on_print(BTC, Decimal(49_000), 3, Decimal("0.15"))
    assert (desk.now(second).filled, desk.now(first).filled) == (Decimal("0.1"), Decimal("0.05"))
    desk.matching.amend(desk.now(first), Decimal("0.2"), Decimal(50_500), 4)
    assert desk.now(first).status is LedgerStatus.FILLED
    assert desk.matching.amend(desk.now(first), Decimal("0.3"), Decimal(1), 5) == NOT_AMENDABLE


def test_longs_pay_shorts_at_a_positive_rate(desk):
    desk.place("buy", "0.5")
    before = desk.standing().wallet

    desk.matching.fund(BTC, Decimal("0.0001"), 5)

    assert desk.standing().wallet - before == Decimal("-2.5")
    assert desk.ledger.funding[0].amount == Decimal("-2.5")


def test_isolated_margin_is_all_that_a_liquidation_can_take(desk):
    desk.agree(20, is_isolated=True)
    desk.place("buy", "1")
    fee = Decimal(25)
    assert desk.position().isolated == Decimal(2_500)
    assert desk.standing().cross_wallet == Decimal(7_500) - fee
    standing = desk.standing()
    price = liquidation_price(desk.ledger, 1, NET, standing, desk.mark)
    assert Decimal(47_000) < price < Decimal(48_000)

    desk.mark = Decimal(40_000)
    desk.matching.liquidate(5)

    assert desk.position().size == 0
    assert desk.standing().wallet == Decimal(7_500) - fee
    assert desk.ledger.insured == Decimal(7_500)
    assert [(one.symbol, one.amount) for one in desk.ledger.insurance] == [(BTC, Decimal(7_500))]


def test_a_cross_account_is_liquidated_at_its_price_and_not_before(desk):
    desk.place("buy", "2")
    resting = desk.place("buy", "0.01", "40000")
    price = liquidation_price(desk.ledger, 1, NET, desk.standing(), desk.mark)

    desk.mark = price + 1
    desk.matching.liquidate(5)
    assert desk.position().size == 2
    desk.mark = price - 1
    desk.matching.liquidate(6)

    assert desk.position().size == 0
    assert desk.now(resting).status is LedgerStatus.CANCELED
    assert desk.standing().wallet >= 0


def test_maintenance_grows_with_the_position_without_a_step(desk):
    desk.agree(100)
    rich = Desk("10000000")
    rich.place("buy", "12")
    position, mark = rich.position(), Decimal(50_000)
    edge = maintenance_of(position, mark)
    assert abs(maintenance_of(position, mark + Decimal("0.0001")) - edge) < Decimal("0.001")


ACTIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("place"),
            st.sampled_from(["buy", "sell"]),
            st.integers(1, 3_000),
            st.none() | st.integers(480_000, 520_000),
            st.sampled_from(
                [LedgerKind.LIMIT, LedgerKind.LIMIT_MAKER, LedgerKind.STOP_LOSS, LedgerKind.MARKET]
            ),
            st.booleans(),
            st.integers(1, 2),
            st.sampled_from([TimeInForce.GTC, TimeInForce.IOC]),
        ),
        st.tuples(st.just("mark"), st.integers(400_000, 600_000)),
        st.tuples(st.just("print"), st.integers(450_000, 550_000), st.integers(1, 3_000)),
        st.tuples(st.just("fund"), st.integers(-300, 300)),
        st.tuples(st.just("agree"), st.integers(1, 125), st.booleans()),
        st.tuples(st.just("cancel"), st.integers(0, 20)),
        st.tuples(st.just("margin"), st.integers(1, 500)),
        st.tuples(
            st.just("amend"),
            st.integers(0, 20),
            st.integers(1, 3_000),
            st.integers(480_000, 520_000),
        ),
    ),
    max_size=40,
)


def play(desk: Desk, action: tuple) -> None:
    match action:
        case ("place", side, lots, ticks, kind, reduce_only, uid, tif):
            price = Decimal(ticks or 500_000) * INSTRUMENT.tick
            desk.place(
                side,
                str(Decimal(lots) * INSTRUMENT.lot),
                str(price) if kind.has_limit else "",
                kind=kind,
                reduce_only=reduce_only,
                uid=uid,
                time_in_force=tif if kind is LedgerKind.LIMIT else TimeInForce.GTC,
                stop_price=price if kind.has_trigger else Decimal(0),
                self_trade=SelfTrade.EXPIRE_MAKER,
            )
        case ("mark", ticks):
            desk.mark = Decimal(ticks) * INSTRUMENT.tick
            desk.matching.on_market_levels(BTC, 2)
            desk.matching.liquidate(2)
        case ("print", ticks, lots):
            size = Decimal(lots) * INSTRUMENT.lot
            desk.matching.on_print(BTC, Decimal(ticks) * INSTRUMENT.tick, 2, size)
        case ("fund", rate):
            desk.matching.fund(BTC, Decimal(rate).scaleb(-6), 3)
        case ("agree", leverage, is_isolated):
            if not desk.position().size:
                desk.agree(leverage, is_isolated=is_isolated)
        case ("cancel", index):
            if resting := desk.ledger.open_orders():
                desk.matching.cancel(resting[index % len(resting)], "x", 4)
        case ("amend", index, lots, ticks):
            if resting := desk.ledger.open_orders():
                size, price = Decimal(lots) * INSTRUMENT.lot, Decimal(ticks) * INSTRUMENT.tick
                desk.matching.amend(resting[index % len(resting)], size, price, 4)
        case ("margin", amount):
            if desk.position().isolated and desk.standing().available > amount:
                desk.matching.record(MarginMoved(1, BTC, PositionSide.NET, Decimal(amount), 4))


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_money_and_coins_are_conserved_to_the_last_digit(actions):
    desk = Desk()
    for action in actions:
        play(desk, action)

        ledger = desk.ledger
        legs = [position for uid in (1, 2) for position in ledger.positions(uid).values()]
        costs = sum((position.cost for position in legs), Decimal(0))
        cash = sum(ledger.wallets.values()) - costs
        whole = cash + ledger.market_cash + ledger.fees + ledger.funded - ledger.insured
        assert whole == ledger.deposits
        sizes = sum((position.size for position in legs), Decimal(0))
        assert sizes + ledger.market_sizes[BTC] == 0
        for position in legs:
            assert position.size or not (position.cost or position.isolated)
    realised = sum((fill.realised - fill.fee for fill in desk.ledger.fills), Decimal(0))
    funded = sum((item.amount for item in desk.ledger.funding), Decimal(0))
    moved = realised + funded + desk.ledger.insured
    assert sum(desk.ledger.wallets.values()) == desk.ledger.deposits + moved
    encoded = msgspec.json.encode(desk.ledger.state())
    again = PerpLedger(msgspec.json.decode(encoded, type=PerpState))
    assert again.state() == desk.ledger.state()
