"""Count what a planned position may lose and gain, in money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.drawings import Drawing
from fks_desk.core.model import ZERO, Instrument, Side, parse_decimal
from fks_desk.ui.text import tr

FIRST_RISK = "1%"
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold a position as it is drawn: a price to enter, one to give up and one to take.

    `risk` is the money that the stop costs, None while the account's worth is not
    known; `size` is what that risk buys, in whole lots.
    """

    side: Side
    entry: Decimal
    stop: Decimal
    target: Decimal
    risk: Decimal | None
    size: Decimal | None

    @property
    def reward_ratio(self) -> Decimal | None:
        """Return the gain at the target over the loss at the stop."""
        loss = (self.entry - self.stop) * self.side.sign
        gain = (self.target - self.entry) * self.side.sign
        return gain / loss if loss > 0 else None

    @property
    def gain(self) -> Decimal | None:
        """Return the money that the target brings."""
        if self.size is None:
            return None
        return (self.target - self.entry) * self.side.sign * self.size

    @property
    def is_sound(self) -> bool:
        """Tell whether the stop loses and the target wins."""
        ratio = self.reward_ratio
        return ratio is not None and ratio > 0


def plan_of(drawing: Drawing, instrument: Instrument | None, equity: Decimal | None) -> Plan:
    """Return the plan that a position drawing stands for."""
    entry, stop, target = (anchor.price for anchor in drawing.anchors)
    side = Side.BUY if drawing.kind.value == "long" else Side.SELL
    risk = read_risk(drawing.text or FIRST_RISK, equity)
    loss = (entry - stop) * side.sign
    size = None
    if risk is not None and loss > 0:
        size = risk / loss if instrument is None else instrument.snap_size(risk / loss)
    return Plan(side=side, entry=entry, stop=stop, target=target, risk=risk, size=size)


def read_risk(text: str, equity: Decimal | None) -> Decimal | None:
    """Return the money meant by `1%` or `250`; None for a share of what is not known.

    Raises ValueError if it is neither.
    """
    typed = text.strip()
    number = parse_decimal(typed.removesuffix("%"), tr("the risk"))
    if number <= ZERO:
        raise ValueError(tr("the risk must be above zero, was {typed}", typed=typed))
    if not typed.endswith("%"):
        return number
    return None if equity is None else equity * number / _HUNDRED
