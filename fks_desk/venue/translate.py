"""Turn ledger rows into the words of the desk."""

from __future__ import annotations

from collections.abc import Mapping

from fks_desk.core.clock import Clock, from_ms
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    Liquidity,
    Money,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    TradeId,
    VenueOrderId,
)
from fks_desk.core.ports import VenueOrder
from fks_desk.venue.ledger.ledger import Holding
from fks_desk.venue.ledger.records import LedgerFill, LedgerKind, LedgerOrder, LedgerStatus

_STATES = {
    LedgerStatus.NEW: OrderState.OPEN,
    LedgerStatus.PARTIALLY_FILLED: OrderState.PARTIAL,
    LedgerStatus.FILLED: OrderState.FILLED,
    LedgerStatus.CANCELED: OrderState.CANCELED,
    LedgerStatus.EXPIRED: OrderState.EXPIRED,
}


class Translator:
    """Speak of one account's ledger rows as orders, fills and balances."""

    def __init__(
        self, account: AccountId, instruments: Mapping[str, Instrument], clock: Clock
    ) -> None:
        self._account = account
        self._instruments = instruments
        self._clock = clock

    def order(self, order: LedgerOrder) -> VenueOrder:
        """Return an order as the venue vouches for it."""
        return VenueOrder(
            client_id=ClientOrderId(order.client_id),
            venue_order_id=VenueOrderId(str(order.id)),
            instrument=self._instruments[order.symbol].id,
            state=_STATES[order.status].value,
            intent=self._intent(order),
            filled=order.filled,
            average_price=order.average_price,
            updated=from_ms(order.updated_ms),
        )

    def fill(self, fill: LedgerFill) -> Fill:
        """Return an execution."""
        return Fill(
            account=self._account,
            instrument=self._instruments[fill.symbol].id,
            trade_id=TradeId(str(fill.id)),
            client_id=ClientOrderId(fill.client_id),
            venue_order_id=VenueOrderId(str(fill.order_id)),
            side=fill.side,
            price=fill.price,
            size=fill.size,
            fee=Money(amount=fill.fee, currency=fill.fee_asset),
            liquidity=Liquidity.MAKER if fill.is_maker else Liquidity.TAKER,
            ts_event=from_ms(fill.moment_ms),
            ts_init=self._clock.now(),
        )

    def balances(self, holdings: Mapping[str, Holding]) -> tuple[Balance, ...]:
        """Return balances as of now."""
        return tuple(
            Balance(
                account=self._account,
                currency=asset,
                free=held.free,
                locked=held.locked,
                updated=self._clock.now(),
            )
            for asset, held in sorted(holdings.items())
        )

    def _intent(self, order: LedgerOrder) -> OrderIntent:
        """Return the wish that a stranger to the order would read from it."""
        is_market = order.kind is LedgerKind.MARKET
        price = order.price or order.average_price or self._instruments[order.symbol].tick
        return OrderIntent(
            client_id=ClientOrderId(order.client_id),
            account=self._account,
            instrument=self._instruments[order.symbol].id,
            side=order.side,
            kind=OrderKind.MARKET if is_market else OrderKind.LIMIT,
            size=order.size,
            limit_price=None if is_market else order.price,
            reference_price=price,
            time_in_force=order.time_in_force,
            origin=Origin.EXTERNAL,
            created=from_ms(order.created_ms),
        )
