"""Orders that depend on one another: one cancels the other, one starts the other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.venue.ledger.records import Contingency, LedgerKind, LedgerStatus
from fks_desk.venue.ledger.rules import CROOKED_LIST, ListRequest
from tests.venue.ledger.test_matching import BTC, Desk

TARGET = {"side": "sell", "size": "0.1", "price": "51000", "kind": LedgerKind.LIMIT_MAKER}
STOP = {
    "side": "sell",
    "size": "0.1",
    "kind": LedgerKind.STOP_LOSS,
    "stop_price": Decimal(49_000),
}
ENTRY = {"side": "buy", "size": "0.1", "price": "49500"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def place(desk: Desk, contingency: Contingency, *legs: dict):
    wanted = ListRequest(
        uid=1,
        symbol=BTC,
        client_id="list",
        contingency=contingency,
        requests=tuple(desk.request(**leg) for leg in legs),
    )
    steps = desk.matching.place_list(wanted, 1)
    return [order for _, order in steps if order is not None] if isinstance(steps, list) else steps


def statuses(desk: Desk, orders) -> list[LedgerStatus]:
    return [desk.now(order).status for order in orders]


def test_two_orders_that_cancel_each_other_lock_the_money_once(desk):
    place(desk, Contingency.OCO, TARGET, STOP)

    assert desk.locked("BTC") == Decimal("0.1")


def test_a_target_that_fills_in_part_takes_the_stop_away(desk):
    orders = place(desk, Contingency.OCO, TARGET, STOP)

    desk.print_at("51000", "0.04")

    assert statuses(desk, orders) == [LedgerStatus.PARTIALLY_FILLED, LedgerStatus.EXPIRED]
    assert desk.locked("BTC") == Decimal("0.06")


def test_a_stop_that_triggers_takes_the_target_away_first(desk):
    orders = place(desk, Contingency.OCO, TARGET, STOP)

    desk.print_at("49000")

    assert statuses(desk, orders) == [LedgerStatus.EXPIRED, LedgerStatus.FILLED]
    assert desk.locked("BTC") == 0


def test_canceling_one_of_a_list_cancels_all(desk):
    orders = place(desk, Contingency.OCO, TARGET, STOP)

    desk.cancel(orders[1])

    assert statuses(desk, orders) == [LedgerStatus.CANCELED] * 2
    assert desk.locked("BTC") == 0


def test_prices_on_the_wrong_side_are_refused_together(desk):
    low = TARGET | {"price": "49000"}

    assert place(desk, Contingency.OCO, low, STOP) == CROOKED_LIST
    assert desk.ledger.all_orders() == []


def test_exits_start_when_the_entry_has_filled_whole(desk):
    orders = place(desk, Contingency.OTOCO, ENTRY, TARGET, STOP)
    new, pending = LedgerStatus.NEW, LedgerStatus.PENDING_NEW
    assert statuses(desk, orders[:3]) == [new, pending, pending]

    desk.print_at("49500", "0.05")
    assert statuses(desk, orders[1:3]) == [pending, pending]
    desk.print_at("49500")
    assert statuses(desk, orders[:3]) == [LedgerStatus.FILLED, new, new]
    assert desk.locked("BTC") == Decimal("0.1")

    desk.print_at("48900")
    assert statuses(desk, orders[:3])[1:] == [LedgerStatus.EXPIRED, LedgerStatus.FILLED]


def test_an_entry_that_ends_takes_its_exits_with_it(desk):
    orders = place(desk, Contingency.OTO, ENTRY, TARGET)

    desk.cancel(orders[0])

    assert statuses(desk, orders) == [LedgerStatus.CANCELED] * 2


def test_exits_that_the_account_cannot_pay_expire(desk):
    broke = Desk(btc="0")
    orders = place(broke, Contingency.OTO, ENTRY, TARGET | {"size": "0.2"})

    broke.print_at("49500")

    assert statuses(broke, orders) == [LedgerStatus.FILLED, LedgerStatus.EXPIRED]
