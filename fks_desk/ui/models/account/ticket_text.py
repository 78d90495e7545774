"""Put an order that is about to be sent into words and numbers."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import (
    Instrument,
    InstrumentKind,
    MarginMode,
    OrderKind,
    Side,
    TimeInForce,
)
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.ticket_check import CheckedOrder, TicketFacts
from fks_desk.ui.models.staging import StagedOrder
from fks_desk.ui.text import tr

Line = tuple[str, str]

_MAINTENANCE = Decimal("0.005")


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


def summary(
    order: CheckedOrder, facts: TicketFacts, equity: Decimal | None, stop: Decimal | None = None
) -> list[Line]:
    """Return what the order costs and risks, one line each; `stop` leaves after the fill."""
    instrument = order.instrument
    if instrument.kind is not InstrumentKind.SPOT:
        return _perpetual(order, facts)
    return [
        (tr("Worth"), fmt.money(order.notional, instrument.quote)),
        (
            tr("Fee, about"),
            f"{fmt.exact(_rounded(order.fee.amount))} {order.fee.currency}",
        ),
        (tr("Free"), free(instrument, order.side, facts)),
        (tr("Risk"), risk(order, facts, equity, stop)),
    ]


def free(instrument: Instrument, side: Side, facts: TicketFacts) -> str:
    """Say what can be spent on this side."""
    if instrument.kind is not InstrumentKind.SPOT:
        return fmt.money(facts.free_margin, instrument.settle)
    if side is Side.SELL:
        return f"{fmt.exact(facts.free(instrument.base))} {instrument.base}"
    return fmt.money(facts.free(instrument.quote), instrument.quote)


def _perpetual(order: CheckedOrder, facts: TicketFacts) -> list[Line]:
    settle = order.instrument.settle
    leverage = Decimal(1) if facts.margin is None else facts.margin.leverage
    opens = facts.opens(order.side, order.size) * order.price
    return [
        (tr("Worth"), fmt.money(order.notional, order.instrument.quote)),
        (
            tr("Margin"),
            tr(
                "{margin} at {leverage}×",
                margin=fmt.money(opens / leverage, settle),
                leverage=fmt.exact(leverage),
            ),
        ),
        (tr("Fee, about"), fmt.money(order.fee.amount, settle)),
        (tr("Free margin"), fmt.money(facts.free_margin, settle)),
        (tr("Liquidation"), liquidation(order, facts)),
    ]


def liquidation(order: CheckedOrder, facts: TicketFacts) -> str:
    """Say about where the venue would close what is held after the order, and how far that is.

    What backs the position must be used up, but for the maintenance of the venue's tier.
    While its tiers are not known, half a percent stands for them, and the text says so.
    """
    line = facts.margin
    if line is None:
        return fmt.UNKNOWN
    size = line.size + order.side.sign * order.size
    if size == 0:
        return tr("none: the position is closed")
    added = facts.opens(order.side, order.size) * order.price / line.leverage
    is_own = line.mode is MarginMode.ISOLATED
    behind = line.margin * bool(line.size) + added if is_own else facts.free_margin + line.margin
    tier = line.tier_of(abs(size) * order.price)
    kept, deducted = (
        (_MAINTENANCE, Decimal(0)) if tier is None else (tier.maintenance, tier.deducted)
    )
    price = (size * order.price - behind - deducted) / (size - abs(size) * kept)
    if price <= 0:
        return tr("none: the wallet carries any price")
    away = (price - order.price) / order.price * 100
    shown = fmt.number(price, order.instrument.price_digits)
    if tier is None:
        return tr(
            "guessed {price}, {away} % away: the venue's tiers are not known",
            price=shown,
            away=fmt.signed(away, 1),
        )
    return tr("about {price}, {away} % away", price=shown, away=fmt.signed(away, 1))


def risk(
    order: CheckedOrder, facts: TicketFacts, equity: Decimal | None, stop: Decimal | None = None
) -> str:
    """Say what can be lost: down to the stop or, without one, all of a purchase."""
    if order.side is Side.SELL:
        held = facts.free(order.instrument.base)
        return tr(
            "sells {share} of the {base} that is free",
            share=fmt.share(order.size / held * 100),
            base=order.instrument.base,
        )
    if stop is not None and stop >= order.price:
        return tr("the stop is not below the price: it would sell at once")
    lost = order.notional if stop is None else (order.price - stop) * order.size
    amount = fmt.money(lost, order.instrument.quote)
    if equity is not None and equity > 0:
        share = fmt.share(lost / equity * 100)
        amount = tr("{amount} = {share} of equity", amount=amount, share=share)
    if stop is None:
        return tr("{amount}, no stop", amount=amount)
    return tr("{amount} at the stop, before fees", amount=amount)


def _rounded(fee: Decimal) -> Decimal:
    return fee.quantize(Decimal("0.00000001")) if fee < 1 else fee.quantize(Decimal("0.01"))
