"""The matching core: fills, fees, rules, and money that never appears or vanishes."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.model import BookLevel, Side, TimeInForce
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.liquidity import Liquidity
from fks_desk.venue.ledger.matching import Matching
from fks_desk.venue.ledger.records import (
    Contingency,
    Deposited,
    LedgerKind,
    LedgerOrder,
    LedgerStatus,
    SelfTrade,
)
from fks_desk.venue.ledger.rules import WOULD_TRIGGER, ListRequest, Refusal, Request
from fks_desk.venue.market.listing import spot

BTC = "BTC/USDT"
NAMES = itertools.count(1)
INSTRUMENT = spot(BTC, tick="0.01", lot="0.00001", max_size="100")


def level(price: str, size: str) -> BookLevel:
    return BookLevel(price=Decimal(price), size=Decimal(size))


def fresh_liquidity(last: str = "50000") -> Liquidity:
    return Liquidity(
        last=Decimal(last),
        bids=[level("49999", "0.1"), level("49998", "0.2"), level("49990", "5")],
        asks=[level("50001", "0.1"), level("50002", "0.2"), level("50010", "5")],
    )


class Desk:
    """Apply what the matching core decides, as a bookkeeper without a disk."""

    def __init__(self, usdt: str = "100000", btc: str = "1") -> None:
        self.ledger = Ledger()
        self.market = fresh_liquidity()
        self.matching = Matching(
            ledger=self.ledger,
            instruments={BTC: INSTRUMENT},
            fee_rate=Decimal("0.001"),
            liquidity=lambda _symbol: self.market,
        )
        for uid in (1, 2):
            self.ledger.apply(
                [Deposited(uid, "USDT", Decimal(usdt), 0), Deposited(uid, "BTC", Decimal(btc), 0)]
            )

    def request(self, side: str, size: str, price: str = "", **more) -> Request:
        return Request(
            uid=more.pop("uid", 1),
            symbol=BTC,
            client_id=more.pop("client_id", f"c{next(NAMES)}"),
            side=Side(side),
            kind=more.pop("kind", LedgerKind.LIMIT if price else LedgerKind.MARKET),
            price=Decimal(price or 0),
            size=Decimal(size),
            **more,
        )

    def place(self, side: str, size: str, price: str = "", **more) -> LedgerOrder | Refusal:
        """Place an order that meets a whole market, whatever earlier ones took."""
        self.market = fresh_liquidity(more.pop("last", "50000"))
        outcome = self.matching.place(self.request(side, size, price, **more), 1)
        return outcome if isinstance(outcome, Refusal) else self.now(outcome[0][1])

    def now(self, order: LedgerOrder) -> LedgerOrder:
        return self.ledger.order(order.id)

    def print_at(self, price: str, size: str | None = None) -> None:
        self.matching.on_print(BTC, Decimal(price), 2, None if size is None else Decimal(size))

    def cancel(self, order: LedgerOrder) -> LedgerOrder:
        self.matching.cancel(order, "x", 3)
        return self.now(order)

    def free(self, asset: str) -> Decimal:
        return self.ledger.holding(1, asset).free

    def locked(self, asset: str) -> Decimal:
        return self.ledger.holding(1, asset).locked


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_market_buy_walks_the_book_and_pays_its_fee_in_the_bought_coin(desk):
    order = desk.place("buy", "0.25")

    fills = desk.ledger.fills_of(order.id)
    assert [(fill.price, fill.size) for fill in fills] == [
        (Decimal(50_001), Decimal("0.1")),
        (Decimal(50_002), Decimal("0.15")),
    ]
    assert order.status is LedgerStatus.FILLED
    assert desk.free("BTC") == Decimal("1.24975")
    assert desk.free("USDT") == Decimal(100_000) - Decimal("12500.4")
    assert {fill.fee_asset for fill in fills} == {"BTC"}
    assert not any(fill.is_maker for fill in fills)


def test_a_market_sell_pays_its_fee_in_the_quote_coin(desk):
    desk.place("sell", "0.1")

    assert desk.free("USDT") == Decimal(100_000) + Decimal("4999.9") - Decimal("4.9999")
    assert desk.free("BTC") == Decimal("0.9")


def test_a_market_order_may_be_given_in_quote_coin(desk):
    order = desk.place("buy", "0", quote_size=Decimal(1000))

    assert order.status is LedgerStatus.FILLED
    assert Decimal(999) < order.quote_filled <= Decimal(1000)


def test_what_the_book_cannot_give_expires(desk):
    rich = Desk(usdt="10000000")

    order = rich.place("buy", "20")

    assert order.status is LedgerStatus.EXPIRED
    assert order.filled == Decimal("5.3")


def test_a_limit_order_locks_its_money_and_rests_until_a_print_reaches_it(desk):
    order = desk.place("buy", "0.5", "49000")
    assert order.status is LedgerStatus.NEW
    assert desk.locked("USDT") == Decimal(24_500)

    desk.print_at("49000.01")
    assert desk.ledger.order(order.id).status is LedgerStatus.NEW

    desk.print_at("49000")
    fill = desk.ledger.fills_of(order.id)[0]
    assert (fill.price, fill.is_maker) == (Decimal(49_000), True)
    assert desk.locked("USDT") == 0
    assert desk.free("BTC") == Decimal("1.4995")


def test_a_limit_sell_fills_when_the_price_rises_through_it(desk):
    order = desk.place("sell", "0.5", "51000")

    desk.print_at("51500")

    assert desk.ledger.order(order.id).average_price == Decimal(51_000)
    assert desk.locked("BTC") == 0


def test_a_crossing_limit_takes_what_is_there_and_rests_with_the_remainder(desk):
    order = desk.place("buy", "0.2", "50001")

    assert order.status is LedgerStatus.PARTIALLY_FILLED
    assert order.filled == Decimal("0.1")
    assert desk.locked("USDT") == Decimal("5000.1")


def test_a_better_price_gives_the_difference_back(desk):
    desk.place("buy", "0.1", "50005")

    assert desk.locked("USDT") == 0
    assert desk.free("USDT") == Decimal(100_000) - Decimal("5000.1")


def test_a_cancel_frees_what_was_locked(desk):
    order = desk.place("buy", "0.2", "50001")

    after = desk.cancel(order)

    assert after.status is LedgerStatus.CANCELED
    assert (after.filled, desk.locked("USDT")) == (Decimal("0.1"), 0)


def test_immediate_or_cancel_never_rests(desk):
    order = desk.place("buy", "0.2", "50001", time_in_force=TimeInForce.IOC)

    assert (order.status, order.filled) == (LedgerStatus.EXPIRED, Decimal("0.1"))


def test_fill_or_kill_fills_whole_or_not_at_all(desk):
    killed = desk.place("buy", "0.2", "50001", time_in_force=TimeInForce.FOK)
    filled = desk.place("buy", "0.2", "50002", time_in_force=TimeInForce.FOK)

    assert (killed.status, killed.filled) == (LedgerStatus.EXPIRED, 0)
    assert filled.status is LedgerStatus.FILLED


def test_a_post_only_order_never_takes(desk):
    refusal = desk.place("buy", "0.2", "50001", kind=LedgerKind.LIMIT_MAKER)
    resting = desk.place("buy", "0.2", "50000", kind=LedgerKind.LIMIT_MAKER)

    assert refusal == Refusal(code=-2010, text="Order would immediately match and take.")
    assert resting.status is LedgerStatus.NEW


@pytest.mark.parametrize(
    ("size", "price", "text"),
    [
        ("0.1", "50000.001", "Filter failure: PRICE_FILTER"),
        ("0.1", "2000000", "Filter failure: PRICE_FILTER"),
        ("0.000011", "50000", "Filter failure: LOT_SIZE"),
        ("101", "50000", "Filter failure: LOT_SIZE"),
        ("0.00001", "50000", "Filter failure: NOTIONAL"),
        ("0", "50000", "Invalid quantity."),
        ("-1", "50000", "Invalid quantity."),
        ("1", "-5", "Invalid price."),
    ],
)
def test_an_order_that_breaks_a_filter_is_refused_by_name(desk, size, price, text):
    assert desk.place("buy", size, price) == Refusal(code=-1013, text=text)


def test_an_order_beyond_the_balance_is_refused(desk):
    for refusal in (desk.place("buy", "3", "49000"), desk.place("sell", "1.1", "60000")):
        assert refusal.code == -2010
        assert refusal.text == "Account has insufficient balance for requested action."


def test_a_client_id_is_taken_only_while_its_order_is_open(desk):
    first = desk.place("buy", "0.1", "40000", client_id="mine")
    twin = desk.place("buy", "0.1", "40000", client_id="mine")
    desk.cancel(first)
    second = desk.place("buy", "0.1", "40000", client_id="mine")

    assert twin == Refusal(code=-2010, text="Duplicate order sent.")
    assert second.status is LedgerStatus.NEW
    assert desk.ledger.order_by_client_id(1, BTC, "mine") == second


def test_a_print_fills_no_more_than_its_size_the_first_in_line_first(desk):
    late = desk.place("buy", "0.4", "49000")
    early = desk.place("buy", "0.3", "49100")
    twin = desk.place("buy", "0.3", "49000")

    desk.print_at("48000", "0.5")

    assert [desk.now(order).filled for order in (early, late, twin)] == [
        Decimal("0.3"),
        Decimal("0.2"),
        Decimal(0),
    ]
    assert desk.now(late).status is LedgerStatus.PARTIALLY_FILLED
    assert desk.locked("USDT") == Decimal(49_000) * Decimal("0.5")


def test_orders_of_two_accounts_meet_before_the_market_at_the_same_price(desk):
    maker = desk.place("sell", "0.05", "50001", uid=2, kind=LedgerKind.LIMIT_MAKER)
    taker = desk.place("buy", "0.1")

    fills = desk.ledger.fills_of(taker.id)
    assert [(fill.price, fill.size) for fill in fills] == [(Decimal(50_001), Decimal("0.05"))] * 2
    assert desk.now(maker).status is LedgerStatus.FILLED
    assert desk.ledger.fills_of(maker.id)[0].is_maker


@pytest.mark.parametrize(
    ("mode", "maker_status", "taker_status"),
    [
        (SelfTrade.EXPIRE_MAKER, LedgerStatus.EXPIRED_IN_MATCH, LedgerStatus.FILLED),
        (SelfTrade.EXPIRE_TAKER, LedgerStatus.NEW, LedgerStatus.EXPIRED_IN_MATCH),
        (SelfTrade.EXPIRE_BOTH, LedgerStatus.EXPIRED_IN_MATCH, LedgerStatus.EXPIRED_IN_MATCH),
        (SelfTrade.NONE, LedgerStatus.FILLED, LedgerStatus.FILLED),
    ],
)
def test_an_account_does_not_trade_with_itself_unless_it_asks(
    desk, mode, maker_status, taker_status
):
    maker = desk.place("sell", "0.05", "50000.5", kind=LedgerKind.LIMIT_MAKER)
    taker = desk.place("buy", "0.1", "50001", self_trade=mode)

    assert (desk.now(maker).status, desk.now(taker).status) == (maker_status, taker_status)


def test_what_one_order_took_from_the_market_the_next_does_not_find(desk):
    desk.place("buy", "0.1", "50001")
    again = desk.matching.place(desk.request("buy", "0.1", "50001"), 1)

    assert desk.now(again[0][1]).filled == 0


def test_a_market_that_comes_to_a_resting_order_fills_it_at_its_price(desk):
    order = desk.place("buy", "0.5", "49995")
    desk.market = Liquidity(last=Decimal(49_990), bids=[], asks=[level("49990", "0.2")])

    desk.matching.on_market_levels(BTC, 2)

    after = desk.now(order)
    assert (after.filled, after.average_price) == (Decimal("0.2"), Decimal(49_995))
    assert desk.market.best(Side.BUY) is None


STOPS = [
    ("sell", LedgerKind.STOP_LOSS, "49000", "49000.01", "49000"),
    ("buy", LedgerKind.STOP_LOSS, "51000", "50999.99", "51000"),
    ("sell", LedgerKind.TAKE_PROFIT, "51000", "50999.99", "51000"),
    ("buy", LedgerKind.TAKE_PROFIT, "49000", "49000.01", "49000"),
]


@pytest.mark.parametrize(("side", "kind", "stop", "short_of", "there"), STOPS)
def test_a_stop_waits_for_its_price_and_then_takes_the_market(
    desk, side, kind, stop, short_of, there
):
    order = desk.place(side, "0.1", kind=kind, stop_price=Decimal(stop))
    assert (order.is_waiting, order.status) == (True, LedgerStatus.NEW)
    assert desk.locked("BTC" if side == "sell" else "USDT") > 0

    desk.print_at(short_of)
    assert desk.now(order).is_waiting
    desk.print_at(there)

    assert desk.now(order).status is LedgerStatus.FILLED
    assert desk.locked("BTC") == desk.locked("USDT") == 0


def test_a_stop_limit_rests_at_its_limit_once_its_price_came(desk):
    order = desk.place(
        "sell", "0.1", "50100", kind=LedgerKind.STOP_LOSS_LIMIT, stop_price=Decimal(49_500)
    )
    desk.print_at("49400")
    assert (desk.now(order).rests, desk.now(order).filled) == (True, 0)
    desk.print_at("50100")
    assert desk.now(order).status is LedgerStatus.FILLED


def test_a_trailing_stop_follows_the_price_and_never_goes_back(desk):
    order = desk.place("sell", "0.1", kind=LedgerKind.STOP_LOSS, trailing_bips=100)
    for price in ("50000", "52000", "51481"):
        desk.print_at(price)
        assert desk.now(order).is_waiting
    desk.print_at("51480")
    assert desk.now(order).status is LedgerStatus.FILLED


def test_a_stop_beyond_the_market_is_refused(desk):
    stop = {"kind": LedgerKind.STOP_LOSS, "stop_price": Decimal(50_500)}
    assert desk.place("sell", "0.1", **stop) == WOULD_TRIGGER


def test_a_bought_stop_takes_no_more_than_the_account_can_pay(desk):
    poor = Desk(usdt="5200", btc="0")
    order = poor.place("buy", "0.1", kind=LedgerKind.STOP_LOSS, stop_price=Decimal(51_000))
    poor.market = Liquidity(last=Decimal(53_000), bids=[], asks=[level("53000", "9")])

    poor.print_at("53000")

    after = poor.now(order)
    assert (after.status, after.filled) == (LedgerStatus.EXPIRED, Decimal("0.09811"))


def test_an_amended_order_shrinks_and_keeps_its_place(desk):
    first = desk.place("buy", "0.3", "49000")
    second = desk.place("buy", "0.3", "49000")

    desk.matching.amend(first, Decimal("0.2"), "smaller", 2)
    desk.print_at("49000", "0.3")

    assert desk.now(first).status is LedgerStatus.FILLED
    assert desk.now(first).client_id == "smaller"
    assert desk.now(second).filled == Decimal("0.1")
    assert isinstance(desk.matching.amend(second, Decimal("0.4"), "x", 2), Refusal)


def test_a_floor_made_from_the_ledger_serves_the_same_orders_in_the_same_turn(desk):
    first = desk.place("buy", "0.3", "49000")
    second = desk.place("buy", "0.3", "49000")
    stop = desk.place("sell", "0.1", kind=LedgerKind.STOP_LOSS, stop_price=Decimal(49_500))
    desk.matching = Matching(
        ledger=Ledger(desk.ledger.state()),
        instruments={BTC: INSTRUMENT},
        fee_rate=Decimal("0.001"),
        liquidity=lambda _symbol: desk.market,
    )
    desk.ledger = desk.matching.ledger

    desk.print_at("49000", "0.4")

    assert desk.now(first).status is LedgerStatus.FILLED
    assert desk.now(second).filled == Decimal("0.1")
    assert desk.now(stop).status is LedgerStatus.FILLED


ORDERS = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["buy", "sell"]),
        "size": st.integers(1, 80_000).map(lambda lots: str(Decimal(lots) * INSTRUMENT.lot)),
        "kind": st.sampled_from(list(LedgerKind)),
        "ticks": st.integers(4_900_000, 5_100_000),
        "stop": st.integers(4_900_000, 5_100_000),
        "bips": st.sampled_from([0, 0, 50]),
        "tif": st.sampled_from(list(TimeInForce)),
        "uid": st.integers(1, 2),
        "self_trade": st.sampled_from(list(SelfTrade)),
    }
)
LISTS = st.tuples(st.sampled_from(list(Contingency)), ORDERS, ORDERS, ORDERS)
STEPS = st.lists(
    st.one_of(
        ORDERS.map(lambda order: ("place", order)),
        LISTS.map(lambda orders: ("list", orders)),
        st.tuples(st.integers(4_890_000, 5_110_000), st.integers(1, 90_000)).map(
            lambda item: ("print", item)
        ),
        st.integers(0, 30).map(lambda index: ("cancel", index)),
        st.integers(0, 30).map(lambda index: ("amend", index)),
        st.integers(4_890_000, 5_110_000).map(lambda ticks: ("come", ticks)),
    ),
    max_size=40,
)


def wanted(desk: Desk, draw: dict, **more) -> Request:
    kind = draw["kind"]
    stop = Decimal(draw["stop"]) * INSTRUMENT.tick
    return desk.request(
        draw["side"],
        draw["size"],
        str(Decimal(draw["ticks"]) * INSTRUMENT.tick) if kind.has_limit else "",
        kind=kind,
        time_in_force=draw["tif"] if kind is LedgerKind.LIMIT else TimeInForce.GTC,
        stop_price=stop if kind.has_trigger else Decimal(0),
        trailing_bips=draw["bips"] if kind.has_trigger else 0,
        self_trade=draw["self_trade"],
        **{"uid": draw["uid"], **more},
    )


def play(desk: Desk, step: tuple) -> None:
    match step:
        case ("place", draw):
            desk.matching.place(wanted(desk, draw), 1)
        case ("list", (contingency, *draws)):
            desk.matching.place_list(list_of(desk, contingency, draws), 1)
        case ("print", (ticks, lots)):
            size = Decimal(lots) * INSTRUMENT.lot
            desk.matching.on_print(BTC, Decimal(ticks) * INSTRUMENT.tick, 2, size)
        case ("come", ticks):
            price = Decimal(ticks) * INSTRUMENT.tick
            desk.market = Liquidity(
                last=price, bids=[BookLevel(price=price, size=Decimal(1))], asks=[]
            )
            desk.matching.on_market_levels(BTC, 2)
        case (change, index):
            if resting := desk.ledger.open_orders():
                order = resting[index % len(resting)]
                smaller = INSTRUMENT.snap_size(order.filled + order.remaining / 2)
                if change == "cancel":
                    desk.cancel(order)
                else:
                    desk.matching.amend(order, smaller, f"c{next(NAMES)}", 2)


def list_of(desk: Desk, contingency: Contingency, draws: list[dict]) -> ListRequest:
    uid, side = draws[0]["uid"], draws[0]["side"]
    legs = [
        draw | {"side": side, "size": draws[0]["size"], "kind": kind}
        for draw, kind in zip(draws, (LedgerKind.LIMIT_MAKER, LedgerKind.STOP_LOSS), strict=False)
    ]
    if contingency is not Contingency.OCO:
        legs = [draws[0] | {"kind": LedgerKind.LIMIT}, *legs]
    if contingency is Contingency.OTO:
        legs.pop()
    return ListRequest(
        uid=uid,
        symbol=BTC,
        client_id=f"l{next(NAMES)}",
        contingency=contingency,
        requests=tuple(wanted(desk, leg, uid=uid) for leg in legs),
    )


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_money_in_equals_money_out_plus_fees_to_the_last_digit(steps):
    desk = Desk()
    for step in steps:
        play(desk, step)

        for asset in ("BTC", "USDT"):
            held = [desk.ledger.holding(uid, asset) for uid in (1, 2)]
            assert all(part.free >= 0 and part.locked >= 0 for part in held)
            whole = sum((part.total for part in held), Decimal(0))
            whole += desk.ledger.fees[asset] + desk.ledger.market[asset]
            assert whole == desk.ledger.deposits[asset]
    for order in desk.ledger.all_orders():
        fills = desk.ledger.fills_of(order.id)
        assert sum((fill.size for fill in fills), Decimal(0)) == order.filled <= order.size
        assert sum((fill.cost for fill in fills), Decimal(0)) == order.quote_filled
        assert order.status.is_open or not order.locked
    for uid in (1, 2):
        locked = {"BTC": Decimal(0), "USDT": Decimal(0)}
        for order in desk.ledger.open_orders(uid=uid):
            locked["USDT" if order.side is Side.BUY else "BTC"] += order.locked
        assert locked == {asset: desk.ledger.holding(uid, asset).locked for asset in locked}
        assert desk.ledger.open_count(uid, BTC) == len(desk.ledger.open_orders(uid=uid))
    fill_ids = [fill.id for fill in desk.ledger.all_fills()]
    assert fill_ids == sorted(set(fill_ids))
