from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from fks_desk.core.messages import (
    BalanceMoved,
    OrderDenied,
    OrderMoved,
    PlaceOrder,
    TradingStateMoved,
)
from fks_desk.core.model import (
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    TimeInForce,
    TradingState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.ticket import TicketModel
from fks_desk.ui.models.account.ticket_extras import ExtrasForm
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.staging import Staging
from tests.fakes.panes import BTC, DEMO, ETH, NOON, Desk, balance


@dataclass
class Table:
    desk: Desk
    staging: Staging
    ticket: TicketModel

    @property
    def placed(self) -> list[OrderIntent]:
        return [one.intent for one in self.desk.sent if isinstance(one, PlaceOrder)]

    def answer(self, state: OrderState, reason: str = "") -> None:
        order = Order(intent=self.placed[-1], state=state, reason=reason, updated=NOON)
        self.ticket.on_order_moved(OrderMoved(order=order))


@pytest.fixture
async def table() -> Table:
    desk = Desk(Nursery())
    staging = Staging()
    ticket = TicketModel(
        market=desk.market,
        portfolio=desk.portfolio,
        staging=staging,
        send=desk.sent.append,
        clock=desk.clock,
    )
    desk.list_instruments()
    desk.quote(last="64000")
    for currency, free in (("USDT", "10000"), ("BTC", "0.5")):
        desk.portfolio.on_balance_moved(BalanceMoved(balance=balance(currency, free)))
    ticket.set_instrument(BTC.id)
    return Table(desk, staging, ticket)


async def test_the_first_enter_stages_and_the_second_sends(table: Table) -> None:
    table.ticket.set_size("0.01")
    table.ticket.set_price("63000")
    table.ticket.set_time_in_force(TimeInForce.IOC)

    table.ticket.submit()
    assert table.placed == []
    assert table.ticket.preview == "BUY 0.01 BTC at 63,000.00 or better, 630.00 USDT · IOC"

    table.ticket.submit()
    sent = table.placed[0]
    assert (sent.size, sent.limit_price) == (Decimal("0.01"), Decimal(63000))
    assert (sent.origin, sent.created, sent.account) == (Origin.HAND, NOON, DEMO)
    assert sent.time_in_force is TimeInForce.IOC


async def test_however_often_enter_is_pressed_one_order_is_sent(table: Table) -> None:
    table.ticket.set_size("0.01")
    table.ticket.set_price("63000")

    for _ in range(6):
        table.ticket.submit()

    assert len(table.placed) == 1
    assert table.ticket.is_waiting
    assert not table.ticket.can_send


async def test_the_ticket_waits_until_the_venue_has_answered(table: Table) -> None:
    table.ticket.stage(Side.BUY)
    table.ticket.submit()

    table.answer(OrderState.PERSISTED)
    table.answer(OrderState.SENDING)
    assert table.ticket.is_waiting

    table.answer(OrderState.OPEN)
    assert not table.ticket.is_waiting
    assert table.ticket.outcome.text == "Buy 0.00156 BTC/USDT rests at the venue."


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        (OrderState.REJECTED, Tone.DOWN),
        (OrderState.UNKNOWN, Tone.WARNING),
        (OrderState.FILLED, Tone.UP),
        (OrderState.CANCELED, Tone.MUTED),
    ],
)
async def test_what_became_of_the_order_is_said(
    table: Table, state: OrderState, tone: Tone
) -> None:
    table.ticket.stage(Side.SELL)
    table.ticket.submit()

    table.answer(state, reason="Filter failure: LOT_SIZE")

    assert table.ticket.outcome.tone is tone
    assert ("LOT_SIZE" in table.ticket.outcome.text) == (state is OrderState.REJECTED)


async def test_a_denied_order_shows_the_reason_and_frees_the_ticket(table: Table) -> None:
    table.ticket.stage(Side.BUY)
    table.ticket.submit()

    table.ticket.on_order_denied(
        OrderDenied(intent=table.placed[0], code="max_notional", reason="The limit is 50 USDT.")
    )

    assert table.ticket.outcome.text == "Denied: The limit is 50 USDT."
    assert not table.ticket.is_waiting


async def test_an_order_of_somebody_else_changes_nothing(table: Table) -> None:
    table.ticket.stage(Side.BUY)
    table.ticket.submit()

    other = OrderIntent(
        client_id=type(table.placed[0].client_id)("other"),
        account=DEMO,
        instrument=BTC.id,
        side=Side.BUY,
        kind=OrderKind.MARKET,
        size=Decimal(1),
        reference_price=Decimal(1),
        created=NOON,
    )
    table.ticket.on_order_denied(OrderDenied(intent=other, code="x", reason="no"))

    assert table.ticket.is_waiting


