"""Write and read conditional orders of perpetuals, which the venue keeps apart from plain ones.

Formats: Binance USD-M futures API, `POST /fapi/v1/algoOrder`, `openAlgoOrders`,
`allAlgoOrders`, and the user stream's `ALGO_UPDATE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.order_form import plain, require_step
from fks_desk.adapters.exchange.private_wire import UNKNOWN, Owner
from fks_desk.adapters.exchange.wire import Message, exact
from fks_desk.core.clock import from_ms
from fks_desk.core.errors import OrderRefused
from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Instrument,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    VenueOrderId,
)
from fks_desk.core.ports import VenueOrder
from fks_desk.core.terms import TRAIL_BPS, Terms

# The venue follows from 0.1 to 10 percent, in steps of 0.1.
TRAILS = range(10, 1001, 10)
_TYPES = {
    OrderKind.STOP: "STOP_MARKET",
    OrderKind.STOP_LIMIT: "STOP",
    OrderKind.TAKE_PROFIT: "TAKE_PROFIT_MARKET",
    OrderKind.TAKE_PROFIT_LIMIT: "TAKE_PROFIT",
    OrderKind.TRAILING_STOP: "TRAILING_STOP_MARKET",
}
_KINDS = {name: kind for kind, name in _TYPES.items()}
KINDS = frozenset(_TYPES)
_STATES = {
    "NEW": OrderState.OPEN.value,
    # Woken, and on its way to become an order, which tells the rest itself.
    "TRIGGERING": OrderState.OPEN.value,
    "TRIGGERED": OrderState.OPEN.value,
    "CANCELED": OrderState.CANCELED.value,
    "EXPIRED": OrderState.EXPIRED.value,
    "REJECTED": OrderState.REJECTED.value,
}
_MARK = "algo-"
_NAMES = {
    "caid": "clientAlgoId", "aid": "algoId", "s": "symbol", "S": "side", "o": "orderType",
    "q": "quantity", "X": "algoStatus", "ai": "actualOrderId", "tp": "triggerPrice",
    "p": "price", "R": "reduceOnly",
}  # fmt: skip
_BPS = Decimal(100)


def request_of(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a conditional order, or raise OrderRefused if a step is missed."""
    require_step(intent.size, instrument.snap_size(intent.size), "size", instrument.lot)
    request = {
        "algoType": "CONDITIONAL",
        "symbol": wire_symbol(instrument),
        "side": intent.side.value.upper(),
        "type": _TYPES[intent.kind],
        "quantity": plain(intent.size, instrument.size_digits),
        "clientAlgoId": str(intent.client_id),
        "workingType": "CONTRACT_PRICE",
    }
    terms = intent.terms
    if intent.limit_price is not None:
        request["price"] = _price(intent.limit_price, "limit price", instrument)
        request["timeInForce"] = "GTC"
    if terms.trigger_price is not None:
        name = "activatePrice" if intent.kind is OrderKind.TRAILING_STOP else "triggerPrice"
        request[name] = _price(terms.trigger_price, "trigger price", instrument)
    if terms.trail_bps is not None:
        if terms.trail_bps not in TRAILS:
            raise OrderRefused(
                f"the venue trails by 0.1 to 10 % in steps of 0.1, was {terms.trail_bps / _BPS} %"
            )
        request["callbackRate"] = f"{terms.trail_bps / _BPS:.1f}"
    if terms.is_reduce_only:
        request["reduceOnly"] = "true"
    return request


def id_of(number: object) -> VenueOrderId:
    """Return the desk's name for a conditional order's own number."""
    return VenueOrderId(f"{_MARK}{number}")


def number_in(venue_order_id: VenueOrderId) -> str | None:
    """Return the number of a conditional order, or None for a plain one's id."""
    is_conditional = venue_order_id.startswith(_MARK)
    return venue_order_id.removeprefix(_MARK) if is_conditional else None


def order(row: Message, owner: Owner) -> VenueOrder:
    """Read a conditional order that waits, or ended before it became an order."""
    return VenueOrder(
        client_id=ClientOrderId(str(row["clientAlgoId"])),
        venue_order_id=id_of(row["algoId"]),
        instrument=owner.instrument,
        state=_STATES.get(row["algoStatus"], UNKNOWN),
        intent=_intent(row, owner),
        filled=ZERO,
        average_price=None,
        updated=from_ms(int(row["updateTime"])),
    )


def told_row(event: Message) -> Mapping[str, object]:
    """Return what an ALGO_UPDATE tells, by the names of the REST answers."""
    told = event["o"]
    row = {_NAMES.get(name, name): value for name, value in told.items()}
    return row | {"s": told["s"], "updateTime": event["T"]}


def born_of(row: Message) -> str | None:
    """Return the number of the order that a conditional one has become, or None."""
    number = str(row.get("actualOrderId") or "0")
    return number if number.strip("0") else None


def is_own(row: Message) -> bool:
    """Tell whether a row is of a conditional order, born or not."""
    return "clientAlgoId" in row


def is_born(row: Message) -> bool:
    """Tell whether a plain order was conditional once."""
    return (row.get("origType") or row.get("ot")) in _KINDS  # codespell:ignore ot


def _price(price: Decimal, name: str, instrument: Instrument) -> str:
    require_step(price, instrument.snap_price(price), name, instrument.tick)
    return plain(price, instrument.price_digits)


def _intent(row: Message, owner: Owner) -> OrderIntent | None:
    """Rebuild what was wanted, or None if the venue does not tell enough of it."""
    kind = _KINDS.get(row["orderType"])
    size = exact(row.get("quantity") or "0", "quantity")
    price = exact(row.get("price") or "0", "price")
    trails = kind is OrderKind.TRAILING_STOP
    named = row.get("activatePrice" if trails else "triggerPrice")
    trigger = exact(named or "0", "triggerPrice")
    trail = int(exact(row.get("callbackRate") or "0", "callbackRate") * _BPS)
    reference = price or trigger
    if kind is None or size <= 0 or reference <= 0 or (trails and trail not in TRAIL_BPS):
        return None
    if (kind.has_limit and price <= 0) or (not trails and trigger <= 0):
        return None
    return OrderIntent(
        client_id=ClientOrderId(str(row["clientAlgoId"])),
        account=owner.account,
        instrument=owner.instrument,
        side=Side(row["side"].lower()),
        kind=kind,
        size=size,
        limit_price=price if kind.has_limit else None,
        reference_price=reference,
        origin=Origin.EXTERNAL,
        terms=Terms(
            trigger_price=trigger if trigger > 0 else None,
            trail_bps=trail if trails else None,
            is_reduce_only=row.get("reduceOnly") is True,
        ),
        created=from_ms(int(row.get("createTime") or row["updateTime"])),
    )
