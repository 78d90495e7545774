"""Say how USD-M perpetuals spell orders and the private stream.

Formats: Binance USD-M futures API, its REST orders and the user stream by listen key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fks_desk.adapters.exchange.futures import conditional_wire, wire
from fks_desk.adapters.exchange.futures.form import order_request
from fks_desk.adapters.exchange.library import Client
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.adapters.exchange.wire import Message
from fks_desk.adapters.exchange.words import ConditionalWords, OrderWords
from fks_desk.core.model import AccountId, Balance
from fks_desk.core.ports import OrderReport

# The earlier order with this id may be the very one that we are asking about.
_DUPLICATE = -4116
_OWN_REFUSALS = range(-5999, -3999)  # filters, margin modes, order rules
_MORE_REFUSALS = frozenset({-2018, -2019, -2020, -2021, -2022, -2024, -2025, -2027, -2028})

_CONDITIONAL = ConditionalWords(
    kinds=conditional_wire.KINDS,
    place="fapiPrivatePostAlgoOrder",
    cancel="fapiPrivateDeleteAlgoOrder",
    find="fapiPrivateGetAlgoOrder",
    open_orders="fapiPrivateGetOpenAlgoOrders",
    all_orders="fapiPrivateGetAllAlgoOrders",
    form=conditional_wire.request_of,
    read_order=conditional_wire.order,
    number_in=conditional_wire.number_in,
    born_of=conditional_wire.born_of,
    is_own=conditional_wire.is_own,
    is_born=conditional_wire.is_born,
)
PERPETUALS = OrderWords(
    place="fapiPrivatePostOrder",
    cancel="fapiPrivateDeleteOrder",
    find="fapiPrivateGetOrder",
    open_orders="fapiPrivateGetOpenOrders",
    all_orders="fapiPrivateGetAllOrders",
    fills="fapiPrivateGetUserTrades",
    form=order_request,
    read_order=wire.order,
    read_fill=wire.fill,
    reply_fills=lambda _reply, _owner: (),
    refusals=_MORE_REFUSALS | frozenset(_OWN_REFUSALS) - {_DUPLICATE},
    conditional=_CONDITIONAL,
)


class FuturesStream:
    """Follow the stream of a listen key, which ccxt keeps alive, and read its reports."""

    account_type = "linear"
    mine = frozenset({"ORDER_TRADE_UPDATE", "ALGO_UPDATE", "ACCOUNT_UPDATE"})
    ended = frozenset({"listenKeyExpired", "serverShutdown"})

    async def sign_on(self, client: Client) -> str:
        """Ask for a fresh key; ccxt renews it every 20 minutes from here on."""
        client.options[self.account_type] = {}
        await client.authenticate({"type": self.account_type})
        key = client.options[self.account_type]["listenKey"]
        return str(client.get_private_ws_url(self.account_type, key))

    def balances(self, event: Message, account: AccountId) -> Sequence[Balance] | None:
        """Read the wallets of an ACCOUNT_UPDATE."""
        return wire.stream_balances(event, account) if event["e"] == "ACCOUNT_UPDATE" else None

    def order_of(self, event: Message) -> Mapping[str, object]:
        """Return the order inside an ORDER_TRADE_UPDATE or an ALGO_UPDATE."""
        told: Mapping[str, object] = event["o"]
        return told if event["e"] != "ALGO_UPDATE" else conditional_wire.told_row(event)

    def report(self, told: Message, owner: Owner) -> OrderReport:
        """Read the order, and the execution that moved it."""
        if conditional_wire.is_own(told):
            return OrderReport(order=conditional_wire.order(told, owner))
        return OrderReport(order=wire.report_order(told, owner), fill=wire.report_fill(told, owner))
