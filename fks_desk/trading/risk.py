"""Say whether an order may leave the desk, and if not, why, in one sentence.

The check is pure: it sees the intent, the instrument's steps, the limits and a
picture of the account at this moment, in which every order that is not proven
dead counts at its worst.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from fks_desk.core.model import (
    ZERO,
    Instrument,
    InstrumentKind,
    OrderIntent,
    OrderKind,
    Origin,
    Side,
    TradingState,
)
from fks_desk.trading import form
from fks_desk.trading.case import Case, Exposure, Refusal
from fks_desk.trading.limits import RiskLimits


def refusal(
    intent: OrderIntent, instrument: Instrument | None, limits: RiskLimits, exposure: Exposure
) -> Refusal | None:
    """Return a stable code and a sentence for the first reason to refuse, or None."""
    if instrument is None:
        return Refusal("NO_INSTRUMENT", f"the venue lists no {intent.instrument}")
    case = Case(intent=intent, instrument=instrument, limits=limits, exposure=exposure)
    for check in _CHECKS:
        if (found := check(case)) is not None:
            return found
    return None


def is_reducing(
    intent: OrderIntent, instrument: Instrument, limits: RiskLimits, exposure: Exposure
) -> bool:
    """Tell whether the intent can only bring the position nearer to zero."""
    return Case(intent=intent, instrument=instrument, limits=limits, exposure=exposure).is_reducing


def _sendable(case: Case) -> Refusal | None:
    if case.intent.origin is Origin.EXTERNAL:
        return Refusal("ORIGIN", "an order adopted from the venue is never sent")
    if case.instrument.kind is InstrumentKind.INVERSE:
        return Refusal(
            "KIND", f"perpetuals settled in coins are not traded here: {case.instrument.id}"
        )
    if not case.instrument.is_trading:
        return Refusal("NOT_TRADING", f"the venue has stopped trading in {case.instrument.symbol}")
    return None


def _allowed_now(case: Case) -> Refusal | None:
    state, why = case.exposure.state, case.exposure.why
    if case.is_reducing:
        return None
    if state is TradingState.ACTIVE or state is TradingState.REDUCING:
        if case.exposure.lock is not None:
            return case.exposure.lock
        if state is TradingState.ACTIVE:
            return None
    because = f" because {why}" if why else ""
    return Refusal(
        state.name,
        f"trading is {state}{because}: only orders that make a position smaller may leave, "
        f"{case.exposure.position} {case.instrument.base} are held "
        f"and {case.exposure.closing} are being closed",
    )


def _reduces(case: Case) -> Refusal | None:
    if not case.intent.terms.is_reduce_only or case.is_reducing:
        return None
    exposure = case.exposure
    return Refusal(
        "REDUCE_ONLY",
        f"the order may only make the position smaller: {exposure.position} "
        f"{case.instrument.base} are held, {exposure.closing} are being closed, "
        f"was {case.intent.side} {case.intent.size}",
    )


def _fresh_price(case: Case) -> Refusal | None:
    if case.is_reducing:
        return None
    last, most = case.exposure.last, case.limits.max_price_age_s
    if last is None:
        return Refusal("STALE_PRICE", f"no price of {case.instrument.symbol} has come yet")
    if last.age_s > most:
        return Refusal(
            "STALE_PRICE",
            f"the last price of {case.instrument.symbol} is {last.age_s:.0f} s old, "
            f"the limit is {most} s",
        )
    return None


def _counts(case: Case) -> Refusal | None:
    if _is_way_out(case):
        return None
    exposure, limits = case.exposure, case.limits
    if exposure.orders_last_minute >= limits.max_orders_per_minute:
        return Refusal(
            "RATE",
            f"{exposure.orders_last_minute} orders left in the last minute, "
            f"the limit is {limits.max_orders_per_minute}",
        )
    if exposure.open_orders >= limits.max_open_orders:
        return Refusal(
            "OPEN_ORDERS",
            f"{exposure.open_orders} orders are open, the limit is {limits.max_open_orders}",
        )
    if exposure.unknown_orders and not case.is_reducing:
        return Refusal(
            "UNKNOWN_ORDER",
            f"the outcome of {exposure.unknown_orders} order(s) in {case.instrument.symbol} "
            "is not known yet",
        )
    return None


def _is_way_out(case: Case) -> bool:
    """Tell whether an order is a person's close or the desk's own exit: these always leave.

    What is counted bounds a strategy gone wild; it must never keep a position open.
    """
    intent = case.intent
    is_close = intent.origin is Origin.HAND and intent.kind is OrderKind.MARKET
    return case.is_reducing and (is_close or intent.origin is Origin.DESK)


def _funds(case: Case) -> Refusal | None:
    exposure, instrument = case.exposure, case.instrument
    if instrument.kind is InstrumentKind.LINEAR:
        return _margin(case)
    if case.intent.side is Side.SELL:
        if case.intent.size <= exposure.free_base:
            return None
        return Refusal(
            "NOT_HELD",
            f"selling {case.intent.size} {instrument.base} needs as many free, "
            f"{exposure.free_base} are",
        )
    need = _cost(case)
    if need <= exposure.free_quote:
        return None
    return Refusal(
        "FUNDS",
        f"buying {case.intent.size} {instrument.base} needs {need} {instrument.quote}, "
        f"{exposure.free_quote} are free",
    )


def _margin(case: Case) -> Refusal | None:
    exposure, leverage = case.exposure, case.exposure.leverage
    if case.is_reducing:
        return None
    need = _cost(case) / leverage
    if need <= exposure.free_margin:
        return None
    return Refusal(
        "MARGIN",
        f"{case.intent.side} {case.intent.size} {case.instrument.base} at leverage {leverage} "
        f"needs a margin of {need} {case.instrument.settle}, {exposure.free_margin} is free",
    )


def _cost(case: Case) -> Decimal:
    is_market = case.intent.kind is OrderKind.MARKET
    buffer = case.limits.market_buffer if is_market else ZERO
    return case.notional * (1 + buffer + case.limits.fee_reserve)


def _notionals(case: Case) -> Refusal | None:
    if case.is_reducing:
        return None
    if case.exposure.rate is None:
        return Refusal(
            "NO_RATE", f"no price of {case.instrument.quote} in the reporting currency is known"
        )
    worth = case.notional * case.exposure.rate
    if worth > case.limits.max_order_notional:
        return Refusal(
            "MAX_NOTIONAL",
            f"the order is worth {worth}, the limit is {case.limits.max_order_notional}",
        )
    return _exposures(case, worth)


def _exposures(case: Case, worth: Decimal) -> Refusal | None:
    exposure, limits = case.exposure, case.limits
    after = exposure.total + worth
    if after > limits.max_exposure:
        return Refusal(
            "EXPOSURE",
            f"the exposure would be {after} at worst, the limit is {limits.max_exposure}",
        )
    after = exposure.symbol_total + worth
    if after > limits.max_symbol_exposure:
        return Refusal(
            "SYMBOL_EXPOSURE",
            f"the exposure in {case.instrument.symbol} would be {after} at worst, "
            f"the limit is {limits.max_symbol_exposure}",
        )
    if exposure.symbol_total == 0 and exposure.positions >= limits.max_positions:
        return Refusal(
            "POSITIONS",
            f"{exposure.positions} positions are open, the limit is {limits.max_positions}",
        )
    return None


def _trade_risk(case: Case) -> Refusal | None:
    """Refuse an order whose own stop would lose more than a trade may."""
    distance, exposure = stop_distance(case.intent, case.price), case.exposure
    if distance is None or case.is_reducing or exposure.equity is None or exposure.rate is None:
        return None
    loss, most = (
        distance * case.intent.size * exposure.rate,
        exposure.equity * case.limits.risk_per_trade,
    )
    if loss <= most:
        return None
    return Refusal(
        "TRADE_RISK",
        f"the stop would lose {loss}, a trade may lose {most}: "
        f"{case.limits.risk_per_trade:.1%} of {exposure.equity}",
    )


def stop_distance(intent: OrderIntent, price: Decimal) -> Decimal | None:
    """Return how far the order's own stop is from its price, or None without one."""
    exits = intent.terms.exits
    if exits is None or not exits.has_stop:
        return None
    if exits.stop is not None:
        return abs(price - exits.stop)
    return price * Decimal(exits.trail_bps or 0) / 10_000


_CHECKS: tuple[Callable[[Case], Refusal | None], ...] = (
    _sendable,
    _allowed_now,
    _reduces,
    form.steps,
    form.sizes,
    form.min_notional,
    _fresh_price,
    form.trigger,
    form.collar,
    form.exits,
    _counts,
    _funds,
    _notionals,
    _trade_risk,
)
