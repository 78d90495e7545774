"""What an exchange lists becomes instruments with exact steps."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

from fks_desk.adapters.exchange.listing import by_wire_symbol, instruments
from fks_desk.core.model import VenueId

ROW = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
        {
            "filterType": "LOT_SIZE",
            "minQty": "0.00001000",
            "maxQty": "9000.00000000",
            "stepSize": "0.00001000",
        },
        {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
    ],
}


def read(*rows):
    return instruments({"symbols": list(rows)}, VenueId("binance"))


def test_the_filters_become_steps_and_limits():
    (btc,) = read(ROW)

    assert btc.id == "binance:spot:BTC/USDT"
    assert (str(btc.tick), str(btc.lot)) == ("0.01", "0.00001")
    assert (btc.min_notional, btc.max_size) == (Decimal(5), Decimal(9000))
    assert btc.is_trading


def test_a_halted_symbol_is_listed_but_not_trading():
    assert not read({**ROW, "status": "BREAK"})[0].is_trading


def test_a_step_that_is_switched_off_leaves_the_currencys_precision():
    filters = [{"filterType": "PRICE_FILTER", "tickSize": "0.00000000"}]

    assert str(read({**ROW, "filters": filters})[0].tick) == "1E-8"


def test_a_symbol_that_cannot_be_read_is_left_out():
    assert [one.symbol for one in read({"symbol": "X"}, ROW)] == ["BTC/USDT"]


def test_the_real_list_of_an_exchange_is_read(real_data):
    file = real_data / "wire" / "cryptofeed" / "BINANCE.0.gz"
    with gzip.open(file, "rt") as lines:
        text = next(line for line in lines if "exchangeInfo" in line)
    info = json.loads(text[text.index("{") :])
    found = by_wire_symbol(instruments(info, VenueId("binance")))

    assert len(found) == len(info["symbols"])
    assert found["BTCUSDT"].symbol == "BTC/USDT"
