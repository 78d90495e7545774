"""Put an order that is about to be sent into words and numbers."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import Instrument, OrderKind, Side, TimeInForce
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.ticket_check import CheckedOrder, TicketFacts
from fks_desk.ui.models.staging import StagedOrder
from fks_desk.ui.text import tr

Line = tuple[str, str]


def preview(staged: StagedOrder, time_in_force: TimeInForce) -> str:
    """Say what Enter would send."""
    instrument = staged.instrument
    what = tr(
        "{side} {size} {base}",
        side=tr("BUY") if staged.side is Side.BUY else tr("SELL"),
        size=fmt.exact(staged.size),
        base=instrument.base,
    )
    total = fmt.money(staged.notional, instrument.quote)
    if staged.kind is OrderKind.MARKET:
        return tr("{what} at the market, about {total}", what=what, total=total)
    return tr(
        "{what} at {price} or better, {total} · {rests}",
        what=what,
        price=fmt.number(staged.price, instrument.price_digits),
        total=total,
        rests=time_in_force.value,
    )


def summary(order: CheckedOrder, facts: TicketFacts, equity: Decimal | None) -> list[Line]:
    """Return what the order costs and risks, one line each."""
    instrument = order.instrument
    return [
        (tr("Worth"), fmt.money(order.notional, instrument.quote)),
        (
            tr("Fee, about"),
            f"{fmt.exact(_rounded(order.fee.amount))} {order.fee.currency}",
        ),
        (tr("Free"), free(instrument, order.side, facts)),
        (tr("Risk"), risk(order, facts, equity)),
    ]


def free(instrument: Instrument, side: Side, facts: TicketFacts) -> str:
    """Say what can be spent on this side."""
    if side is Side.SELL:
        return f"{fmt.exact(facts.free(instrument.base))} {instrument.base}"
    return fmt.money(facts.free(instrument.quote), instrument.quote)


def risk(order: CheckedOrder, facts: TicketFacts, equity: Decimal | None) -> str:
    """Say what can be lost: without a stop, a purchase can lose all of it."""
    if order.side is Side.SELL:
        held = facts.free(order.instrument.base)
        return tr(
            "sells {share} of the {base} that is free",
            share=fmt.share(order.size / held * 100),
            base=order.instrument.base,
        )
    amount = fmt.money(order.notional, order.instrument.quote)
    if equity is None or equity <= 0:
        return tr("{amount}, no stop", amount=amount)
    return tr(
        "{amount} = {share} of equity, no stop",
        amount=amount,
        share=fmt.share(order.notional / equity * 100),
    )


def _rounded(fee: Decimal) -> Decimal:
    return fee.quantize(Decimal("0.00000001")) if fee < 1 else fee.quantize(Decimal("0.01"))
