"""Trade perpetuals over the real futures front, the real ccxt and the real database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.opening import open_connection
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.desk_messages import AttachExits, LedgerChecked, MoveStop, ReversePosition
from fks_desk.core.ids import new_client_id
from fks_desk.core.ledger import TransferKind
from fks_desk.core.margin import ChooseLeverage, ChooseMarginMode, MarginLine, MarginMoved
from fks_desk.core.messages import (
    CancelOrder,
    ClosePosition,
    Event,
    NoticeRaised,
    OrderDenied,
    OrderMoved,
    PlaceOrder,
    TickerMoved,
)
from fks_desk.core.model import (
    Account,
    AccountId,
    ClientOrderId,
    Instrument,
    MarginMode,
    Mode,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    TradingState,
    VenueId,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.secret import Secret
from fks_desk.core.terms import PLAIN, Exits, Role, Terms
from fks_desk.trading.desk import OrderDesk
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.venue.faults import FaultAction
from fks_desk.venue.server import VenueReady
from fks_desk.venue.urls import ccxt_perpetual_overrides
from tests.fakes.trading import ticker
from tests.fakes.venue import RawClient, running_venue

pytestmark = [pytest.mark.db, pytest.mark.allow_warnings]

PERP = Account(
    id=AccountId("perpetual"), venue=VenueId("demo-usdm"), mode=Mode.DEMO, title="Perpetuals"
)
BRISK = TradingOptions(
    send_timeout_s=1.0,
    stream_first_wait_s=0.05,
    settle_s=0.2,
    reconcile_s=0.5,
    reconcile_idle_s=0.5,
    reconcile_first_wait_s=0.1,
    reconcile_longest_wait_s=0.5,
    value_s=0.3,
    close_s=1.0,
)


class Workplace:
    """Hold one life of a desk over a venue and a database that outlive it."""

    def __init__(self, venue: VenueReady, admin: RawClient, url: str) -> None:
        self.venue = venue
        self.admin = admin
        self._url = url
        self.events: list[Event] = []

    async def begin(self) -> Workplace:
        self.clock = SystemClock()
        self._database = Database(self._url, pool_size=4)
        self.stores: Stores = await open_stores(database=self._database, clock=self.clock)
        await self.stores.accounts.ensure_account(PERP)
        key = Credentials(key=Secret(self.venue.api_key), secret=Secret(self.venue.secret))
        self.connection = open_connection(
            options=ExchangeOptions(
                exchange="binanceusdm",
                venue=PERP.venue,
                account=PERP.id,
                credentials=key,
                overrides=ccxt_perpetual_overrides(self.venue.port),
            ),
            clock=self.clock,
        )
        listed = {one.id: one for one in await self.connection.instruments()}
        await self.stores.instruments.save_instruments(tuple(listed.values()))
        self.btc: Instrument = next(one for one in listed.values() if one.base == "BTC")
        self.prices = Prices(self.clock)
        self.desk = OrderDesk(
            account=PERP,
            store=self.stores.trading_writer,
            rows=self.stores.trading,
            journal=self.stores.journal,
            broker=self.connection.broker,
            reader=self.connection.account,
            instruments=lambda: listed,
            prices=self.prices,
            clock=self.clock,
            publish=self.events.append,
            limits=RiskLimits(),
            options=BRISK,
            ledger=self.stores.ledger,
            parents=self.stores.ledger,
            abilities=self.connection.abilities,
            margin=self.connection.account,
        )
        await self.desk.start()
        async with asyncio.timeout(60):
            await self.desk.ready()
        await self.until(lambda: any(isinstance(e, MarginMoved) for e in self.events))
        return self

    async def end(self) -> None:
        await self.desk.close()
        await self.connection.close()
        await self._database.close()

    async def kill(self) -> None:
        """Let the desk's engine end as a kill would: nothing is said to the venue any more."""
        requests = len((await self.admin.admin("GET", "ledger"))["requests"])
        await self.end()
        after = (await self.admin.admin("GET", "ledger"))["requests"][requests:]
        assert [one for one in after if one["method"] != "GET"] == []

    def exits(self) -> dict[ClientOrderId, Order]:
        """Return the exits that are open."""
        newest = {e.order.client_id: e.order for e in self.events if isinstance(e, OrderMoved)}
        return {
            name: order
            for name, order in newest.items()
            if order.intent.family is not None and order.state in OPEN_STATES
        }

    def standing(self) -> set[OrderState]:
        """Return the states of the exits that are open."""
        return {order.state for order in self.exits().values()}

    @property
    def line(self) -> MarginLine:
        """Return the newest margin line of BTC."""
        moved = next(e for e in reversed(self.events) if isinstance(e, MarginMoved))
        return next(one for one in moved.lines if one.instrument == self.btc.id)

    async def send(
        self,
        side: Side = Side.BUY,
        size: str = "0.1",
        *,
        share: str | None = None,
        terms: Terms = PLAIN,
    ) -> OrderIntent:
        """Send a market order, or a limit order at a share of the last price."""
        shown = await self.admin.get("/fapi/v1/ticker/price", symbol="BTCUSDT")
        last, now = Decimal(shown["price"]), self.clock.now()
        self.prices.on_ticker(TickerMoved(ticker=ticker(self.btc.id, last, now)))
        limit = None if share is None else self.btc.snap_price(last * Decimal(share))
        intent = OrderIntent(
            client_id=new_client_id(),
            account=PERP.id,
            instrument=self.btc.id,
            side=side,
            kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
            size=Decimal(size),
            limit_price=limit,
            reference_price=last,
            terms=terms,
            created=now,
        )
        await self.desk.handle(PlaceOrder(intent=intent))
        return intent

    def resting(self) -> set[tuple[Role, Decimal]]:
        """Return the exits that are open, each with its price."""
        newest = {e.order.client_id: e.order for e in self.events if isinstance(e, OrderMoved)}
        return {
            (order.intent.family.role, order.intent.worst_price)
            for order in newest.values()
            if order.intent.family is not None and order.state in OPEN_STATES
        }

    def denial(self, intent: OrderIntent) -> str:
        return next(
            (e.code for e in self.events if isinstance(e, OrderDenied) and e.intent == intent), ""
        )

    async def reaches(self, intent: OrderIntent, state: OrderState) -> None:
        async def has_come() -> bool:
            order = await self.stores.trading_writer.order(PERP.id, intent.client_id)
            return order is not None and order.state is state

        await self.until(has_come)

    async def holds(self, size: str) -> None:
        async def has_come() -> bool:
            held = {p.instrument: p for p in await self.stores.trading.positions(PERP.id)}
            return self.btc.id in held and held[self.btc.id].size == Decimal(size)

        await self.until(has_come)

    async def until(self, condition: Callable[[], Any], timeout_s: float = 40.0) -> None:
        async with asyncio.timeout(timeout_s):
            while True:
                found = condition()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await asyncio.sleep(0.03)

    async def agrees(self) -> None:
        """Wait until desk and ledger agree, or fail with the difference."""
        found = "not compared yet"

        async def is_same() -> bool:
            nonlocal found
            found = await self.difference()
            return not found

        try:
            await self.until(is_same, 20.0)
        except TimeoutError:
            raise AssertionError(found) from None

    async def difference(self) -> str:
        """Return the first way in which desk and ledger disagree (I1, I2, I3), all exact."""
        ledger = (await self.admin.admin("GET", "ledger"))["perpetual"]
        names = [order["client_id"] for order in ledger["orders"]]
        if len(names) != len(set(names)):
            return "I1: an order is in the ledger twice"
        ours = {fill.trade_id: fill for fill in await self.stores.trading.fills(PERP.id)}
        theirs = {str(row["id"]): row for row in ledger["fills"]}
        if ours.keys() != theirs.keys():
            return f"I2: {len(theirs)} fills in the ledger, {len(ours)} in the desk"
        for number, row in theirs.items():
            fill = ours[number]
            told = (Decimal(row["price"]), Decimal(row["size"]), Decimal(row["fee"]))
            if (fill.price, fill.size, fill.fee.amount) != told:
                return f"I2: fill {number} is {row}, the desk has {fill}"
            if fill.realised != Decimal(row["realised"]):
                return f"I3: fill {number} realised {row['realised']}, not {fill.realised}"
        return await self._different_money(ledger)

    async def _different_money(self, ledger: dict[str, Any]) -> str:
        wallet = Decimal(ledger["wallets"][str(self.venue.uid)])
        balances = {b.currency: b.total for b in await self.stores.trading.balances(PERP.id)}
        if balances.get("USDT") != wallet:
            return f"I3: the wallet holds {wallet}, the desk has {balances}"
        counted = (await self.stores.ledger.movements(PERP.id)).get("USDT")
        if counted != wallet:
            return f"I3: transfers, gains and fees add up to {counted}, the wallet holds {wallet}"
        held = {p.instrument: p for p in await self.stores.trading.positions(PERP.id)}
        for _uid, symbol, _side, position in ledger["positions"]:
            got = held.get(f"demo-usdm:linear:{symbol}")
            if Decimal(position["size"]) != (got.size if got is not None else 0):
                return f"I3: {symbol} is {position}, the desk has {got}"
        return ""

    async def funding(self) -> list[Decimal]:
        return [
            one.amount
            for one in await self.stores.ledger.transfers(PERP.id)
            if one.kind is TransferKind.FUNDING
        ]


