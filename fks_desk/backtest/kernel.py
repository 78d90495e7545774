"""Trade a row of stances through a frame, compiled, at tens of millions of bars a second.

The rules, which `exact` states a second time in Decimal:

- A stance at a bar's close is traded at the next bar's open. A bar without a
  usable open trades nothing; the stance wanted by then is traded later.
- All the cash goes into each trade. The fee on a buy is taken in coins.
- A short sale's notional is the cash there is. A short whose loss has eaten the
  cash at a bar's close is bought back there, and the run stays at zero.
- What is held at the end is closed at the last close, at the usual costs.
- Equity is cash and holdings at each bar's close, without the cost of selling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from fks_desk.backtest.costs import Costs
from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.stance import Stances

F = TypeVar("F", bound=Callable[..., Any])

CHUNK = 65_536

# Where each number stands in the row of state that is carried from chunk to chunk.
CASH, SIZE, ENTRY_BAR, ENTRY_PRICE, ENTRY_CASH, ENTRY_FEE, MARK, HELD, TRADES = range(9)
STATE = 9
# The columns of the trade table.
T_ENTRY_BAR, T_EXIT_BAR, T_SIDE, T_ENTRY_PRICE, T_EXIT_PRICE, T_SIZE, T_PNL, T_FEES = range(8)
TRADE = 8


def compiled(function: F) -> F:
    """Return the function compiled by numba, kept on disk for the next start where possible."""
    # Beside the source is no place: an installed package may be read-only.
    settings: Any = numba.config  # its fields are made at run time
    if not settings.CACHE_DIR:
        settings.CACHE_DIR = str(user_cache_path("fks-desk") / "numba")
    try:
        return cast("F", numba.njit(cache=True)(function))
    except RuntimeError:  # no folder can be written; each start compiles anew
        return cast("F", numba.njit(function))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """Hold what the kernel found: equity per bar, a row per trade, bars spent in a trade."""

    equity: Floats
    trades: NDArray[np.float64]  # one row per round trip, columns T_ENTRY_BAR ... T_FEES
    held_bars: int


def simulate(
    frame: Frame,
    stances: Stances,
    costs: Costs,
    go_on: Callable[[float], bool] = lambda _fraction: True,
) -> Simulation | None:
    """Return the run's outcome, or None if `go_on`, asked after each chunk, said no.

    `stances` is int8 of the frame's length: 1 long, 0 flat, -1 short.
    """
    bars = len(frame)
    state = np.zeros(STATE)
    state[CASH] = float(costs.cash)
    equity = np.empty(bars)
    trades = np.empty((_most_trades(stances), TRADE))
    fee, slippage = float(costs.fee), float(costs.slippage)
    for start in range(0, bars, CHUNK):
        stop = min(start + CHUNK, bars)
        _advance(
            start, stop, frame.open, frame.close, stances, fee, slippage, state, equity, trades
        )
        if not go_on(stop / bars):
            return None
    return Simulation(
        equity=equity, trades=trades[: int(state[TRADES])].copy(), held_bars=int(state[HELD])
    )


def _most_trades(stances: Stances) -> int:
    """Return how many trades there can be: one per change, and one closed at the end."""
    return int(np.count_nonzero(np.diff(stances))) + 1


@compiled
def _enter(side: float, bar: int, price: float, fee: float, state: Floats) -> None:
    cash = state[CASH]
    state[ENTRY_BAR], state[ENTRY_PRICE] = bar, price
    state[ENTRY_CASH], state[ENTRY_FEE] = cash, cash * fee
    if side > 0:
        state[SIZE] = cash / price * (1.0 - fee)
        state[CASH] = 0.0
    else:
        state[SIZE] = -cash / price
        state[CASH] = cash + cash - cash * fee


@compiled
def _leave(bar: int, price: float, fee: float, state: Floats, trades: Floats) -> None:
    size = state[SIZE]
    paid = abs(size) * price * fee
    cash = max(state[CASH] + size * price - paid, 0.0)
    row = trades[int(state[TRADES])]
    row[T_ENTRY_BAR], row[T_EXIT_BAR] = state[ENTRY_BAR], bar
    row[T_SIDE] = 1.0 if size > 0 else -1.0
    row[T_ENTRY_PRICE], row[T_EXIT_PRICE] = state[ENTRY_PRICE], price
    row[T_SIZE] = abs(size)
    row[T_PNL] = cash - state[ENTRY_CASH]
    row[T_FEES] = state[ENTRY_FEE] + paid
    state[TRADES] += 1
    state[CASH], state[SIZE] = cash, 0.0


@compiled
def _advance(
    start: int,
    stop: int,
    opens: Floats,
    closes: Floats,
    stances: Stances,
    fee: float,
    slippage: float,
    state: Floats,
    equity: Floats,
    trades: Floats,
) -> None:
    last = closes.size - 1
    for bar in range(start, stop):
        wanted = stances[bar - 1] if bar > 0 else 0
        held = np.sign(state[SIZE])
        price = opens[bar]
        if wanted != held and np.isfinite(price) and price > 0.0:
            if held != 0.0:
                _leave(bar, price * (1.0 - held * slippage), fee, state, trades)
            if wanted != 0 and state[CASH] > 0.0:
                _enter(wanted, bar, price * (1.0 + wanted * slippage), fee, state)
        if np.isfinite(closes[bar]) and closes[bar] > 0.0:
            state[MARK] = closes[bar]
        if state[SIZE] != 0.0:
            state[HELD] += 1
            is_ruined = state[CASH] + state[SIZE] * state[MARK] <= 0.0
            if (bar == last or is_ruined) and state[MARK] > 0.0:
                out = state[MARK] * (1.0 - np.sign(state[SIZE]) * slippage)
                _leave(bar, out, fee, state, trades)
        equity[bar] = state[CASH] + state[SIZE] * state[MARK]
