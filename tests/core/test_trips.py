from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import (
    ClientOrderId,
    Fill,
    Liquidity,
    Money,
    Side,
    TradeId,
    VenueOrderId,
)
from fks_desk.core.trips import Lot, excursion, lots, trips
from tests.fakes.trading import BTC, DEMO, START


def fill(number: int, side: Side, size: str, price: str, fee: str = "0") -> Fill:
    return Fill(
        account=DEMO.id,
        instrument=BTC.id,
        trade_id=TradeId(str(number)),
        client_id=ClientOrderId("t"),
        venue_order_id=VenueOrderId("1"),
        side=side,
        price=Decimal(price),
        size=Decimal(size),
        fee=Money(amount=Decimal(fee), currency="USDT"),
        liquidity=Liquidity.TAKER,
        ts_event=START + timedelta(minutes=number),
        ts_init=START,
    )


BUY, SELL = Side.BUY, Side.SELL


def test_what_was_bought_first_is_sold_first() -> None:
    made = [fill(1, BUY, "1", "100"), fill(2, BUY, "1", "120"), fill(3, SELL, "1", "130")]

    assert lots(made, BTC) == [Lot(size=Decimal(1), price=Decimal(120))]
    (trip,) = trips(made, BTC)
    assert not trip.is_closed
    assert trip.result == 30


def test_a_round_trip_counts_fees_and_names_its_prices() -> None:
    (trip,) = trips([fill(1, BUY, "2", "100", "1"), fill(2, SELL, "2", "110", "1.5")], BTC)

    assert (trip.entry, trip.exit) == (100, 110)
    assert (trip.result, trip.fees, trip.size) == (Decimal("17.5"), Decimal("2.5"), 2)
    assert trip.closed == START + timedelta(minutes=2)
    assert trip.r_multiple(Decimal(95)) == Decimal("1.75")
    assert trip.r_multiple(None) is None


def test_a_fill_through_zero_ends_one_trip_and_begins_another() -> None:
    one, other = trips([fill(1, BUY, "1", "100"), fill(2, SELL, "3", "90")], BTC)

    assert (one.result, one.is_closed) == (-10, True)
    assert (other.side, other.size, other.entry, other.is_closed) == (SELL, 2, 90, False)


def test_a_fee_in_the_base_leaves_dust_that_counts_as_flat() -> None:
    bought = replace(
        fill(1, BUY, "1", "100"), fee=Money(amount=Decimal("0.000001"), currency="BTC")
    )

    (trip,) = trips([bought, fill(2, SELL, "0.99999", "100")], BTC)

    assert trip.is_closed


def test_excursions_are_seen_from_the_side_of_the_trip() -> None:
    (trip,) = trips([fill(1, BUY, "1", "100"), fill(2, SELL, "1", "110")], BTC)

    seen = excursion(trip, [112.0, 108.0], [97.5, 101.0])

    assert seen is not None
    assert (seen.adverse, seen.favourable) == (Decimal("2.5"), 12)
    assert excursion(trip, [], []) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(Side), st.integers(1, 50), st.integers(50, 150)),
        min_size=1,
        max_size=40,
    )
)
def test_results_and_what_is_held_add_up_to_the_cash_that_moved(
    orders: list[tuple[Side, int, int]],
) -> None:
    made = [fill(n, side, str(size), str(price)) for n, (side, size, price) in enumerate(orders)]
    cash = sum((-one.side.sign * one.notional for one in made), Decimal(0))
    held = sum((one.side.sign * one.size for one in made), Decimal(0))

    found = trips(made, BTC)

    open_cost = sum((lot.size * lot.price for lot in lots(made, BTC)), Decimal(0))
    sign = 1 if held >= 0 else -1
    assert sum((trip.result for trip in found), Decimal(0)) == cash + sign * open_cost
    assert sum((lot.size for lot in lots(made, BTC)), Decimal(0)) == abs(held)