@contextlib.asynccontextmanager
async def working(folder: Path, url: str, **venue: Any) -> AsyncIterator[Workplace]:
    preload("binanceusdm")
    options = {"history_days": 2, "symbols": ("BTC/USDT",), **venue}
    async with running_venue(folder, **options) as ready, aiohttp.ClientSession() as session:
        place = await Workplace(ready, RawClient(ready, session), url).begin()
        try:
            yield place
        finally:
            with contextlib.suppress(Exception):
                await place.end()


async def test_a_long_and_a_short_round_trip_agree_to_the_last_digit(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        bought = await place.send(size="0.137")
        await place.reaches(bought, OrderState.FILLED)
        await place.reaches(await place.send(size="0.071"), OrderState.FILLED)
        resting = await place.send(share="0.9")
        await place.reaches(resting, OrderState.OPEN)
        await place.desk.handle(CancelOrder(account=PERP.id, client_id=resting.client_id))
        await place.reaches(resting, OrderState.CANCELED)
        await place.reaches(await place.send(Side.SELL, "0.033"), OrderState.FILLED)
        await place.holds("0.175")
        await place.agrees()

        await place.desk.handle(ReversePosition(account=PERP.id, instrument=place.btc.id))
        await place.holds("-0.175")
        await place.agrees()
        await place.desk.handle(ClosePosition(account=PERP.id, instrument=place.btc.id))
        await place.holds("0")
        await place.agrees()
        await place.until(lambda: any(isinstance(e, LedgerChecked) for e in place.events))

        assert await place.stores.journal.verify() is None


async def test_a_bracket_whose_stop_was_moved_is_turned_round_and_closed(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        shown = await place.admin.get("/fapi/v1/ticker/price", symbol="BTCUSDT")
        last = Decimal(shown["price"])
        near, far, above = (
            place.btc.snap_price(last * Decimal(part)) for part in ("0.96", "0.95", "1.05")
        )
        exits = Exits(stop=far, target=above)
        bought = await place.send(size="0.01", terms=Terms(exits=exits))
        assert place.denial(bought) == ""
        await place.reaches(bought, OrderState.FILLED)
        await place.holds("0.01")
        await place.until(lambda: place.resting() == {(Role.STOP, far), (Role.TARGET, above)})

        command = MoveStop(account=PERP.id, instrument=place.btc.id, price=near)
        await place.desk.handle(command)
        await place.until(lambda: place.resting() == {(Role.STOP, near), (Role.TARGET, above)})
        await place.desk.handle(ReversePosition(account=PERP.id, instrument=place.btc.id))
        await place.holds("-0.01")
        await place.until(lambda: not place.resting())
        guard = Exits(stop=above, target=far)
        await place.desk.handle(AttachExits(account=PERP.id, instrument=place.btc.id, exits=guard))
        await place.until(lambda: place.resting() == {(Role.STOP, above), (Role.TARGET, far)})
        await place.desk.handle(ClosePosition(account=PERP.id, instrument=place.btc.id))

        await place.holds("0")
        await place.until(lambda: not place.resting())
        await place.agrees()


async def test_a_stop_at_the_venue_closes_the_position_of_a_dead_desk(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.reaches(await place.send(size="0.05"), OrderState.FILLED)
        await place.holds("0.05")
        shown = await place.admin.get("/fapi/v1/ticker/price", symbol="BTCUSDT")
        far = place.btc.snap_price(Decimal(shown["price"]) * Decimal("0.93"))
        guard = AttachExits(account=PERP.id, instrument=place.btc.id, exits=Exits(stop=far))
        await place.desk.handle(guard)
        await place.until(lambda: place.standing() == {OrderState.OPEN})
        (stop_id,) = place.exits()
        await place.kill()

        await place.admin.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(far - 50)})
        ledger = (await place.admin.admin("GET", "ledger"))["perpetual"]
        assert [Decimal(p["size"]) for *_, p in ledger["positions"]] in ([], [0])

        await place.begin()
        await place.holds("0")
        await place.agrees()
        stop = await place.stores.trading_writer.order(PERP.id, stop_id)
        assert stop is not None
        assert (stop.state, stop.filled) == (OrderState.FILLED, Decimal("0.05"))


async def bracketed(place: Workplace) -> tuple[Decimal, Decimal]:
    """Buy with a stop and a target, and wait until both rest at the venue."""
    shown = await place.admin.get("/fapi/v1/ticker/price", symbol="BTCUSDT")
    last = Decimal(shown["price"])
    far, above = (place.btc.snap_price(last * Decimal(part)) for part in ("0.93", "1.07"))
    terms = Terms(exits=Exits(stop=far, target=above))
    bought = await place.send(size="0.02", terms=terms)
    await place.reaches(bought, OrderState.FILLED)
    await place.holds("0.02")
    await place.until(lambda: place.resting() == {(Role.STOP, far), (Role.TARGET, above)})
    await place.until(lambda: place.standing() == {OrderState.OPEN})
    return far, above


@pytest.mark.parametrize("is_gain", [False, True])
async def test_both_exits_outlive_the_desk_and_the_one_left_over_is_ended_by_the_next(
    tmp_path, database_url, is_gain
):
    async with working(tmp_path, database_url) as place:
        far, above = await bracketed(place)
        await place.kill()
        price = above + 50 if is_gain else far - 50
        await place.admin.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(price)})

        await place.begin()
        await place.holds("0")
        await place.until(lambda: not place.exits())
        await place.agrees()
        ledger = (await place.admin.admin("GET", "ledger"))["perpetual"]
        # The entry may have filled in parts; of the two exits one has filled.
        assert len({one["order_id"] for one in ledger["fills"]}) == 2


