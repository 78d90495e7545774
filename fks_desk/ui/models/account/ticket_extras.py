"""Read what a ticket asks for beside side, size and price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from fks_desk.core.model import Instrument, OrderKind, Side, TimeInForce
from fks_desk.core.terms import PLAIN, TRAIL_BPS, Exits, Terms
from fks_desk.ui.models.entry import Refusal, read_number
from fks_desk.ui.text import tr

RISK_PER_TRADE = Decimal("0.02")
_BPS_PER_PERCENT = 100


class Trigger(StrEnum):
    """Say what wakes an order."""

    NONE = "none"
    STOP = "stop"
    TAKE_PROFIT = "take_profit"
    TRAIL = "trail"


_KINDS = {
    (OrderKind.MARKET, Trigger.STOP): OrderKind.STOP,
    (OrderKind.LIMIT, Trigger.STOP): OrderKind.STOP_LIMIT,
    (OrderKind.MARKET, Trigger.TAKE_PROFIT): OrderKind.TAKE_PROFIT,
    (OrderKind.LIMIT, Trigger.TAKE_PROFIT): OrderKind.TAKE_PROFIT_LIMIT,
    (OrderKind.MARKET, Trigger.TRAIL): OrderKind.TRAILING_STOP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtrasForm:
    """Hold what a person typed and chose; `wake` is a price, or a distance in percent."""

    trigger: Trigger = Trigger.NONE
    wake: str = ""
    stop: str = ""
    target: str = ""
    is_post_only: bool = False
    is_reduce_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Hold the kind of an order and its terms."""

    kind: OrderKind
    terms: Terms


def read_extras(
    form: ExtrasForm, base: OrderKind, instrument: Instrument, expires: datetime | None = None
) -> Extras | Refusal:
    """Return kind and terms of the order that the form describes, or what is wrong."""
    kind = base if form.trigger is Trigger.NONE else _KINDS.get((base, form.trigger))
    if kind is None:
        text = tr("A trailing order leaves at the market: choose market with Alt+M.")
        return Refusal(field="trigger", text=text)
    if form.is_post_only and kind is not OrderKind.LIMIT:
        text = tr("Post-only goes with a plain limit order.")
        return Refusal(field="post_only", text=text)
    exits = _read_exits(form, instrument)
    if isinstance(exits, Refusal):
        return exits
    wake = _read_wake(form, instrument)
    if isinstance(wake, Refusal):
        return wake
    trigger, trail = wake
    terms = Terms(
        trigger_price=trigger,
        trail_bps=trail,
        is_post_only=form.is_post_only,
        is_reduce_only=form.is_reduce_only,
        expires=expires,
        exits=exits,
    )
    return Extras(kind=kind, terms=PLAIN if terms == PLAIN else terms)


def size_by_risk(
    *,
    equity: Decimal,
    price: Decimal,
    stop: Decimal,
    instrument: Instrument,
    share: Decimal = RISK_PER_TRADE,
) -> Decimal | Refusal:
    """Return the size that loses this share of equity when the stop is hit."""
    distance = abs(price - stop)
    if distance == 0:
        return Refusal(field="stop", text=tr("The stop stands at the price itself."))
    size = equity * share / distance
    return (size / instrument.lot).to_integral_value(ROUND_DOWN) * instrument.lot


def end_of_day(now: datetime) -> datetime:
    """Return the next midnight UTC: how long an order good till a date rests here."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def expiry(wanted: TimeInForce, now: datetime) -> datetime | None:
    """Return when the order's time is over, or None."""
    return end_of_day(now) if wanted is TimeInForce.GTD else None


def words(extras: Extras, side: Side) -> str:
    """Say what the terms add to an order, or nothing."""
    terms, parts = extras.terms, []
    if terms.trigger_price is not None:
        parts.append(tr("wakes at {price}", price=terms.trigger_price))
    if terms.trail_bps is not None:
        percent = Decimal(terms.trail_bps) / _BPS_PER_PERCENT
        parts.append(tr("trails {percent} % behind the best price", percent=percent))
    if terms.is_post_only:
        parts.append(tr("post-only"))
    if terms.is_reduce_only:
        parts.append(tr("reduce-only"))
    if terms.exits is not None:
        parts.append(_exit_words(terms.exits, side))
    return " · ".join(parts)


def _exit_words(exits: Exits, side: Side) -> str:
    verb = tr("sells") if side is Side.BUY else tr("buys back")
    found = [
        tr("{verb} at {price} as stop", verb=verb, price=exits.stop) if exits.stop else "",
        tr("{verb} at {price} as target", verb=verb, price=exits.target) if exits.target else "",
    ]
    return ", ".join(part for part in found if part)


def _read_exits(form: ExtrasForm, instrument: Instrument) -> Exits | Refusal | None:
    read: dict[str, Decimal | None] = {}
    for field, text, title in (
        ("stop", form.stop, tr("The stop")),
        ("target", form.target, tr("The target")),
    ):
        price = read_number(text, field, title) if text.strip() else None
        if isinstance(price, Refusal):
            return price
        read[field] = None if price is None else _on_tick(price, instrument)
    if read["stop"] is None and read["target"] is None:
        return None
    return Exits(stop=read["stop"], target=read["target"])


def _read_wake(
    form: ExtrasForm, instrument: Instrument
) -> tuple[Decimal | None, int | None] | Refusal:
    if form.trigger is Trigger.NONE:
        return None, None
    is_trail = form.trigger is Trigger.TRAIL
    title = tr("The distance in percent") if is_trail else tr("The trigger price")
    number = read_number(form.wake, "wake", title)
    if isinstance(number, Refusal):
        return number
    if not is_trail:
        return _on_tick(number, instrument), None
    bps = int(number * _BPS_PER_PERCENT)
    if bps not in TRAIL_BPS:
        text = tr("A trail keeps 0.1 to 20 percent, was {typed}.", typed=form.wake)
        return Refusal(field="wake", text=text)
    return None, bps


def _on_tick(price: Decimal, instrument: Instrument) -> Decimal:
    return max(instrument.tick, instrument.snap_price(price))
