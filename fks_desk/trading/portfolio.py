"""Count what fills do to positions, to cash and to what an account is worth.

Everything here is a pure function of Decimals. Cost is the average cost of one
unit. A fee taken in the base currency makes the position smaller, one taken in
the quote currency makes the result smaller; a fee in any third currency lowers
that currency's balance and stands on its fill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from fks_desk.core.errors import TradingError
from fks_desk.core.model import ZERO, Balance, Fill, Instrument, Money, Position

# No venue counts finer; what a division leaves beyond it is rounded, half to even.
SMALLEST = Decimal("1e-18")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def flat(fill: Fill, instrument: Instrument, reporting_currency: str) -> Position:
    """Return the empty position that a first fill starts from."""
    nothing = Money(amount=ZERO, currency=instrument.quote)
    return Position(
        account=fill.account,
        instrument=fill.instrument,
        size=ZERO,
        average_price=None,
        realised=nothing,
        fees=nothing,
        reporting_currency=reporting_currency,
        updated=fill.ts_event,
    )


def apply_fill(position: Position, fill: Fill, instrument: Instrument) -> Position:
    """Return the position after the fill; `fees` are counted in the quote currency."""
    if (fill.account, fill.instrument) != (position.account, position.instrument):
        raise TradingError(
            f"a fill of {fill.instrument} cannot move the position in {position.instrument}"
        )
    with localcontext(_EXACT):
        return _applied(position, fill, instrument)


def in_order(fill: Fill) -> tuple[datetime, int, str]:
    """Return what sorts fills as the venue made them: by time, then by rising trade id."""
    return fill.ts_event, len(fill.trade_id), fill.trade_id


def replay(fills: Iterable[Fill], instrument: Instrument, reporting_currency: str) -> Position:
    """Return the position that all fills of one instrument add up to, in the venue's order.

    Average cost depends on the order of buys and sells, so a fill that came late
    is put into its place and all are counted anew.
    """
    ordered = sorted(fills, key=in_order)
    position = flat(ordered[0], instrument, reporting_currency)
    for fill in ordered:
        position = apply_fill(position, fill, instrument)
    return position


def flows(fill: Fill, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """Return what the fill moves of the base and of the quote currency, fees taken off."""
    base = fill.side.sign * fill.size
    quote = -fill.side.sign * fill.notional
    if fill.fee.currency == instrument.base:
        base -= fill.fee.amount
    if fill.fee.currency == instrument.quote:
        quote -= fill.fee.amount
    return base, quote


def movements(fill: Fill, instrument: Instrument) -> dict[str, Decimal]:
    """Return what the fill moves of each currency, a third one's fee included."""
    if fill.realised is not None:
        # A perpetual moves no coins: only what its venue says was gained, and the fee.
        return _with_fee(fill, {instrument.settle: fill.realised})
    base, quote = flows(fill, instrument)
    moved = {instrument.base: base, instrument.quote: quote}
    if fill.fee.currency not in moved:
        moved[fill.fee.currency] = -fill.fee.amount
    return moved


def _with_fee(fill: Fill, moved: dict[str, Decimal]) -> dict[str, Decimal]:
    currency = fill.fee.currency
    return {**moved, currency: moved.get(currency, ZERO) - fill.fee.amount}


def average_after(average: Decimal | None, filled: Decimal, fill: Fill) -> Decimal:
    """Return an order's average price after one more fill."""
    if average is None:
        return fill.price
    with localcontext(_EXACT):
        return _rounded((average * filled + fill.notional) / (filled + fill.size))


def fees_by_currency(fills: Iterable[Fill]) -> dict[str, Decimal]:
    """Return the fees paid, each in the currency it was taken in; a rebate is below zero."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        paid[fill.fee.currency] += fill.fee.amount
    return dict(paid)


def equity(balances: Iterable[Balance], marks: Mapping[str, Decimal], currency: str) -> Money:
    """Return what the balances are worth; `marks` prices one unit of each other currency."""
    worth = ZERO
    for balance in balances:
        price = Decimal(1) if balance.currency == currency else marks.get(balance.currency)
        if price is None and balance.total != 0:
            raise TradingError(f"no price of {balance.currency} in {currency} is known")
        worth += balance.total * (price or ZERO)
    return Money(amount=worth, currency=currency)


def _applied(position: Position, fill: Fill, instrument: Instrument) -> Position:
    base, quote = flows(fill, instrument)
    fee_in_quote = fill.fee.amount if fill.fee.currency == instrument.quote else ZERO
    fee_in_base = fill.fee.amount if fill.fee.currency == instrument.base else ZERO
    size, average, gained = _settle(position, base, quote + fee_in_quote)
    if fill.realised is not None:
        # The venue rounds to its own last digit, and its word is what the wallet shows.
        gained = fill.realised
    return replace(
        position,
        size=size,
        average_price=average,
        realised=_plus(position.realised, gained - fee_in_quote),
        fees=_plus(position.fees, fee_in_quote + fee_in_base * fill.price),
        opened=_opened(position, fill, size),
        updated=max(position.updated, fill.ts_event),
    )


def _settle(
    position: Position, base: Decimal, quote: Decimal
) -> tuple[Decimal, Decimal | None, Decimal]:
    """Return size, average cost and gain after base and quote changed hands."""
    size, average = position.size, position.average_price or ZERO
    after = size + base
    if base * quote < 0 and size * base >= 0:
        return after, _rounded((size * average - quote) / after), ZERO
    if size * after >= 0:
        return after, position.average_price if after else None, quote + base * average
    # Through zero: the first part closes the position, the rest opens the other way.
    closing = quote * (-size / base)
    return after, _rounded((closing - quote) / after), closing - size * average


def _rounded(number: Decimal) -> Decimal:
    rounded = number.quantize(SMALLEST)
    return number if rounded == number else rounded.normalize()


def _plus(money: Money, amount: Decimal) -> Money:
    return replace(money, amount=_rounded(money.amount + amount))


def _opened(position: Position, fill: Fill, size: Decimal) -> datetime | None:
    if size == 0:
        return None
    if position.size * size > 0:
        return position.opened
    return fill.ts_event
