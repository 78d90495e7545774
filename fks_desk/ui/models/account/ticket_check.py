"""Decide whether a ticket is an order, or say in one sentence what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.margin import MarginLine
from fks_desk.core.model import (
    ZERO,
    Account,
    Balance,
    Instrument,
    InstrumentKind,
    Money,
    OrderKind,
    Side,
    Ticker,
    TimeInForce,
)
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.text import tr

_BPS = Decimal(10_000)
# A market order may meet worse prices than the last one; without this margin the
# venue would refuse an order for everything that is free.
MARKET_MARGIN = Decimal("0.995")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketForm:
    """Hold what a person typed and chose."""

    side: Side = Side.BUY
    kind: OrderKind = OrderKind.LIMIT
    size: str = ""
    price: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """Hold what the ticket is checked against."""

    account: Account
    instrument: Instrument | None
    ticker: Ticker | None
    balances: Mapping[str, Balance]
    fee_bps: Decimal
    margin: MarginLine | None = None
    free_margin: Decimal = ZERO

    def power(self) -> Decimal:
        """Return how large an order the free margin carries, in the quote currency."""
        leverage = Decimal(1) if self.margin is None else self.margin.leverage
        return max(ZERO, self.free_margin) * leverage

    def opens(self, side: Side, size: Decimal) -> Decimal:
        """Return how much of an order in a perpetual opens, beyond what it closes."""
        held = ZERO if self.margin is None else self.margin.size
        closes = max(ZERO, -held * side.sign)
        return max(ZERO, size - closes)

    def free(self, currency: str) -> Decimal:
        """Return what can be spent of a currency."""
        balance = self.balances.get(currency)
        return ZERO if balance is None else balance.free


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOrder:
    """Hold an order whose numbers fit the venue's steps and the free balance."""

    instrument: Instrument
    side: Side
    kind: OrderKind
    size: Decimal
    price: Decimal
    fee: Money

    @property
    def notional(self) -> Decimal:
        """Return the size times the price, in the quote currency."""
        return self.size * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Hold what is needed to stage an order; no size means a preset."""

    instrument: Instrument
    price: Decimal
    size: Decimal | None


def check_ticket(form: TicketForm, facts: TicketFacts) -> CheckedOrder | Refusal:
    """Return the order that the form describes, or the first thing that is wrong with it."""
    instrument = tradable(facts)
    if isinstance(instrument, Refusal):
        return instrument
    size = _read_size(form, instrument)
    if isinstance(size, Refusal):
        return size
    price = read_price(form, facts, instrument)
    if isinstance(price, Refusal):
        return price
    order = CheckedOrder(
        instrument=instrument,
        side=form.side,
        kind=form.kind,
        size=size,
        price=price,
        fee=estimate_fee(instrument, form.side, size, price, facts.fee_bps),
    )
    return _refuse_by_venue(order) or _refuse_by_balance(order, facts) or order


def read_draft(form: TicketForm, facts: TicketFacts) -> Draft | Refusal:
    """Return what can be staged, which may still be too little or too much to send."""
    instrument = tradable(facts)
    if isinstance(instrument, Refusal):
        return instrument
    price = read_price(form, facts, instrument)
    if isinstance(price, Refusal):
        return price
    if not form.size.strip():
        return Draft(instrument=instrument, price=price, size=None)
    size = read_number(form.size, "size", tr("The size"))
    if isinstance(size, Refusal):
        return size
    return Draft(instrument=instrument, price=price, size=size)


def tradable(facts: TicketFacts) -> Instrument | Refusal:
    """Return the instrument if orders can be sent for it."""
    instrument = facts.instrument
    if instrument is None:
        return Refusal(
            field="symbol",
            text=tr("No symbol is known yet: wait for the venue, or choose one in the watchlist."),
        )
    if instrument.venue != facts.account.venue:
        text = tr(
            "{symbol} of {venue} is stored history and cannot be traded here; "
            "choose a symbol of {account}.",
            symbol=instrument.symbol,
            venue=instrument.venue,
            account=facts.account.venue,
        )
        return Refusal(field="symbol", text=text)
    if not instrument.is_trading:
        text = tr("{symbol} is not being traded now.", symbol=instrument.symbol)
        return Refusal(field="symbol", text=text)
    return instrument


def read_price(form: TicketForm, facts: TicketFacts, instrument: Instrument) -> Decimal | Refusal:
    """Return the limit on its tick, or the last price for a market order."""
    if form.kind is OrderKind.MARKET:
        if facts.ticker is None:
            text = tr("No price of {symbol} yet: wait for the feed.", symbol=instrument.symbol)
            return Refusal(field="price", text=text)
        return facts.ticker.last
    if not form.price.strip():
        text = tr("Enter a limit price in {quote}.", quote=instrument.quote)
        return Refusal(field="price", text=text)
    price = read_number(form.price, "price", tr("The price"))
    if isinstance(price, Refusal):
        return price
    return max(instrument.tick, instrument.snap_price(price))


def estimate_fee(
    instrument: Instrument, side: Side, size: Decimal, price: Decimal, fee_bps: Decimal
) -> Money:
    """Return the fee, taken from what is received: base when buying, quote when selling."""
    if side is Side.BUY and instrument.kind is InstrumentKind.SPOT:
        return Money(amount=size * fee_bps / _BPS, currency=instrument.base)
    return Money(amount=size * price * fee_bps / _BPS, currency=instrument.quote)


def size_for_share(form: TicketForm, facts: TicketFacts, percent: int) -> Decimal | Refusal:
    """Return the size that uses this share of what is free, in whole lots."""
    instrument = tradable(facts)
    if isinstance(instrument, Refusal):
        return instrument
    share = Decimal(percent) / 100
    if instrument.kind is not InstrumentKind.SPOT:
        return _perpetual_share(form, facts, instrument, share)
    if form.side is Side.SELL:
        return instrument.snap_size(facts.free(instrument.base) * share)
    price = read_price(form, facts, instrument)
    if isinstance(price, Refusal):
        return price
    margin = MARKET_MARGIN if form.kind is OrderKind.MARKET else Decimal(1)
    return instrument.snap_size(facts.free(instrument.quote) * share * margin / price)


def _perpetual_share(
    form: TicketForm, facts: TicketFacts, instrument: Instrument, share: Decimal
) -> Decimal | Refusal:
    price = read_price(form, facts, instrument)
    if isinstance(price, Refusal):
        return price
    return instrument.snap_size(facts.power() * share * MARKET_MARGIN / price)


def _read_size(form: TicketForm, instrument: Instrument) -> Decimal | Refusal:
    if not form.size.strip():
        text = tr("Enter a size in {base}, or take a share of what is free.", base=instrument.base)
        return Refusal(field="size", text=text)
    size = read_number(form.size, "size", tr("The size"))
    return size if isinstance(size, Refusal) else instrument.snap_size(size)


def _refuse_by_venue(order: CheckedOrder) -> Refusal | None:
    instrument = order.instrument
    least = max(instrument.min_size, instrument.lot)
    if order.size < least:
        text = tr("The least size is {least}.", least=_amount(least, instrument.base))
        return Refusal(field="size", text=text)
    if instrument.max_size is not None and order.size > instrument.max_size:
        text = tr("The most is {most}.", most=_amount(instrument.max_size, instrument.base))
        return Refusal(field="size", text=text)
    if order.notional < instrument.min_notional:
        text = tr(
            "An order must be worth {least} or more; this one is worth {notional}.",
            least=_amount(instrument.min_notional, instrument.quote),
            notional=fmt.money(order.notional, instrument.quote),
        )
        return Refusal(field="size", text=text)
    return None


def _refuse_by_balance(order: CheckedOrder, facts: TicketFacts) -> Refusal | None:
    if order.instrument.kind is not InstrumentKind.SPOT:
        return _refuse_by_margin(order, facts)
    buys = order.side is Side.BUY
    currency = order.instrument.quote if buys else order.instrument.base
    needed = order.notional if buys else order.size
    free = facts.free(currency)
    if needed <= free:
        return None
    text = tr(
        "This takes {needed}; {free} is free.",
        needed=_amount(needed, currency),
        free=_amount(free, currency),
    )
    return Refusal(field="size", text=text)


def _refuse_by_margin(order: CheckedOrder, facts: TicketFacts) -> Refusal | None:
    opens = facts.opens(order.side, order.size) * order.price
    if opens <= facts.power():
        return None
    settle = order.instrument.settle
    text = tr(
        "This opens {opens}; the free margin carries {power}.",
        opens=fmt.money(opens, settle),
        power=fmt.money(facts.power(), settle),
    )
    return Refusal(field="size", text=text)


def _amount(value: Decimal, currency: str) -> str:
    return f"{fmt.exact(value)} {currency}"
