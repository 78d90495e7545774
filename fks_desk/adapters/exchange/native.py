"""Send linked and replacing orders of one account, once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fks_desk.adapters.exchange.errors import Answer
from fks_desk.adapters.exchange.library import foreign_errors
from fks_desk.adapters.exchange.order_form import order_request, pair_request
from fks_desk.adapters.exchange.sending import Sending
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE
from fks_desk.core.errors import DataError, OutcomeUnknown
from fks_desk.core.model import Instrument, Order, OrderIntent, OrderKind
from fks_desk.core.native import Abilities, Replaced
from fks_desk.core.ports import VenueOrder

REPLACED_IN_PART = -2021
REPLACED_NOTHING = -2022


class ExchangeNative:
    """Be `NativeOrders` over ccxt: pairs as OCO lists, replacements as cancel-replace."""

    def __init__(self, *, sending: Sending, reads: SignedReads) -> None:
        self._sending = sending
        self._reads = reads

    @property
    def abilities(self) -> Abilities:
        """Return what the venue takes."""
        return Abilities(kinds=frozenset(OrderKind), has_pairs=True, has_replace=True)

    async def submit_pair(self, target: OrderIntent, stop: OrderIntent) -> Sequence[VenueOrder]:
        """Send two orders of which one ends the other, once."""
        what = f"the pair {target.client_id} and {stop.client_id}"
        instrument = await self._sending.instrument(target.instrument, what)
        request = pair_request(target, stop, instrument)
        reply = await self._sending.place("privatePostOrderListOco", request, what)
        return self._orders(reply.get("orderReports"), instrument, what)

    async def replace(self, old: Order, intent: OrderIntent) -> Replaced:
        """Take an order back and, only if that was done, send the other, once."""
        what = f"the replacement of {old.client_id} by {intent.client_id}"
        instrument = await self._sending.instrument(intent.instrument, what)
        request = {
            **order_request(intent, instrument),
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrigClientOrderId": str(old.client_id),
        }
        try:
            reply = await self._sending.call("privatePostOrderCancelReplace", request, what)
        except foreign_errors() as error:
            said = await self._sending.heard(error)
            if said.code not in {REPLACED_IN_PART, REPLACED_NOTHING}:
                raise self._sending.refusal(said, what) from error
            return self._halves(said, instrument, what)
        (new,) = self._orders([reply.get("newOrderResponse")], instrument, what)
        return Replaced(old=self._ended(reply, instrument, what), new=new)

    def _halves(self, said: Answer, instrument: Instrument, what: str) -> Replaced:
        """Tell apart what was done and what was not; with STOP_ON_FAILURE the new one never is."""
        data = said.data or {}
        if data.get("newOrderResult") == "SUCCESS":
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} in a way nobody planned")
        is_gone = data.get("cancelResult") == "SUCCESS"
        blamed = data.get("newOrderResponse" if is_gone else "cancelResponse")
        reason = blamed.get("msg") if isinstance(blamed, dict) else None
        return Replaced(
            old=self._ended(data, instrument, what) if is_gone else None,
            new=None,
            reason=f"{self._reads.venue} refused it: {reason or said.text}",
        )

    def _ended(self, reply: Mapping[str, Any], instrument: Instrument, what: str) -> VenueOrder:
        row = reply.get("cancelResponse")
        if not isinstance(row, dict) or "origClientOrderId" not in row:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably")
        # In a cancel's answer `clientOrderId` names the cancel itself.
        named = {**row, "clientOrderId": row["origClientOrderId"]}
        return self._orders([named], instrument, what)[0]

    def _orders(self, rows: object, instrument: Instrument, what: str) -> Sequence[VenueOrder]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably")
        try:
            return self._reads.orders(rows, instrument)
        except (DataError, *UNREADABLE) as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error
