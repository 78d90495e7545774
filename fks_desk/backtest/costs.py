"""Say what trading costs, as fractions, checked once at the border."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.messages import BacktestSpec

_POINTS = Decimal(10_000)  # basis points in a whole
_MOST = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Hold the starting cash and the fractions lost per fill.

    `fee` is taken from what is received, as a spot venue does: coins on a buy,
    money on a sale. `slippage` makes every buy dearer and every sale cheaper
    than the bar's open.
    """

    cash: Decimal
    fee: Decimal
    slippage: Decimal

    def __post_init__(self) -> None:
        if not self.cash.is_finite() or self.cash <= 0:
            raise ValueError(f"need cash above zero, was {self.cash}")
        for name in ("fee", "slippage"):
            fraction = getattr(self, name)
            if not fraction.is_finite() or not 0 <= fraction < _MOST:
                raise ValueError(
                    f"need 0 <= {name} < {_MOST * _POINTS:f} basis points, "
                    f"was {fraction * _POINTS:f}"
                )

    @classmethod
    def of(cls, spec: BacktestSpec) -> Costs:
        """Return the costs of a specification, whose basis points become fractions."""
        return cls(
            cash=spec.cash,
            fee=spec.fee_bps / _POINTS,
            slippage=spec.slippage_bps / _POINTS,
        )
