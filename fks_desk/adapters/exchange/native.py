"""Send linked and replacing orders of one account, once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fks_desk.adapters.exchange.errors import Answer, order_error
from fks_desk.adapters.exchange.hosts import StrangeHost
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.order_form import order_request, pair_request
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.errors import (
    DataError,
    FKSException,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.model import Instrument, InstrumentId, Order, OrderIntent, OrderKind
from fks_desk.core.native import Abilities, Replaced
from fks_desk.core.ports import VenueOrder

REPLACED_IN_PART = -2021
REPLACED_NOTHING = -2022


class ExchangeNative:
    """Be `NativeOrders` over ccxt: pairs as OCO lists, replacements as cancel-replace."""

    def __init__(self, *, client: Client, reads: SignedReads) -> None:
        self._client = client
        self._reads = reads

    @property
    def abilities(self) -> Abilities:
        """Return what the venue takes."""
        return Abilities(kinds=frozenset(OrderKind), has_pairs=True, has_replace=True)

    async def submit_pair(self, target: OrderIntent, stop: OrderIntent) -> Sequence[VenueOrder]:
        """Send two orders of which one ends the other, once."""
        what = f"the pair {target.client_id} and {stop.client_id}"
        instrument = await self._instrument(target.instrument, what)
        request = pair_request(target, stop, instrument)
        try:
            reply = await self._call("privatePostOrderListOco", request, what)
        except foreign_errors() as error:
            raise order_error(answer(error), venue=self._reads.venue, what=what) from error
        return self._orders(reply.get("orderReports"), instrument, what)

    async def replace(self, old: Order, intent: OrderIntent) -> Replaced:
        """Take an order back and, only if that was done, send the other, once."""
        what = f"the replacement of {old.client_id} by {intent.client_id}"
        instrument = await self._instrument(intent.instrument, what)
        request = {
            **order_request(intent, instrument),
            "cancelReplaceMode": "STOP_ON_FAILURE",
            "cancelOrigClientOrderId": str(old.client_id),
        }
        try:
            reply = await self._call("privatePostOrderCancelReplace", request, what)
        except foreign_errors() as error:
            said = answer(error)
            if said.code not in {REPLACED_IN_PART, REPLACED_NOTHING}:
                raise order_error(said, venue=self._reads.venue, what=what) from error
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

    async def _instrument(self, wanted: InstrumentId, what: str) -> Instrument:
        """Return the instrument; without it nothing can be sent, which is a definite no."""
        try:
            return await self._reads.instrument(wanted)
        except FKSException as error:
            raise OrderRefused(f"{what} was not sent: {error.message}") from error

    async def _call(self, method: str, request: Mapping[str, str], what: str) -> Message:
        try:
            reply = await getattr(self._client, method)(dict(request))
        except (RateLimitError, StrangeHost) as error:
            # We kept it ourselves: nothing was sent.
            raise OrderRefused(f"{what} was not sent: {error.message}") from error
        if not isinstance(reply, dict):
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably")
        return reply
