"""The matching core: fills, fees, rules, and money that never appears or vanishes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.model import BookLevel, Side, TimeInForce
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.matching import Book, Matching
from fks_desk.venue.ledger.records import Deposited, LedgerKind, LedgerOrder, LedgerStatus
from fks_desk.venue.ledger.rules import Refusal, Request
from fks_desk.venue.market.listing import spot

BTC = "BTC/USDT"
INSTRUMENT = spot(BTC, tick="0.01", lot="0.00001", max_size="100")


def level(price: str, size: str) -> BookLevel:
    return BookLevel(price=Decimal(price), size=Decimal(size))


BOOK = Book(
    last=Decimal(50_000),
    bids=[level("49999", "0.1"), level("49998", "0.2"), level("49990", "5")],
    asks=[level("50001", "0.1"), level("50002", "0.2"), level("50010", "5")],
)


class Desk:
    """Apply what the matching core decides, as a bookkeeper without a disk."""

    def __init__(self, usdt: str = "100000", btc: str = "1") -> None:
        self.ledger = Ledger()
        self.matching = Matching(
            ledger=self.ledger, instruments={BTC: INSTRUMENT}, fee_rate=Decimal("0.001")
        )
        self.ledger.apply(
            [Deposited(1, "USDT", Decimal(usdt), 0), Deposited(1, "BTC", Decimal(btc), 0)]
        )

    def place(self, side: str, size: str, price: str = "", **more) -> LedgerOrder | Refusal:
        request = Request(
            uid=1,
            symbol=BTC,
            client_id=more.pop("client_id", f"c{self.ledger.next_order_id}"),
            side=Side(side),
            kind=more.pop("kind", LedgerKind.LIMIT if price else LedgerKind.MARKET),
            price=Decimal(price or 0),
            size=Decimal(size),
            **more,
        )
        outcome = self.matching.place(request, BOOK, 1)
        if isinstance(outcome, Refusal):
            return outcome
        return self.ledger.apply(outcome)[-1]

    def print_at(self, price: str) -> None:
        self.ledger.apply(self.matching.on_print(BTC, Decimal(price), 2))

    def cancel(self, order: LedgerOrder) -> LedgerOrder:
        return self.ledger.apply(self.matching.cancel(order, "x", 3))[-1]

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


ORDERS = st.tuples(
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 80_000),
    st.none() | st.integers(4_900_000, 5_100_000),
    st.sampled_from(list(TimeInForce)),
)
STEPS = st.lists(
    st.one_of(
        ORDERS.map(lambda order: ("place", order)),
        st.integers(4_890_000, 5_110_000).map(lambda ticks: ("print", ticks)),
        st.integers(0, 30).map(lambda index: ("cancel", index)),
    ),
    max_size=40,
)


def play(desk: Desk, step: tuple) -> None:
    match step:
        case ("place", (side, lots, ticks, tif)):
            price = "" if ticks is None else str(Decimal(ticks) * INSTRUMENT.tick)
            tif = TimeInForce.GTC if ticks is None else tif
            desk.place(side, str(Decimal(lots) * INSTRUMENT.lot), price, time_in_force=tif)
        case ("print", ticks):
            desk.print_at(str(Decimal(ticks) * INSTRUMENT.tick))
        case ("cancel", index):
            resting = desk.ledger.open_orders()
            if resting:
                desk.cancel(resting[index % len(resting)])


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_money_in_equals_money_out_plus_fees_to_the_last_digit(steps):
    desk = Desk()
    for step in steps:
        play(desk, step)

        for asset in ("BTC", "USDT"):
            held = desk.ledger.holding(1, asset)
            assert held.free >= 0
            assert held.locked >= 0
            whole = held.total + desk.ledger.fees[asset] + desk.ledger.market[asset]
            assert whole == desk.ledger.deposits[asset]
    for order in desk.ledger.all_orders():
        fills = desk.ledger.fills_of(order.id)
        assert sum((fill.size for fill in fills), Decimal(0)) == order.filled <= order.size
        assert sum((fill.cost for fill in fills), Decimal(0)) == order.quote_filled
    locked = {"BTC": Decimal(0), "USDT": Decimal(0)}
    for order in desk.ledger.open_orders():
        locked["USDT" if order.side is Side.BUY else "BTC"] += order.locked
    assert locked == {asset: desk.locked(asset) for asset in locked}
    fill_ids = [fill.id for fill in desk.ledger.all_fills()]
    assert fill_ids == sorted(set(fill_ids))
