"""Say how the spot market spells orders and the private stream.

Formats: Binance spot API, its REST orders and `userDataStream.subscribe.signature`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.library import Client, foreign_errors
from fks_desk.adapters.exchange.order_form import order_request
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.adapters.exchange.wire import Message
from fks_desk.adapters.exchange.words import OrderWords
from fks_desk.core.model import AccountId, Balance
from fks_desk.core.ports import OrderReport

SPOT = OrderWords(
    place="privatePostOrder",
    cancel="privateDeleteOrder",
    find="privateGetOrder",
    open_orders="privateGetOpenOrders",
    all_orders="privateGetAllOrders",
    fills="privateGetMyTrades",
    form=order_request,
    read_order=private_wire.order,
    read_fill=private_wire.fill,
    reply_fills=private_wire.reply_fills,
)


_SIGN_ON_S = 15.0


class SpotStream:
    """Subscribe over the WS-API and read its reports.

    A venue that takes the connection and never answers the subscription is given up
    after `patience_s`: ccxt itself would wait for ever, and the desk with it.
    """

    account_type = "spot"
    mine = frozenset({"executionReport", "outboundAccountPosition"})
    ended = frozenset({"eventStreamTerminated", "serverShutdown"})

    def __init__(self, *, patience_s: float = _SIGN_ON_S) -> None:
        self._patience_s = patience_s

    async def sign_on(self, client: Client) -> str:
        """Subscribe; a refusal leaves ccxt's connection unusable, so it is cut."""
        url = str(client.urls["api"]["ws"]["ws-api"]["spot"])
        expected: tuple[type[Exception], ...] = (KeyError, *foreign_errors())
        try:
            async with asyncio.timeout(self._patience_s):
                await client.authenticate({"type": self.account_type})
        except expected as error:
            # When the venue refuses, ccxt 4.5 stumbles over its own cleaning up: the
            # refusal is what the KeyError was raised from.
            refusal = error.__context__ if isinstance(error, KeyError) else error
            if refusal is None or not isinstance(refusal, foreign_errors()):
                raise
            connection = (client.clients or {}).get(url)
            if connection is not None:
                connection.on_error(refusal)
            raise refusal from None
        return url

    def balances(self, event: Message, account: AccountId) -> Sequence[Balance] | None:
        """Read an outboundAccountPosition."""
        if event["e"] != "outboundAccountPosition":
            return None
        return private_wire.balances(event, account)

    def order_of(self, event: Message) -> Mapping[str, object]:
        """Return an executionReport, which is flat."""
        return event

    def report(self, told: Message, owner: Owner) -> OrderReport:
        """Read an executionReport."""
        return OrderReport(
            order=private_wire.report_order(told, owner),
            fill=private_wire.report_fill(told, owner),
        )