async def test_escape_drops_then_stops_waiting_with_a_warning(table: Table) -> None:
    table.ticket.stage(Side.BUY)
    table.ticket.drop()
    assert table.ticket.staged is None

    table.ticket.stage(Side.BUY)
    table.ticket.submit()
    table.ticket.drop()
    assert not table.ticket.is_waiting
    assert "Look at the orders" in table.ticket.outcome.text


async def test_a_line_dragged_on_the_chart_changes_the_form(table: Table) -> None:
    table.ticket.stage(Side.BUY)

    table.staging.set_price(Decimal("62000.019"))
    table.staging.nudge_size(1)

    assert table.ticket.form.price == "62000.02"
    assert Decimal(table.ticket.form.size) == table.staging.order.size  # type: ignore[union-attr]


async def test_typing_moves_the_line_but_leaves_the_typing_alone(table: Table) -> None:
    table.ticket.stage(Side.BUY)

    table.ticket.set_price("61000.")
    table.ticket.set_size("0.0200")
    table.desk.portfolio.on_balance_moved(BalanceMoved(balance=balance("USDT", "9999")))

    assert (table.ticket.form.price, table.ticket.form.size) == ("61000.", "0.0200")
    assert table.staging.order is not None
    assert (table.staging.order.price, table.staging.order.size) == (61000, Decimal("0.02"))


async def test_what_is_wrong_keeps_a_staged_order_from_being_sent(table: Table) -> None:
    table.ticket.stage(Side.BUY)

    table.ticket.set_size("1,000")
    table.ticket.submit()
    assert table.placed == []
    assert "comma" in table.ticket.problem

    table.ticket.set_size("1")
    table.ticket.submit()
    assert table.placed == []
    assert table.ticket.problem == "This takes 64,000 USDT; 10,000 USDT is free."


async def test_a_market_order_follows_the_price_and_is_sent_without_a_limit(table: Table) -> None:
    table.ticket.set_kind(OrderKind.MARKET)
    table.ticket.set_size("0.01")
    table.ticket.stage(Side.SELL)

    table.desk.quote(last="65000")
    table.ticket.submit()

    sent = table.placed[0]
    assert (sent.kind, sent.limit_price, sent.reference_price) == (OrderKind.MARKET, None, 65000)
    assert sent.time_in_force is TimeInForce.GTC


async def test_arrows_nudge_price_and_size(table: Table) -> None:
    table.ticket.nudge_price(10)
    table.ticket.nudge_size(3)

    assert table.ticket.form.price == "64000.1"
    assert table.ticket.form.size == "0.00003"


async def test_a_share_of_what_is_free_becomes_the_size(table: Table) -> None:
    table.ticket.set_price("50000")

    table.ticket.use_share(50)

    assert table.ticket.form.size == "0.1"
    assert ("Risk", "5,000.00 USDT = 11.9 % of equity, no stop") in table.ticket.summary


@pytest.mark.parametrize("kind", [OrderKind.LIMIT, OrderKind.MARKET])
async def test_a_typed_stop_bounds_the_risk_before_and_after_staging(
    table: Table, kind: OrderKind
) -> None:
    table.ticket.set_kind(kind)
    table.ticket.set_price("64000")
    table.ticket.set_size("0.1")
    table.ticket.set_extras(ExtrasForm(stop="63000"))
    table.ticket.stage(Side.BUY)

    assert (
        "Risk",
        "100.00 USDT = 0.2 % of equity at the stop, before fees",
    ) in table.ticket.summary
    assert table.staging.order is not None
    assert (table.staging.order.stop, table.staging.order.risk) == (Decimal(63000), Decimal(100))


async def test_a_stop_above_a_purchase_is_no_small_risk(table: Table) -> None:
    table.ticket.set_price("64000")
    table.ticket.set_size("0.1")
    table.ticket.set_extras(ExtrasForm(stop="65000"))

    assert (
        "Risk",
        "the stop is not below the price: it would sell at once",
    ) in table.ticket.summary


async def test_another_symbol_forgets_the_numbers_of_the_first(table: Table) -> None:
    table.ticket.stage(Side.BUY)

    table.ticket.set_instrument(ETH.id)

    assert (table.ticket.form.size, table.ticket.form.price) == ("", "")
    assert not table.staging.is_staged


async def test_a_halted_desk_is_shown_in_the_ticket(table: Table) -> None:
    table.ticket.on_trading_state_moved(
        TradingStateMoved(account=DEMO, state=TradingState.HALTED, reason="loss")
    )

    assert table.ticket.trading_state is TradingState.HALTED


async def test_a_second_order_waits_for_the_answer_to_the_first(table: Table) -> None:
    table.ticket.stage(Side.BUY)
    table.ticket.submit()
    table.ticket.stage(Side.SELL)
    table.ticket.submit()
    assert len(table.placed) == 1
    assert "not answered yet" in table.ticket.outcome.text

    table.answer(OrderState.OPEN)
    table.ticket.submit()
    assert [one.side for one in table.placed] == [Side.BUY, Side.SELL]
