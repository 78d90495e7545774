from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_desk.core.model import (
    Balance,
    Instrument,
    InstrumentId,
    Money,
    Order,
    OrderIntent,
    OrderState,
    Position,
    Side,
    TradingState,
)
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.case import LastPrice
from fks_desk.trading.exposure import Surroundings, free, measure, rate, total
from tests.fakes.trading import BTC, DEMO, ETH, START, wish

CROSS = replace(BTC, symbol="ETH/BTC", base="ETH", quote="BTC")
PRICES = {BTC.id: Decimal(100), ETH.id: Decimal(10), CROSS.id: Decimal("0.1")}


def last(instrument: InstrumentId) -> LastPrice | None:
    price = PRICES.get(instrument)
    return None if price is None else LastPrice(price=price, age_s=Decimal(0))


AROUND = Surroundings(
    state=TradingState.ACTIVE,
    instruments={BTC.id: BTC, ETH.id: ETH, CROSS.id: CROSS},
    last=last,
    reporting_currency="USDT",
    orders_last_minute=3,
    market_buffer=Decimal("0.01"),
)


def blotter(*orders: Order, btc: str = "0", usdt: str = "1000") -> Blotter:
    made = Blotter(remembered=10)
    for currency, amount in (("BTC", btc), ("USDT", usdt)):
        made.funds.hear(
            Balance(
                account=DEMO.id,
                currency=currency,
                free=Decimal(amount),
                locked=Decimal(0),
                updated=START,
            )
        )
    for order in orders:
        made.put(order)
    return made


def resting(intent: OrderIntent, state: OrderState = OrderState.OPEN, filled: str = "0") -> Order:
    return Order(intent=intent, state=state, filled=Decimal(filled), updated=START)


def hold(made: Blotter, size: str, instrument: Instrument = BTC, average: str = "90") -> None:
    nothing = Money(amount=Decimal(0), currency=instrument.quote)
    made.positions[instrument.id] = Position(
        account=DEMO.id,
        instrument=instrument.id,
        size=Decimal(size),
        average_price=Decimal(average),
        realised=nothing,
        fees=nothing,
        updated=START,
    )


def test_every_order_that_is_not_proven_dead_claims_its_money() -> None:
    made = blotter(
        resting(wish(size="1", limit="90")),
        resting(wish(size="1", limit="50"), OrderState.UNKNOWN),
        resting(wish(size="1", limit=None, reference="100"), OrderState.SENDING),
        resting(wish(size="1", limit="10"), OrderState.CANCELED),
        resting(wish(Side.SELL, "2", "110"), filled="0.5"),
        btc="3",
    )

    assert free(made, "USDT", AROUND) == Decimal(1000 - 90 - 50 - 101)
    assert free(made, "BTC", AROUND) == Decimal("1.5")


def test_an_order_of_an_instrument_that_is_gone_claims_nothing_we_could_name() -> None:
    made = blotter(resting(wish(size="1", limit="90")))
    around = replace(AROUND, instruments={})

    assert free(made, "USDT", around) == 1000
    assert total(made, around) == 90


def test_exposure_is_the_worse_of_all_buys_and_all_sells_filled() -> None:
    made = blotter(resting(wish(size="2", limit="90")), resting(wish(Side.SELL, "5", "110")))
    hold(made, "1")

    assert total(made, AROUND) == Decimal(400)
    hold(made, "4")
    assert total(made, AROUND) == Decimal(400 + 180)


def test_an_overfilled_order_claims_nothing_more() -> None:
    made = blotter(resting(wish(size="1", limit="90"), filled="2"))

    assert free(made, "USDT", AROUND) == 1000
    assert total(made, AROUND) == 0


def test_other_quote_currencies_count_at_their_rate() -> None:
    made = blotter(resting(wish(size="10", limit="0.1", instrument=CROSS)))

    assert total(made, AROUND) == Decimal(100)
    assert rate("BTC", AROUND) == 100
    assert rate("USDT", AROUND) == 1
    assert rate("EUR", AROUND) is None
    assert rate("BTC", replace(AROUND, last=lambda _: None)) is None


def test_without_a_price_the_dearest_known_one_marks() -> None:
    made = blotter()
    hold(made, "2", average="90")
    blind = replace(AROUND, last=lambda _: None)

    assert total(made, blind) == 180
    made.put(resting(wish(Side.SELL, "1", "120")))
    assert total(made, blind) == 240


def test_a_measurement_holds_the_account_as_the_intent_finds_it() -> None:
    made = blotter(
        resting(wish(Side.SELL, "1", "110")),
        resting(wish(Side.BUY, "1", "90"), OrderState.UNKNOWN),
        resting(wish(Side.BUY, "1", "9", instrument=ETH)),
        btc="3",
    )
    hold(made, "3")

    seen = measure(made, wish(Side.SELL, "1"), AROUND)

    assert (seen.position, seen.closing) == (Decimal(3), Decimal(1))
    assert (seen.free_base, seen.free_quote) == (Decimal(2), Decimal(1000 - 90 - 9))
    assert (seen.open_orders, seen.unknown_orders, seen.orders_last_minute) == (3, 1, 3)
    assert seen.last == last(BTC.id)


def test_an_unlisted_instrument_measures_as_nothing() -> None:
    seen = measure(blotter(), wish(), replace(AROUND, instruments={}))

    assert (seen.free_base, seen.free_quote, seen.rate) == (Decimal(0), Decimal(0), None)
