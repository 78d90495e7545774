"""Say whether an order may leave the desk, and if not, why, in one sentence.

The check is pure: it sees the intent, the instrument's steps, the limits and a
picture of the account at this moment, in which every order that is not proven
dead counts at its worst.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import NamedTuple

from fks_desk.core.errors import ConfigError
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


class Refusal(NamedTuple):
    """Hold a stable code and a sentence with the numbers that led to it."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Hold the hard limits; a limit that is missing, zero or infinite stops the start.

    Notionals and exposure are in the account's reporting currency. Fractions:
    0.05 is five percent. `collar` limits a price worse than the market,
    `collar_away` one that rests far from it. `market_buffer` is kept free above
    a market order's cost, `fee_reserve` above any cost, for venues that take the
    fee in the currency paid.
    """

    max_order_size: Decimal = Decimal(1_000_000)
    max_order_notional: Decimal = Decimal(100_000)
    max_exposure: Decimal = Decimal(250_000)
    max_open_orders: int = 100
    max_orders_per_minute: int = 120
    collar: Decimal = Decimal("0.05")
    collar_away: Decimal = Decimal("0.5")
    max_price_age_s: Decimal = Decimal(30)
    market_buffer: Decimal = Decimal("0.005")
    fee_reserve: Decimal = ZERO

    def __post_init__(self) -> None:
        for field in fields(self):
            _require_limit(field.name, getattr(self, field.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPrice:
    """Hold the newest price and how many seconds ago we learned of it."""

    price: Decimal
    age_s: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Hold an account as one intent finds it.

    `position` is signed base units; `closing` is the size of open orders that
    already close it. `free_base` and `free_quote` are what no open, unknown or
    flying order may still claim. `total` is the worst case of all instruments in
    the reporting currency, `rate` one quote unit in it.
    """

    state: TradingState
    position: Decimal
    closing: Decimal
    free_base: Decimal
    free_quote: Decimal
    open_orders: int
    unknown_orders: int
    orders_last_minute: int
    total: Decimal
    last: LastPrice | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    intent: OrderIntent
    instrument: Instrument
    limits: RiskLimits
    exposure: Exposure

    @property
    def is_reducing(self) -> bool:
        """Tell whether the order can only bring the position nearer to zero."""
        held = self.exposure.position
        return (
            held * self.intent.side.sign < 0
            and self.intent.size <= abs(held) - self.exposure.closing
        )

    @property
    def price(self) -> Decimal:
        """Return the price to count with: a market order may pay the last price."""
        last = self.exposure.last
        if self.intent.kind is OrderKind.LIMIT or last is None:
            return self.intent.worst_price
        return max(self.intent.worst_price, last.price)

    @property
    def notional(self) -> Decimal:
        """Return the order's worth in the quote currency."""
        return self.intent.size * self.price


def refusal(
    intent: OrderIntent, instrument: Instrument | None, limits: RiskLimits, exposure: Exposure
) -> Refusal | None:
    """Return a stable code and a sentence for the first reason to refuse, or None."""
    if instrument is None:
        return Refusal("NO_INSTRUMENT", f"the venue lists no {intent.instrument}")
    case = _Case(intent=intent, instrument=instrument, limits=limits, exposure=exposure)
    for check in _CHECKS:
        if (found := check(case)) is not None:
            return found
    return None


def is_reducing(
    intent: OrderIntent, instrument: Instrument, limits: RiskLimits, exposure: Exposure
) -> bool:
    """Tell whether the intent can only bring the position nearer to zero."""
    return _Case(intent=intent, instrument=instrument, limits=limits, exposure=exposure).is_reducing


def _sendable(case: _Case) -> Refusal | None:
    if case.intent.origin is Origin.EXTERNAL:
        return Refusal("ORIGIN", "an order adopted from the venue is never sent")
    if case.instrument.kind is not InstrumentKind.SPOT:
        return Refusal(
            "KIND", f"only spot is traded here, {case.instrument.id} is {case.instrument.kind}"
        )
    if not case.instrument.is_trading:
        return Refusal("NOT_TRADING", f"the venue has stopped trading in {case.instrument.symbol}")
    return None


