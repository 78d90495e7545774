"""Messages about our own money become exact values."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.core.clock import from_ms
from fks_desk.core.model import AccountId, InstrumentId, Liquidity, Money, OrderKind, Origin, Side

OWNER = Owner(
    account=AccountId("demo"),
    instrument=InstrumentId("demo:spot:ETH/USDT"),
    ts_init=from_ms(1_700_000_000_000),
)
EVENT = {
    "e": "executionReport",
    "s": "ETHUSDT",
    "c": "mine",
    "C": "",
    "S": "BUY",
    "o": "LIMIT",
    "f": "GTC",
    "q": "2.00000000",
    "p": "2500.00000000",
    "x": "TRADE",
    "X": "PARTIALLY_FILLED",
    "r": "NONE",
    "i": 12,
    "l": "0.50000000",
    "z": "1.50000000",
    "L": "2499.50000000",
    "n": "0.00050000",
    "N": "ETH",
    "T": 1_700_000_000_001,
    "t": 98,
    "m": False,
    "O": 1_699_999_999_999,
    "Z": "3749.25000000",
}
ROW = {
    "symbol": "ETHUSDT",
    "orderId": 12,
    "clientOrderId": "mine",
    "price": "2500.00",
    "origQty": "2.0",
    "executedQty": "1.5",
    "cummulativeQuoteQty": "3749.25",
    "status": "PARTIALLY_FILLED",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "time": 1_699_999_999_999,
    "updateTime": 1_700_000_000_001,
}


def test_an_execution_report_holds_the_order_and_its_fill():
    order = private_wire.report_order(EVENT, OWNER)
    fill = private_wire.report_fill(EVENT, OWNER)

    assert (order.client_id, order.venue_order_id, order.state) == ("mine", "12", "partial")
    assert (order.filled, order.average_price) == (Decimal("1.5"), Decimal("2499.5"))
    assert order.updated == from_ms(1_700_000_000_001)
    assert (fill.trade_id, fill.price, fill.size) == ("98", Decimal("2499.5"), Decimal("0.5"))
    assert fill.fee == Money(amount=Decimal("0.0005"), currency="ETH")
    assert fill.liquidity is Liquidity.TAKER
    assert fill.ts_event == from_ms(1_700_000_000_001)


def test_rest_and_stream_tell_the_same_of_one_order():
    assert private_wire.order(ROW, OWNER) == private_wire.report_order(EVENT, OWNER)


def test_what_was_wanted_is_rebuilt_for_adoption():
    intent = private_wire.order(ROW, OWNER).intent

    assert (intent.kind, intent.side, intent.origin) == (OrderKind.LIMIT, Side.BUY, Origin.EXTERNAL)
    assert (intent.size, intent.limit_price) == (Decimal(2), Decimal(2500))


def test_an_unfilled_market_order_tells_no_price_to_count_with():
    row = {**ROW, "type": "MARKET", "price": "0", "executedQty": "0", "cummulativeQuoteQty": "0"}

    assert private_wire.order(row, OWNER).intent is None


def test_a_cancel_report_names_the_order_and_not_the_cancel():
    event = {**EVENT, "x": "CANCELED", "X": "CANCELED", "c": "cancel-9", "C": "mine", "t": -1}
    order = private_wire.report_order(event, OWNER)

    assert (order.client_id, order.state) == ("mine", "canceled")
    assert order.intent.client_id == "mine"
    assert private_wire.report_fill(event, OWNER) is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("NEW", "open"),
        ("FILLED", "filled"),
        ("EXPIRED_IN_MATCH", "expired"),
        ("REJECTED", "rejected"),
        ("SOMETHING_NEW", "unknown"),
    ],
)
def test_a_status_nobody_knows_is_unknown_and_no_error(status, state):
    assert private_wire.order({**ROW, "status": status}, OWNER).state == state


@pytest.mark.parametrize("change", [{"l": "0"}, {"L": "0.00000000"}, {"t": -1}, {"x": "NEW"}])
def test_a_report_without_an_execution_has_no_fill(change):
    assert private_wire.report_fill({**EVENT, **change}, OWNER) is None


def test_a_fill_without_a_fee_currency_costs_nothing():
    fill = private_wire.report_fill({**EVENT, "n": "0", "N": None}, OWNER)

    assert fill.fee == Money(amount=Decimal(0), currency="USDT")


def test_a_rebate_is_a_negative_fee():
    fill = private_wire.report_fill({**EVENT, "n": "-0.0001"}, OWNER)

    assert fill.fee.amount == Decimal("-0.0001")


def test_the_reply_to_an_order_carries_its_fills():
    reply = {
        **ROW,
        "transactTime": 1_700_000_000_001,
        "fills": [
            {
                "price": "2499.50",
                "qty": "0.5",
                "commission": "0.0005",
                "commissionAsset": "ETH",
                "tradeId": 98,
            }
        ],
    }

    assert private_wire.reply_fills(reply, OWNER) == (private_wire.report_fill(EVENT, OWNER),)


def test_balances_that_are_zero_are_left_out():
    answer = {
        "balances": [
            {"asset": "BTC", "free": "0.00000000", "locked": "0.00000000"},
            {"asset": "USDT", "free": "1.5", "locked": "0.5"},
        ]
    }
    (only,) = private_wire.account_balances(answer, OWNER.account, OWNER.ts_init)

    assert (only.currency, only.total) == ("USDT", Decimal(2))


def test_every_real_execution_report_is_read(real_data):
    folder = real_data / "wire" / "nautilus_binance"
    files = [
        *folder.glob("py_ws_messages/ws_spot_execution_report_*.json"),
        *folder.glob("rs_spot/user_data_json/execution_report_*.json"),
    ]
    for file in files:
        content = json.loads(file.read_text())
        event = content.get("data") or content.get("event") or content
        order = private_wire.report_order(event, OWNER)
        private_wire.report_fill(event, OWNER)

        assert order.filled == Decimal(event["z"])

    assert len(files) > 10


def test_real_rest_answers_are_read(real_data):
    folder = real_data / "wire" / "nautilus_binance" / "rs_spot" / "http_json"
    reply = json.loads((folder / "new_order_full_response.json").read_text())
    rows = json.loads((folder / "account_trades_response.json").read_text())

    fills = private_wire.reply_fills(reply, OWNER)
    assert sum(fill.size for fill in fills) == private_wire.order(reply, OWNER).filled
    assert [str(private_wire.fill(row, OWNER, "x").trade_id) for row in rows] == [
        str(row["id"]) for row in rows
    ]
