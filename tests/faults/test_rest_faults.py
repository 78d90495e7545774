"""Rows R1 to R17: what goes wrong with an exchange's requests, through the real ccxt.

Each test is named by its row. Where an order is involved it ends with the venue's
ledger: one order at most for an intent, and none that was said not to be.

`resources/docs/fault-rows.md` names the other tests of each row. R9 stands on the operating
system's certificates: the test shows that a certificate of nobody is refused.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import ssl
from decimal import Decimal
from itertools import accumulate, takewhile
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.clock import EPOCH, SystemClock
from fks_desk.core.errors import (
    FeedUnavailable,
    FKSException,
    KeyRefused,
    OrderKeyRefused,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.messages import OrderMoved
from fks_desk.core.model import Order, OrderState, Side, Timeframe
from fks_desk.market.instruments import Instruments
from fks_desk.market.relisting import Relisting
from fks_desk.resilience.retry import Waits
from fks_desk.venue.faults import FaultAction, FaultRule, Outage, OutageKind
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.records import LedgerKind
from fks_desk.venue.ledger.rules import HIGHEST_NOTIONAL, Request, rule_broken
from fks_desk.venue.market.listing import demo_listings
from tests.fakes.market import InstrumentTable, until
from tests.faults.place import FIND, INFO, KLINES, PLACE, TIME, opened
from tests.faults.proxy import proxied

pytestmark = pytest.mark.allow_warnings

M1 = Timeframe.M1


@pytest.fixture
async def place(tmp_path):
    async with opened(tmp_path, timeout_s=2.0) as one:
        yield one


async def test_r1_after_429_nothing_is_asked_until_the_wait_is_over(place):
    await place.refuse(TIME, status=429, code=-1003, retry_after_s=2, times=1)
    intent = place.intent()
    began = SystemClock().monotonic()
    with pytest.raises(RateLimitError):
        await place.connection.history.server_offset_ms()
    with pytest.raises(RateLimitError):
        await place.connection.account.balances()
    with pytest.raises(RateLimitError):
        await place.connection.market.instruments()
    with pytest.raises(OrderRefused, match="was not sent"):
        await place.broker.submit(intent)

    assert await place.calls() == {TIME: 1}
    await place.connection.history.server_offset_ms()
    assert SystemClock().monotonic() - began >= 2
    await place.broker.submit(intent)
    assert await place.in_ledger(intent) == 1


async def test_r2_a_ban_is_waited_out_without_a_single_request(place):
    await place.script(FaultRule(on=TIME, action=FaultAction.BAN, seconds=2, times=1))
    with pytest.raises(RateLimitError):
        await place.connection.history.server_offset_ms()
    for _ in range(20):
        with pytest.raises(RateLimitError):
            await place.connection.account.balances()
    assert await place.calls() == {TIME: 1}

    await place.connection.history.server_offset_ms()
    assert await place.connection.account.balances()


async def test_r3_too_many_orders_without_a_wait_makes_no_storm(place):
    text = "Too many new orders; current limit is 100 orders per TEN_SECONDS."
    await place.refuse(PLACE, status=429, code=-1015, text=text)
    intents = [place.intent() for _ in range(20)]
    for intent in intents:
        with pytest.raises(OrderRefused):
            await place.broker.submit(intent)

    assert (await place.calls())[PLACE] == 1
    assert [await place.in_ledger(intent) for intent in intents] == [0] * 20


@pytest.mark.parametrize("off_ms", [1_500, -6_000, 3_600_000, -3_600_000])
async def test_r4_a_wrong_clock_is_mended_once_and_no_order_is_doubled(place, off_ms):
    await place.script(outages=(Outage(kind=OutageKind.CLOCK, milliseconds=off_ms),))
    assert await place.connection.account.balances()
    await place.script(outages=(Outage(kind=OutageKind.CLOCK, milliseconds=-off_ms),))
    intent = place.intent()
    try:
        await place.broker.submit(intent)
    except OrderRefused:
        # A definite no, with the clock put right: the same intent may be sent again.
        assert await place.in_ledger(intent) == 0
        await place.broker.submit(intent)

    assert await place.in_ledger(intent) == 1
    assert (await place.calls())[PLACE] <= 2


async def test_r5_a_slow_answer_says_nothing_of_the_clock(place):
    before = await place.connection.sync_clock()
    await place.script(
        FaultRule(on=TIME, action=FaultAction.DELAY_REPLY, seconds=1.2), server_clock_ms=600
    )

    assert await place.connection.sync_clock() == before
    assert await place.connection.account.balances()


LOST = [
    FaultRule(on=PLACE, action=FaultAction.ACCEPT_THEN_RESET, times=1),
    FaultRule(on=PLACE, action=FaultAction.ACCEPT_THEN_HANG, times=1),
    FaultRule(on=PLACE, action=FaultAction.HTML502_ACCEPTED, times=1),
    FaultRule(on=PLACE, action=FaultAction.EMPTY_ACCEPTED, times=1),
    FaultRule(on=PLACE, action=FaultAction.TRUNCATE_ACCEPTED, times=1),
    FaultRule(on=PLACE, action=FaultAction.DELAY_REPLY, seconds=3, times=1),
]
DOUBTFUL = [
    FaultRule(on=PLACE, action=FaultAction.ERROR_ACCEPTED, status=status, code=code, text=text)
    for status, code, text in (
        (400, -1006, "An unexpected response was received from the message bus."),
        (408, -1007, "Timeout waiting for response from backend server."),
        (400, -1000, "An unknown error occurred while processing the request: timed out."),
        (500, -1001, "Internal error; unable to process your request. Please try again."),
        (504, -1000, "Gateway timed out"),
    )
]


@pytest.mark.parametrize("rule", LOST + DOUBTFUL, ids=lambda rule: f"{rule.action}{rule.code}")
async def test_r6_and_r7_a_lost_or_doubtful_answer_is_unknown_and_found_by_asking(place, rule):
    await place.script(rule)
    intent = place.intent(limit=await place.far_price())
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)

    order = await place.found(intent)
    assert order is not None
    assert order.state == OrderState.OPEN
    assert (await place.calls())[PLACE] == 1
    assert await place.in_ledger(intent) == 1


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        (-2010, 400, "Account has insufficient balance for requested action."),
        (-2010, 400, "Order would immediately match and take."),
        (-1013, 400, "Filter failure: LOT_SIZE"),
        (-2015, 401, "Invalid API-key, IP, or permissions for action."),
        (-1021, 400, "Timestamp for this request is outside of the recvWindow."),
    ],
)
async def test_r8_a_definite_no_is_told_in_the_venues_words(place, code, status, text):
    await place.refuse(PLACE, status=status, code=code, text=text)
    intent = place.intent()
    with pytest.raises(OrderRefused, match=re.escape(text)) as refused:
        await place.broker.submit(intent)

    assert refused.value.context["code"] == code
    assert isinstance(refused.value, KeyRefused) is (code == -2015)
    assert await place.in_ledger(intent) == 0
    assert (await place.calls())[PLACE] == 1


async def test_r8_a_duplicate_is_no_proof_that_nothing_rests(place):
    await place.refuse(PLACE, code=-2010, text="Duplicate order sent.")
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(place.intent())


async def test_r9_a_certificate_of_nobody_is_refused(tmp_path):
    async with opened(tmp_path / "venue") as place:
        async with proxied(place.venue.port, _self_signed(tmp_path)) as proxy:

            def by_tls(overrides):
                text = json.dumps(overrides).replace("http://", "https://")
                return json.loads(text.replace("ws://", "wss://"))

            await _is_refused_over(tmp_path, proxy, by_tls)

        assert proxy.passed == 0


async def _is_refused_over(folder, proxy, by_tls):
    from fks_desk.adapters.exchange.connection import ExchangeConnection
    from fks_desk.adapters.exchange.options import ExchangeOptions
    from fks_desk.core.model import VenueId
    from fks_desk.venue.urls import ccxt_overrides

    connection = ExchangeConnection(
        options=ExchangeOptions(
            venue=VenueId("demo"), overrides=by_tls(ccxt_overrides(proxy.port)), timeout_s=5
        ),
        clock=SystemClock(),
    )
    try:
        with pytest.raises(FeedUnavailable, match=r"(?i)certificate|ssl"):
            await connection.instruments()
    finally:
        await connection.close()


def test_r9_nowhere_is_the_check_of_a_certificate_switched_off():
    package = Path(__file__).parents[2] / "fks_desk"
    switched = re.compile(r"verify\s*=\s*False|ssl\s*=\s*False|CERT_NONE|check_hostname\s*=\s*Fal")
    found = [str(file) for file in package.rglob("*.py") if switched.search(file.read_text())]

    assert found == []


async def test_r10_a_reply_byte_by_byte_ends_with_the_patience(place):
    await place.script(FaultRule(on=INFO, action=FaultAction.DRIP_ACCEPTED, seconds=0.2))
    with pytest.raises(FeedUnavailable):
        await place.connection.market.instruments()


@pytest.mark.parametrize("action", [FaultAction.FLOOD, FaultAction.BOMB])
async def test_r10_an_endless_reply_is_given_up_before_it_fills_the_memory(place, action):
    await place.script(FaultRule(on=INFO, action=action, megabytes=200))
    process = psutil.Process()
    before = most = process.memory_info().rss

    async def watch():
        nonlocal most
        while True:
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.005)

    watching = asyncio.get_running_loop().create_task(watch())
    with pytest.raises(FeedUnavailable):
        await place.connection.market.instruments()
    watching.cancel()

    assert most - before < 96 << 20


async def test_r11_an_exchange_that_refuses_every_connection_changes_no_order(tmp_path):
    async with opened(tmp_path, is_proxied=True, timeout_s=2.0) as place:
        resting = place.intent(limit=await place.far_price())
        await place.broker.submit(resting)
        place.proxy.be(refuses=True)
        place.proxy.cut()
        with pytest.raises(OutcomeUnknown):
            await place.broker.submit(place.intent())
        with pytest.raises(FeedUnavailable):
            await place.found(resting)
        with pytest.raises(FeedUnavailable):
            await place.connection.account.open_orders()
        place.proxy.be()

        assert (await place.found(resting)).state == OrderState.OPEN


@pytest.mark.parametrize("waits", [Waits(), Waits(first_s=0.25, longest_s=15.0)])
def test_r11_a_dead_exchange_is_tried_twelve_times_a_minute_at_most(waits):
    moments = takewhile(lambda at: at < 60, accumulate(iter(waits)))

    assert len(list(moments)) <= 12


NUMBERS = ["NaN", "Infinity", "-Infinity", "-0", "-1", None, "", "1e400", "1,5", "0x10"]


@pytest.mark.parametrize("bad", NUMBERS)
async def test_r12_what_is_no_price_is_dropped_and_the_rest_is_exact(place, bad):
    exact = "61234.123456789012345678901234"
    rows = [
        [60_000 * n, price, price, price, price, "1e-8", 60_000 * n + 59_999]
        for n, price in enumerate((exact, bad, "1E-8"))
    ]
    say = FaultRule(on=KLINES, action=FaultAction.SAY, status=200, text=json.dumps(rows))
    await place.script(say)
    candles = await place.connection.history.history(place.btc, M1, EPOCH, 1000)

    assert [candle.close for candle in candles] == [Decimal(exact), Decimal("1E-8")]
    assert all(candle.volume == Decimal("1e-8") for candle in candles)


async def test_r12_a_float_is_no_price(place):
    rows = [[0, 61_234.1, 1.0, 1.0, 1.0, 1.0, 59_999], [60_000, "1", "1", "1", "1", "1", 119_999]]
    await place.script(
        FaultRule(on=KLINES, action=FaultAction.SAY, status=200, text=json.dumps(rows))
    )
    candles = await place.connection.history.history(place.btc, M1, EPOCH, 1000)

    assert [candle.open for candle in candles] == [Decimal(1)]


async def test_r13_a_halted_pair_is_seen_at_the_next_listing_and_refuses(place):
    await place.script(outages=(Outage(kind=OutageKind.HALT, on="BTC/USDT"),))
    (listed,) = await place.connection.instruments()
    with pytest.raises(OrderRefused, match="Market is closed"):
        await place.broker.submit(place.intent())

    assert not listed.is_trading
    await place.script()
    assert (await place.connection.instruments())[0].is_trading


async def test_r13_the_first_refusal_brings_the_new_rules(place):
    told = []
    instruments = Instruments(
        sources={place.btc.venue: place.connection.market},
        store=InstrumentTable(),
        publish=told.append,
    )
    await instruments.load()
    relisting = Relisting(relist=instruments.relist, clock=SystemClock())
    await place.script(outages=(Outage(kind=OutageKind.HALT, on="BTC/USDT"),))
    intent = place.intent()
    with pytest.raises(OrderRefused, match="Market is closed"):
        await place.broker.submit(intent)

    relisting.on_order_moved(
        OrderMoved(order=Order(intent=intent, state=OrderState.REJECTED, updated=intent.created))
    )
    await until(lambda: not instruments.get(place.btc.id).is_trading, 60)

    assert [one.id for one in told[-1].instruments] == [place.btc.id]
    await relisting.close()


LISTINGS = {listing.symbol: listing.instrument for listing in demo_listings()}


@pytest.mark.slow
@settings(max_examples=10_000)
@given(
    symbol=st.sampled_from(sorted(LISTINGS)),
    price=st.decimals("0.00000001", "900000", places=9, allow_nan=False),
    size=st.decimals("0.00000001", "9000", places=9, allow_nan=False),
)
def test_r13_what_the_desk_rounds_the_venue_takes(symbol, price, size):
    instrument = LISTINGS[symbol]
    snapped, lots = instrument.snap_price(price), instrument.snap_size(size)
    request = Request(
        uid=1, symbol=symbol, client_id="r-13", side=Side.BUY, kind=LedgerKind.LIMIT,
        price=snapped, size=lots,
    )  # fmt: skip
    broken = rule_broken(request, instrument, Ledger(), snapped)

    assert abs(snapped - price) <= instrument.tick / 2
    assert 0 <= size - lots < instrument.lot
    # What the venue may still refuse is too little or too much, never the rounding.
    is_too_little = lots < instrument.min_size or lots * snapped < instrument.min_notional
    most = instrument.max_size or lots
    is_too_much = lots > most or lots * snapped > HIGHEST_NOTIONAL
    assert (broken is not None) == (not snapped or not lots or is_too_little or is_too_much)


async def test_r14_pages_of_a_thousand_in_one_moment_are_read_once_each(place):
    template = {
        "symbol": "BTCUSDT", "orderId": 1, "price": "60000.00", "qty": "0.00100",
        "quoteQty": "60.00", "commission": "0.06", "commissionAsset": "USDT",
        "time": 1_700_000_000_000, "isBuyer": False, "isMaker": False, "isBestMatch": True,
    }  # fmt: skip
    order = {
        "symbol": "BTCUSDT", "orderId": 1, "clientOrderId": "x-1", "price": "0", "origQty": "2.5",
        "executedQty": "2.5", "cummulativeQuoteQty": "150000", "status": "FILLED", "type": "MARKET",
        "side": "SELL", "time": 1_700_000_000_000, "updateTime": 1_700_000_000_000,
    }  # fmt: skip
    pages = [
        FaultRule(
            on="GET /api/v3/myTrades", action=FaultAction.SAY, status=200, nth=nth,
            text=json.dumps([{**template, "id": number} for number in numbers]),
        )
        for nth, numbers in enumerate((range(1, 1001), range(1001, 2001), range(2001, 2501)), 1)
    ]  # fmt: skip
    say = FaultRule(on=FIND, action=FaultAction.SAY, status=200, text=json.dumps(order))
    await place.script(*pages, say)
    fills = await place.connection.account.fills(place.btc.id, EPOCH)

    assert [int(fill.trade_id) for fill in fills] == list(range(1, 2501))
    assert {fill.side for fill in fills} == {Side.SELL}


@pytest.mark.parametrize("status", ["EXPIRED_IN_MATCH", "PENDING_NEW", "BRAND_NEW_IN_2031"])
async def test_r15_unknown_words_are_unknown_and_break_nothing(place, status):
    intent = place.intent(limit=await place.far_price())
    await place.broker.submit(intent)
    row = {
        "symbol": "BTCUSDT", "orderId": 1, "clientOrderId": intent.client_id, "price": "1",
        "origQty": "1", "executedQty": "0", "cummulativeQuoteQty": "0", "status": status,
        "type": "LIMIT", "side": "BUY", "time": 1, "updateTime": 1, "somethingNew": {"a": [1]},
    }  # fmt: skip
    await place.script(FaultRule(on=FIND, action=FaultAction.SAY, status=200, text=json.dumps(row)))
    order = await place.found(intent)

    assert order is not None
    assert order.state in {"unknown", "expired", "open"}
    assert (order.state == "unknown") or status != "BRAND_NEW_IN_2031"


async def test_r16_maintenance_is_a_definite_no_and_an_unknown_error_is_not(place):
    await place.script(outages=(Outage(kind=OutageKind.MAINTENANCE),))
    intent = place.intent()
    with pytest.raises(OrderRefused):
        await place.broker.submit(intent)
    with pytest.raises(FeedUnavailable):
        await place.connection.account.balances()
    text = "Unknown error, please check your request or try again later."
    await place.script(
        FaultRule(on=PLACE, action=FaultAction.ERROR_ACCEPTED, status=503, text=text)
    )
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)

    assert await place.in_ledger(intent) == 1


async def test_r17_a_key_without_the_right_to_trade_is_refused_in_words(place):
    text = "Invalid API-key, IP, or permissions for action."
    await place.refuse(PLACE, status=401, code=-2015, text=text)
    with pytest.raises(OrderKeyRefused, match="permissions"):
        await place.broker.submit(place.intent())


async def test_an_unreadable_answer_is_told_and_nothing_is_raised_that_nobody_knows(place):
    for action in (FaultAction.GARBAGE, FaultAction.SAY, FaultAction.HTML502):
        for call in (INFO, KLINES, TIME):
            await place.script(FaultRule(on=call, action=action, status=200, text='{"a": [1'))
            with pytest.raises(FKSException):
                await {
                    INFO: place.connection.market.instruments,
                    KLINES: lambda: place.connection.history.history(place.btc, M1, EPOCH, 10),
                    TIME: place.connection.history.server_offset_ms,
                }[call]()


def _self_signed(folder: Path) -> ssl.SSLContext:
    """Return the context of a server whose certificate nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = dt.timedelta(days=1)
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