def _allowed_now(case: _Case) -> Refusal | None:
    state = case.exposure.state
    if state is TradingState.ACTIVE or case.is_reducing:
        return None
    return Refusal(
        state.name,
        f"trading is {state}: only orders that make a position smaller may leave, "
        f"{case.exposure.position} {case.instrument.base} are held "
        f"and {case.exposure.closing} are being closed",
    )


def _steps(case: _Case) -> Refusal | None:
    limit, tick, lot = case.intent.limit_price, case.instrument.tick, case.instrument.lot
    if limit is not None and limit % tick != 0:
        return Refusal("TICK", f"the price moves in steps of {tick}, was {limit}")
    if case.intent.size % lot != 0:
        return Refusal("LOT", f"the size moves in steps of {lot}, was {case.intent.size}")
    return None


def _sizes(case: _Case) -> Refusal | None:
    size, instrument, limits = case.intent.size, case.instrument, case.limits
    if size < instrument.min_size:
        return Refusal("MIN_SIZE", f"the venue takes {instrument.min_size} or more, was {size}")
    if instrument.max_size is not None and size > instrument.max_size:
        return Refusal("MAX_SIZE", f"the venue takes {instrument.max_size} at most, was {size}")
    if size > limits.max_order_size:
        return Refusal(
            "MAX_ORDER_SIZE", f"the limit is a size of {limits.max_order_size}, was {size}"
        )
    return None


def _min_notional(case: _Case) -> Refusal | None:
    worth = case.intent.notional
    if worth >= case.instrument.min_notional:
        return None
    return Refusal(
        "MIN_NOTIONAL",
        f"the venue takes orders worth {case.instrument.min_notional} "
        f"{case.instrument.quote} or more, was {worth}",
    )


def _fresh_price(case: _Case) -> Refusal | None:
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


def _collar(case: _Case) -> Refusal | None:
    if case.exposure.last is None:
        return None
    last, price = case.exposure.last.price, case.intent.worst_price
    worse = (price - last) / last * case.intent.side.sign
    if -case.limits.collar_away <= worse <= case.limits.collar:
        return None
    most = case.limits.collar if worse > 0 else case.limits.collar_away
    return Refusal(
        "COLLAR",
        f"the price {price} is {abs(worse):.1%} from the last price {last}, "
        f"the limit on this side is {most:.1%}",
    )


def _counts(case: _Case) -> Refusal | None:
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


def _funds(case: _Case) -> Refusal | None:
    exposure, instrument = case.exposure, case.instrument
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


def _cost(case: _Case) -> Decimal:
    is_market = case.intent.kind is OrderKind.MARKET
    buffer = case.limits.market_buffer if is_market else ZERO
    return case.notional * (1 + buffer + case.limits.fee_reserve)


def _notionals(case: _Case) -> Refusal | None:
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
    after = case.exposure.total + worth
    if after > case.limits.max_exposure:
        return Refusal(
            "EXPOSURE",
            f"the exposure would be {after} at worst, the limit is {case.limits.max_exposure}",
        )
    return None


_CHECKS: tuple[Callable[[_Case], Refusal | None], ...] = (
    _sendable,
    _allowed_now,
    _steps,
    _sizes,
    _min_notional,
    _fresh_price,
    _collar,
    _counts,
    _funds,
    _notionals,
)

_MAY_BE_ZERO = frozenset({"market_buffer", "fee_reserve"})


def _require_limit(name: str, limit: object) -> None:
    number = Decimal(limit) if isinstance(limit, int) and not isinstance(limit, bool) else limit
    if not isinstance(number, Decimal) or not number.is_finite():
        raise ConfigError(f"the risk limit {name} must be a finite number, was {limit!r}")
    if number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
        raise ConfigError(f"the risk limit {name} must be above zero, was {limit}")
