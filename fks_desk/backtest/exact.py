"""Trade stances bar by bar in Decimal: slow, plain, and the judge of the kernel.

The rules stand at the top of `kernel`. Nothing is shared with it but those words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext

from fks_desk.backtest.costs import Costs
from fks_desk.core.frame import Frame
from fks_desk.core.model import ZERO, Side, Stance
from fks_desk.strategy.catalog import Params, Strategy

StanceAt = Callable[[int], Stance]

_ONE = Decimal(1)
_EXACT = Context(prec=40)
_SIDES = {Stance.LONG: Side.BUY, Stance.SHORT: Side.SELL, Stance.FLAT: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactTrade:
    """Hold one round trip; `side` is the side of its entry, `size` is without sign."""

    entry_bar: int
    exit_bar: int
    side: Side
    entry_price: Decimal
    exit_price: Decimal
    size: Decimal
    pnl: Decimal
    fees: Decimal


@dataclass(slots=True, kw_only=True)
class _Position:
    side: Side
    size: Decimal
    bar: int
    price: Decimal
    cash_before: Decimal
    fee: Decimal


@dataclass(slots=True, kw_only=True)
class _Purse:
    """Hold the cash, what is held for it, and the trades done."""

    costs: Costs
    cash: Decimal
    position: _Position | None = None
    trades: list[ExactTrade] = field(default_factory=list)

    def worth(self, mark: Decimal) -> Decimal:
        """Return cash and holdings at the mark."""
        held = self.position
        return self.cash if held is None else self.cash + held.side.sign * held.size * mark

    def trade_to(self, side: Side | None, bar: int, price: Decimal) -> None:
        """Hold the side and nothing else, trading at the price if that changes anything."""
        if side is (self.position.side if self.position else None):
            return
        self.leave(bar, price)
        if side is not None and self.cash > 0:
            self._enter(side, bar, price)

    def leave(self, bar: int, price: Decimal) -> None:
        """Close what is held."""
        held, self.position = self.position, None
        if held is None:
            return
        filled = self._filled(held.side.opposite, price)
        fee = held.size * filled * self.costs.fee
        self.cash = max(self.cash + held.side.sign * held.size * filled - fee, ZERO)
        self.trades.append(
            ExactTrade(
                entry_bar=held.bar,
                exit_bar=bar,
                side=held.side,
                entry_price=held.price,
                exit_price=filled,
                size=held.size,
                pnl=self.cash - held.cash_before,
                fees=held.fee + fee,
            )
        )

    def _enter(self, side: Side, bar: int, price: Decimal) -> None:
        filled, cash = self._filled(side, price), self.cash
        fee = cash * self.costs.fee
        # A buyer pays the fee in coins, a short seller in money.
        is_buy = side is Side.BUY
        size = (cash - fee) / filled if is_buy else cash / filled
        self.cash = ZERO if is_buy else cash + cash - fee
        self.position = _Position(
            side=side, size=size, bar=bar, price=filled, cash_before=cash, fee=fee
        )

    def _filled(self, side: Side, price: Decimal) -> Decimal:
        return price * (_ONE + side.sign * self.costs.slippage)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactRun:
    """Hold the trades and the equity at each bar's close."""

    trades: tuple[ExactTrade, ...]
    equity: tuple[Decimal, ...]


def decided(strategy: Strategy, frame: Frame, params: Params) -> StanceAt:
    """Return a way to ask the strategy for its stance after a bar, shown no later bar."""
    return lambda bar: strategy.decide(frame.slice(0, bar + 1), params)


def replay(frame: Frame, stance_at: StanceAt, costs: Costs) -> ExactRun:
    """Trade the stances through the frame, whose prices must be finite."""
    with localcontext(_EXACT):
        purse = _Purse(costs=costs, cash=costs.cash)
        equity = tuple(_steps(frame, stance_at, purse))
        return ExactRun(trades=tuple(purse.trades), equity=equity)


def _steps(frame: Frame, stance_at: StanceAt, purse: _Purse) -> Iterator[Decimal]:
    """Yield the equity after each bar."""
    wanted, last = Stance.FLAT, len(frame) - 1
    for bar in range(len(frame)):
        purse.trade_to(_SIDES[wanted], bar, _price(frame.open[bar]))
        close = _price(frame.close[bar])
        if bar == last or purse.worth(close) <= 0:
            purse.leave(bar, close)
        yield purse.worth(close)
        wanted = stance_at(bar)


def _price(number: float) -> Decimal:
    """Return the shortest decimal that the stored double stands for."""
    return Decimal(repr(float(number)))
