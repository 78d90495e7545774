"""Hold the hard limits of trading; one that cannot be stops the start."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from fks_desk.core.errors import ConfigError
from fks_desk.core.model import ZERO

_MAY_BE_ZERO = frozenset({"market_buffer", "fee_reserve"})
_FRACTIONS = frozenset({"risk_per_trade", "max_daily_loss", "max_drawdown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Hold the hard limits; a limit that is missing, zero or infinite stops the start.

    Notionals and exposure are in the account's reporting currency. Fractions:
    0.05 is five percent. `collar` limits a price worse than the market,
    `collar_away` one that rests far from it. `market_buffer` is kept free above
    a market order's cost, `fee_reserve` above any cost, for venues that take the
    fee in the currency paid.

    `risk_per_trade` is the share of equity that an order with a stop may lose.
    `max_daily_loss` is a share of the equity at midnight UTC, `max_drawdown` one of
    the highest equity; deposits count in neither. After `cooldown_losses` round
    trips in a row that lost, nothing new is opened for `cooldown_s` seconds.
    """

    max_order_size: Decimal = Decimal(1_000_000)
    max_order_notional: Decimal = Decimal(100_000)
    max_exposure: Decimal = Decimal(250_000)
    max_symbol_exposure: Decimal = Decimal(250_000)
    max_positions: int = 50
    max_open_orders: int = 100
    max_orders_per_minute: int = 120
    collar: Decimal = Decimal("0.05")
    collar_away: Decimal = Decimal("0.5")
    max_price_age_s: Decimal = Decimal(30)
    market_buffer: Decimal = Decimal("0.005")
    fee_reserve: Decimal = ZERO
    risk_per_trade: Decimal = Decimal("0.02")
    max_daily_loss: Decimal = Decimal("0.05")
    max_drawdown: Decimal = Decimal("0.2")
    cooldown_losses: int = 5
    cooldown_s: Decimal = Decimal(900)

    def __post_init__(self) -> None:
        for field in fields(self):
            _require_limit(field.name, getattr(self, field.name))


def _require_limit(name: str, limit: object) -> None:
    number = Decimal(limit) if isinstance(limit, int) and not isinstance(limit, bool) else limit
    if not isinstance(number, Decimal) or not number.is_finite():
        raise ConfigError(f"the risk limit {name} must be a finite number, was {limit!r}")
    if number < 0 or (number == 0 and name not in _MAY_BE_ZERO):
        raise ConfigError(f"the risk limit {name} must be above zero, was {limit}")
    if name in _FRACTIONS and number > 1:
        raise ConfigError(f"the risk limit {name} is a share up to 1, was {limit}")