async def test_a_moved_stop_comes_back_to_the_venue_beside_its_target(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        far, above = await bracketed(place)
        near = place.btc.snap_price(far * Decimal("1.01"))
        command = MoveStop(account=PERP.id, instrument=place.btc.id, price=near)
        await place.desk.handle(command)
        await place.until(lambda: place.resting() == {(Role.STOP, near), (Role.TARGET, above)})
        await place.until(lambda: place.standing() == {OrderState.OPEN})
        await place.admin.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(above + 50)})

        await place.holds("0")
        await place.until(lambda: not place.exits())
        await place.agrees()


async def test_what_backs_a_position_is_told_with_its_liquidation_price(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.desk.handle(
            ChooseLeverage(account=PERP.id, instrument=place.btc.id, leverage=10)
        )
        await place.until(lambda: place.line.leverage == 10)
        await place.desk.handle(
            ChooseMarginMode(account=PERP.id, instrument=place.btc.id, mode=MarginMode.ISOLATED)
        )
        await place.until(lambda: place.line.mode is MarginMode.ISOLATED)
        await place.reaches(await place.send(), OrderState.FILLED)
        await place.until(lambda: place.line.size == Decimal("0.1"))
        long = place.line

        assert long.liquidation is not None
        assert long.mark * Decimal("0.85") < long.liquidation < long.mark
        assert abs(long.margin - long.mark / 100) < long.mark / 1000
        await place.desk.handle(
            ChooseLeverage(account=PERP.id, instrument=place.btc.id, leverage=500)
        )
        texts = [e.text for e in place.events if isinstance(e, NoticeRaised)]
        assert any("Leverage 500 is not valid" in text for text in texts)


async def test_risk_counts_margin_and_a_reducing_order_needs_none(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.desk.handle(
            ChooseLeverage(account=PERP.id, instrument=place.btc.id, leverage=2)
        )
        await place.until(lambda: place.line.leverage == 2)
        much = await place.send(size="0.5")
        flat = await place.send(Side.SELL, "0.1", terms=Terms(is_reduce_only=True))
        await place.reaches(await place.send(size="0.25"), OrderState.FILLED)
        await place.holds("0.25")

        assert place.denial(much) == "MARGIN"
        assert place.denial(flat) == "REDUCE_ONLY"
        closing = await place.send(Side.SELL, "0.25", terms=Terms(is_reduce_only=True))
        await place.holds("0")
        assert place.denial(closing) == ""


async def test_funding_is_journaled_once_and_exactly_and_is_no_deposit(tmp_path, database_url):
    async with working(tmp_path, database_url, funding_s=4.0) as place:
        await place.reaches(await place.send(size="0.1"), OrderState.FILLED)

        async def was_paid() -> bool:
            return len(await place.funding()) >= 2

        await place.until(was_paid)
        await place.agrees()
        ledger = (await place.admin.admin("GET", "ledger"))["perpetual"]
        paid = await place.funding()
        theirs = [Decimal(row["amount"]) for row in ledger["funding"] if Decimal(row["amount"])]
        rows = await place.stores.journal.read(0, 10_000)

        assert paid == theirs[: len(paid)]
        assert sum(row.draft.type == "transfer.funding" for row in rows) >= 2
        kinds = {one.kind for one in await place.stores.ledger.transfers(PERP.id)}
        assert kinds == {TransferKind.OPENING, TransferKind.FUNDING}

        await place.end()
        again = await Workplace(place.venue, place.admin, database_url).begin()
        await again.agrees()
        await again.end()


async def test_a_forced_closing_arrives_as_an_order_of_the_venues(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.reaches(await place.send(size="0.5"), OrderState.FILLED)
        await place.holds("0.5")
        wallet = {b.currency: b.total for b in await place.stores.trading.balances(PERP.id)}
        out = str(Decimal(50) - wallet["USDT"])
        await place.admin.admin(
            "POST", "deposit", {"asset": "USDT", "amount": out, "wallet": "perpetual"}
        )
        await place.holds("0")
        orders = await place.stores.trading.orders(PERP.id)
        forced = next(o for o in orders if o.client_id.startswith("autoclose-"))

        assert forced.intent.origin is Origin.EXTERNAL
        assert forced.state is OrderState.FILLED
        assert forced.intent.terms.is_reduce_only
        await place.agrees()


async def test_what_the_insurance_fund_pays_is_no_deposit(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.reaches(await place.send(size="0.5"), OrderState.FILLED)
        await place.holds("0.5")
        wallet = {b.currency: b.total for b in await place.stores.trading.balances(PERP.id)}
        # So much that the forced closing costs more than is left.
        out = Decimal(-300) - wallet["USDT"]
        await place.admin.admin(
            "POST", "deposit", {"asset": "USDT", "amount": str(out), "wallet": "perpetual"}
        )
        await place.holds("0")
        await place.agrees()

        async def has_both() -> bool:
            found = {one.kind for one in await place.stores.ledger.transfers(PERP.id)}
            return {TransferKind.INSURANCE, TransferKind.WITHDRAWAL} <= found

        await place.until(has_both)
        await place.agrees()
        ledger = (await place.admin.admin("GET", "ledger"))["perpetual"]
        money = {
            kind: [one for one in await place.stores.ledger.transfers(PERP.id) if one.kind is kind]
            for kind in TransferKind
        }
        (paid,), (taken,) = money[TransferKind.INSURANCE], money[TransferKind.WITHDRAWAL]

        assert paid.amount == Decimal(ledger["insured"]) > 0
        assert paid.reference == place.btc.id
        assert not paid.is_from_outside
        assert taken.amount == out
        assert money[TransferKind.DEPOSIT] == []
        rows = await place.stores.journal.read(0, 10_000)
        (why,) = [
            text
            for row in rows
            if "insurance" in (text := str(row.draft.payload.get("repair", "")))
        ]
        assert f"paid {paid.amount} USDT" in why
        assert "cost more than its margin" in why
        assert sum(row.draft.type == "transfer.insurance" for row in rows) == 1

        await place.end()
        again = await Workplace(place.venue, place.admin, database_url).begin()
        await again.agrees()
        kinds = [one.kind for one in await again.stores.ledger.transfers(PERP.id)]
        assert kinds.count(TransferKind.INSURANCE) == 1
        await again.end()


@pytest.mark.parametrize("action", [FaultAction.ACCEPT_THEN_RESET, FaultAction.HTML502_ACCEPTED])
async def test_an_order_whose_reply_is_lost_is_found_and_never_sent_again(
    tmp_path, database_url, action
):
    async with working(tmp_path, database_url) as place:
        rule = {"on": "POST /fapi/v1/order", "action": action.value, "nth": 1}
        await place.admin.admin("POST", "faults", {"rules": [rule]})
        await place.reaches(await place.send(size="0.02"), OrderState.FILLED)
        await place.agrees()
        calls = await place.admin.admin("GET", "calls")

        assert calls["POST /fapi/v1/order"] == 1


async def test_a_restart_and_an_ended_listen_key_lose_nothing(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        await place.reaches(await place.send(size="0.02"), OrderState.FILLED)
        resting = await place.send(share="0.95")
        await place.reaches(resting, OrderState.OPEN)
        await place.admin.admin("POST", "faults", {"outages": [{"kind": "revoke", "from_s": 0.0}]})
        await place.until(lambda: place.connection.broker._reports.connections >= 2)
        await place.until(lambda: place.desk.state is TradingState.ACTIVE)
        await place.reaches(await place.send(size="0.01"), OrderState.FILLED)
        await place.end()
        price = str(resting.limit_price)
        await place.admin.admin("POST", "cross", {"symbol": "BTC/USDT", "price": price})
        again = await Workplace(place.venue, place.admin, database_url).begin()
        await again.reaches(resting, OrderState.FILLED)
        await again.agrees()

        assert again.desk.state is TradingState.ACTIVE
        await again.end()


async def test_a_desk_of_one_way_trades_refuses_an_account_in_hedge_mode(tmp_path, database_url):
    async with working(tmp_path, database_url) as place:
        status, _, _ = await place.admin.signed(
            "POST", "/fapi/v1/positionSide/dual", dualSidePosition="true"
        )
        assert status == 200
        await place.until(lambda: place.desk.state is TradingState.REDUCING, 20.0)
