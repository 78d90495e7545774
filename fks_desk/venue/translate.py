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
from fks_desk.core.terms import Terms
from fks_desk.venue.ledger.ledger import Holding
from fks_desk.venue.ledger.records import ZERO, LedgerFill, LedgerKind, LedgerOrder, LedgerStatus
from fks_desk.venue.ledger.rules import Request

_STATES = {
    LedgerStatus.NEW: OrderState.OPEN,
    LedgerStatus.PENDING_NEW: OrderState.OPEN,
    LedgerStatus.PARTIALLY_FILLED: OrderState.PARTIAL,
    LedgerStatus.FILLED: OrderState.FILLED,
    LedgerStatus.CANCELED: OrderState.CANCELED,
    LedgerStatus.EXPIRED: OrderState.EXPIRED,
    LedgerStatus.EXPIRED_IN_MATCH: OrderState.EXPIRED,
}
_KINDS = {
    OrderKind.MARKET: LedgerKind.MARKET,
    OrderKind.LIMIT: LedgerKind.LIMIT,
    OrderKind.STOP: LedgerKind.STOP_LOSS,
    OrderKind.STOP_LIMIT: LedgerKind.STOP_LOSS_LIMIT,
    OrderKind.TAKE_PROFIT: LedgerKind.TAKE_PROFIT,
    OrderKind.TAKE_PROFIT_LIMIT: LedgerKind.TAKE_PROFIT_LIMIT,
    OrderKind.TRAILING_STOP: LedgerKind.STOP_LOSS,
}
_CORE_KINDS = {
    LedgerKind.MARKET: OrderKind.MARKET,
    LedgerKind.LIMIT: OrderKind.LIMIT,
    LedgerKind.LIMIT_MAKER: OrderKind.LIMIT,
    LedgerKind.STOP_LOSS: OrderKind.STOP,
    LedgerKind.STOP_LOSS_LIMIT: OrderKind.STOP_LIMIT,
    LedgerKind.TAKE_PROFIT: OrderKind.TAKE_PROFIT,
    LedgerKind.TAKE_PROFIT_LIMIT: OrderKind.TAKE_PROFIT_LIMIT,
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
        kind = _core_kind(order)
        price = order.price or order.average_price or order.stop_price
        return OrderIntent(
            client_id=ClientOrderId(order.client_id),
            account=self._account,
            instrument=self._instruments[order.symbol].id,
            side=order.side,
            kind=kind,
            size=order.size,
            limit_price=order.price if kind.has_limit else None,
            reference_price=price or self._instruments[order.symbol].tick,
            time_in_force=order.time_in_force,
            terms=Terms(
                trigger_price=order.stop_price if kind.has_trigger else None,
                trail_bps=order.trailing_bips or None,
                is_post_only=order.kind is LedgerKind.LIMIT_MAKER,
            ),
            origin=Origin.EXTERNAL,
            created=from_ms(order.created_ms),
        )


def request_of(intent: OrderIntent, instrument: Instrument, uid: int) -> Request:
    """Return a wish of the desk as the matching core takes it."""
    kind = _KINDS[intent.kind]
    if intent.terms.is_post_only:
        kind = LedgerKind.LIMIT_MAKER
    return Request(
        uid=uid,
        symbol=instrument.symbol,
        client_id=intent.client_id,
        side=intent.side,
        kind=kind,
        time_in_force=intent.time_in_force,
        price=intent.limit_price or ZERO,
        size=intent.size,
        stop_price=intent.terms.trigger_price or ZERO,
        trailing_bips=intent.terms.trail_bps or 0,
    )


def _core_kind(order: LedgerOrder) -> OrderKind:
    return OrderKind.TRAILING_STOP if order.trailing_bips else _CORE_KINDS[order.kind]
